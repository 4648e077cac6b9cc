/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_PORTS_STEERING_PORT_H
#define TESTS_PORTS_STEERING_PORT_H

/*
 * Two ports for tests with several workers, where no driver at hand spreads what it receives. Each wraps a device of
 * one queue ("steering:net_tap0,iface=x") and gives as many queues as are wanted.
 *
 * - steering: spreads by rte_softrss with a key and a table that it tells, as a good network card does.
 * - lying:    tells the same, and puts each packet into a queue at random.
 *
 * The inner queue is guarded by a lock that is only ever tried; a card would have none.
 */

#include "port.h"

bool steering_port_open(struct port *port, const struct port_request *request, struct fault *fault);
bool lying_port_open(struct port *port, const struct port_request *request, struct fault *fault);

#endif
