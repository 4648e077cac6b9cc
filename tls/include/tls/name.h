/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TLS_NAME_H
#define TLS_NAME_H

/* Names of TLS's numbers for people. A number that has none is written as it is, "0x6a6a". Pure functions. */

#include <stdint.h>

#define TLS_NAME_NUMBER 8 /* octets for a number that has no name */

/* Each returns the name, or `number` with the number in it. */
const char *tls_name_version(uint16_t version, char number[TLS_NAME_NUMBER]);
const char *tls_name_cipher(uint16_t cipher, char number[TLS_NAME_NUMBER]);
const char *tls_name_group(uint16_t group, char number[TLS_NAME_NUMBER]);

#endif
