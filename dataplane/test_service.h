/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_TEST_SERVICE_H
#define DATAPLANE_TEST_SERVICE_H

/*
 * Echo (RFC 862), discard (RFC 863) and chargen (RFC 864) over TCP and UDP, IPv4 and IPv6, on the gateway's own
 * addresses, for tests: in builds with -Dtest_service=true only.
 */

#include "application.h"

extern const struct application test_service;

#endif
