/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_EAL_H
#define DATAPLANE_EAL_H

/* DPDK's environment (EAL): its arguments come from gateway.json alone. */

#include <stdbool.h>

#include <config/gateway.h>

#include "fault.h"

#define EAL_ARGUMENTS 80
#define EAL_ARGUMENT_TEXT 8192

/* Arguments for rte_eal_init; the texts of `values` lie in `text`. */
struct eal_arguments {
	int count;
	char *values[EAL_ARGUMENTS + 1]; /* NULL at the end */
	unsigned used;
	char text[EAL_ARGUMENT_TEXT];
};

/*
 * The arguments for a gateway: lcore 0 is the main one, lcores 1, 2, ... are the workers in their order, each on its
 * core. Only the devices that the ports name are probed: PCI devices by an allow list, virtual ones later, by
 * port_open. `runtime_folder`: DPDK can write its files under /run, so that its telemetry and its tools work; without
 * it these are left out. False if there are more or longer names than fit.
 */
bool eal_arguments(struct eal_arguments *arguments, const struct gateway *gateway, bool runtime_folder,
		   struct fault *fault);

/* The lcore of a worker. */
static inline unsigned eal_worker_lcore(unsigned worker)
{
	return worker + 1;
}

/* Checks the machine (cores, hugepages, another process with the same prefix), removes what a killed predecessor left,
 * and starts the EAL. */
bool eal_start(const struct gateway *gateway, struct fault *fault);

/* Ends the EAL; removes the files of its hugepages. */
void eal_end(const struct gateway *gateway);

#endif
