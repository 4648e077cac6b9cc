/* SPDX-License-Identifier: BSD-3-Clause */
#include "eal.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_pci.h>

#include "hugepages.h"
#include "log.h"
#include "port.h"

/* Adds an argument; one that does not fit makes the count stay at the limit, which eal_arguments reports. */
static void __attribute__((format(printf, 2, 3))) add(struct eal_arguments *arguments, const char *format, ...)
{
	size_t room = sizeof(arguments->text) - arguments->used;
	va_list list;
	int length;

	va_start(list, format);
	length = vsnprintf(arguments->text + arguments->used, room, format, list);
	va_end(list);
	if (length < 0 || (size_t)length >= room || arguments->count >= EAL_ARGUMENTS) {
		arguments->count = EAL_ARGUMENTS + 1;
		return;
	}
	arguments->values[arguments->count++] = arguments->text + arguments->used;
	arguments->values[arguments->count] = NULL;
	arguments->used += (unsigned)length + 1;
}

static bool is_pci(const char *device, char *name, size_t size)
{
	struct rte_pci_addr address;

	snprintf(name, size, "%.*s", (int)strcspn(device, ","), device);
	return rte_pci_addr_parse(name, &address) == 0;
}

static void add_lcores(struct eal_arguments *arguments, const struct gateway *gateway)
{
	char map[16 * (GATEWAY_WORKERS + 1)];
	int used = snprintf(map, sizeof(map), "0@%u", gateway->main_core);
	unsigned i;

	for (i = 0; i < gateway->workers.core_count; i++)
		used += snprintf(map + used, sizeof(map) - (size_t)used, ",%u@%u", eal_worker_lcore(i),
				 gateway->workers.cores[i]);
	add(arguments, "--lcores");
	add(arguments, "%s", map);
	add(arguments, "--main-lcore");
	add(arguments, "0");
}

/* Returns whether there was a PCI device. */
static bool add_devices(struct eal_arguments *arguments, const struct gateway *gateway)
{
	bool pci = false;
	char name[64];
	unsigned i;

	for (i = 0; i < gateway->port_count; i++) {
		const char *device = port_device_arguments(gateway->ports[i].device);

		if (!is_pci(device, name, sizeof(name)))
			continue;
		add(arguments, "-a");
		add(arguments, "%s", device);
		pci = true;
	}
	if (!pci)
		add(arguments, "--no-pci");
	return pci;
}

bool eal_arguments(struct eal_arguments *arguments, const struct gateway *gateway, bool runtime_folder,
		   struct fault *fault)
{
	unsigned i;

	arguments->count = 0;
	arguments->used = 0;
	arguments->values[0] = NULL;
	add(arguments, "sluiced");
	add_lcores(arguments, gateway);
	add(arguments, "--file-prefix");
	add(arguments, "%s", gateway->memory.file_prefix);
	add(arguments, "-m");
	add(arguments, "%u", gateway->memory.megabytes);
	if (!gateway->memory.hugepages)
		add(arguments, "--no-huge");
	if (gateway->memory.single_file_segments)
		add(arguments, "--single-file-segments");
	/* Virtual devices take virtual addresses; with those, memory need not be physically contiguous. */
	if (!add_devices(arguments, gateway))
		add(arguments, "--iova-mode=va");
	for (i = 0; i < gateway->driver_count; i++) {
		add(arguments, "-d");
		add(arguments, "%s", gateway->drivers[i]);
	}
	add(arguments, "--log-level=warning");
	/* These two call errors what they then do without; what matters comes back as an error of the call. */
	add(arguments, "--log-level=pmd.net.tap:critical");
	add(arguments, "--log-level=lib.telemetry:error");
	if (!runtime_folder) {
		add(arguments, "--no-telemetry");
		add(arguments, "--no-shconf");
	}
	if (arguments->count > EAL_ARGUMENTS)
		return fault_set(fault, "ports and drivers have more or longer names than DPDK is given here");
	return true;
}

/* Where DPDK keeps its sockets and locks; the rule is DPDK's own. */
static void runtime_parent(char *path, size_t size)
{
	const char *session = getenv("XDG_RUNTIME_DIR");

	if (getuid() == 0)
		snprintf(path, size, "/var/run");
	else
		snprintf(path, size, "%s", session != NULL ? session : "/tmp");
}

/* Tried, as processes are not on isolated cores unless they ask for them. */
static bool may_use(unsigned core)
{
	cpu_set_t before, wanted;
	bool may;

	if (core >= CPU_SETSIZE || sched_getaffinity(0, sizeof(before), &before) != 0)
		return false;
	CPU_ZERO(&wanted);
	CPU_SET(core, &wanted);
	may = sched_setaffinity(0, sizeof(wanted), &wanted) == 0;
	return sched_setaffinity(0, sizeof(before), &before) == 0 && may;
}

static bool check_cores(const struct gateway *gateway, struct fault *fault)
{
	unsigned core = gateway->main_core;
	unsigned i;

	for (i = 0; i <= gateway->workers.core_count; i++) {
		if (!may_use(core))
			return fault_set(fault,
					 "core %u (%s) cannot be used: this machine, or the set of processors that "
					 "this process may use (cpuset.cpus of its cgroup), does not have it",
					 core, i == 0 ? "main_core" : "workers.cores");
		if (i < gateway->workers.core_count)
			core = gateway->workers.cores[i];
	}
	return true;
}

/* DPDK's primary process holds a lock on its configuration for its life. */
static bool check_alone(const struct gateway *gateway, const char *parent, struct fault *fault)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	char path[512];
	bool held;
	int file;

	snprintf(path, sizeof(path), "%s/dpdk/%s/config", parent, gateway->memory.file_prefix);
	file = open(path, O_RDWR | O_CLOEXEC);
	if (file < 0)
		return true;
	held = fcntl(file, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
	close(file);
	if (held)
		return fault_set(
		    fault,
		    "process %d runs with memory.file_prefix \"%s\" already: end it, or give this one another "
		    "prefix, devices and control socket",
		    (int)lock.l_pid, gateway->memory.file_prefix);
	return true;
}

bool eal_start(const struct gateway *gateway, struct fault *fault)
{
	static struct eal_arguments arguments; /* the EAL keeps pointers into it */
	char parent[256];
	unsigned removed;

	runtime_parent(parent, sizeof(parent));
	if (!check_cores(gateway, fault) || !check_alone(gateway, parent, fault))
		return false;
	removed = hugepages_remove(gateway->memory.file_prefix);
	if (removed > 0)
		log_info("removed %u files of hugepages that an earlier process left", removed);
	if (gateway->memory.hugepages && !hugepages_check(gateway->memory.megabytes, fault))
		return false;
	if (!eal_arguments(&arguments, gateway, access(parent, W_OK | X_OK) == 0, fault))
		return false;
	log_take_dpdk();
	if (rte_eal_init(arguments.count, arguments.values) < 0)
		return fault_set(fault, "DPDK could not be started: %s; the lines above say more",
				 rte_strerror(rte_errno));
	log_take_dpdk();
	return true;
}

void eal_end(const struct gateway *gateway)
{
	int result = rte_eal_cleanup();

	if (result != 0)
		log_warning("DPDK did not end in order: %s", rte_strerror(-result));
	hugepages_remove(gateway->memory.file_prefix);
}
