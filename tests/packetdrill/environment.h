/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PACKETDRILL_ENVIRONMENT_H
#define PACKETDRILL_ENVIRONMENT_H

/* What a stack needs around it inside a stranger's process: DPDK's memory without hugepages or root, and random
 * numbers that are the same on each run. */

#include <stdint.h>

#include <tcpstack/stack.h>

struct rte_mempool;

/* Prints "libsluice_packetdrill: ..." with a newline to standard error and exits with failure: packetdrill offers a
 * library no other way to stop a script. */
void environment_fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* Starts the EAL, the first time that it is called in the process, and gives the process's pool of mbufs. The calling
 * thread stays on the processors that it may use. */
struct rte_mempool *environment_pool(void);

/* Fills *environment; random numbers come from *seed, which must live as long as the stack. */
void environment_fill(struct stack_environment *environment, uint64_t *seed);

#endif
