/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PACKETDRILL_OPTION_H
#define PACKETDRILL_OPTION_H

/* Socket options, as the sockets of Linux have them. Results are 0 or a negative errno; -ENOPROTOOPT for what the stack
 * does not do. */

#include <sys/socket.h>

#include "descriptor.h"

/* Options of every socket, and by way of the descriptor's operations those of its kind. */
int option_set(struct adapter *adapter, struct descriptor *descriptor, int level, int option, const void *value,
	       socklen_t length);
int option_get(struct adapter *adapter, struct descriptor *descriptor, int level, int option, void *value,
	       socklen_t *length);

/* Options that only TCP sockets have here. */
int tcp_option_set(struct adapter *adapter, struct descriptor *descriptor, int level, int option, const void *value,
		   socklen_t length);
int tcp_option_get(struct adapter *adapter, struct descriptor *descriptor, int level, int option, void *value,
		   socklen_t *length);

#endif
