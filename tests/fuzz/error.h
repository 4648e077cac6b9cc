/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_FUZZ_ERROR_H
#define TESTS_FUZZ_ERROR_H

#include <stddef.h>
#include <stdint.h>

#include <config/error.h>

/* Claims that there are faults, at places within the text, with messages that any terminal shows. */
void hold_error(const struct config_error *error, const uint8_t *data, size_t size);

#endif
