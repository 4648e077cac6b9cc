/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_UNIT_FAKE_TCP_H
#define TESTS_UNIT_FAKE_TCP_H

/* Stands in for TCP, so that what IP hands to it can be looked at. */

#include <stdbool.h>

#include "ip/ip.h"

struct fake_tcp {
	unsigned segments;     /* that tcp_input has got */
	struct packet segment; /* the last; its mbuf is gone */
	unsigned errors;       /* that tcp_icmp_error has got */
	struct icmp_error error;
	bool knows;		  /* what tcp_icmp_error returns */
	bool intercepts;	  /* what tcp_intercepts returns */
	struct tuple intercepted; /* what it was asked about last */
};

extern struct fake_tcp fake_tcp;

#endif
