/* SPDX-License-Identifier: BSD-3-Clause */
/* DPDK's arguments: they follow from the configuration alone, and only the named devices are probed. */
#include <string.h>

#include "eal.h"
#include "support.h"

static uint16_t cores[] = {1, 5};
static char name[] = "client";
static char prefix[] = "sluice";

static struct gateway gateway_with(struct gateway_port *port, char *device)
{
	*port = (struct gateway_port){.name = name, .device = device};
	return (struct gateway){
	    .memory = {.megabytes = 256, .hugepages = true, .single_file_segments = true, .file_prefix = prefix},
	    .main_core = 1,
	    .workers = {.cores = cores, .core_count = 2},
	    .ports = port,
	    .port_count = 1,
	};
}

/* Whether the argument is there, followed by `value` if that is not NULL. */
static bool has(const struct eal_arguments *arguments, const char *argument, const char *value)
{
	for (int i = 0; i < arguments->count; i++)
		if (strcmp(arguments->values[i], argument) == 0 &&
		    (value == NULL || (i + 1 < arguments->count && strcmp(arguments->values[i + 1], value) == 0)))
			return true;
	return false;
}

static void each_worker_has_an_lcore_on_its_core(void)
{
	char device[] = "net_tap0,iface=sluice0";
	struct gateway_port port;
	struct gateway gateway = gateway_with(&port, device);
	struct eal_arguments arguments;
	struct fault fault;

	CU_ASSERT_TRUE(eal_arguments(&arguments, &gateway, true, &fault));
	CU_ASSERT_TRUE(has(&arguments, "--lcores", "0@1,1@1,2@5"));
	CU_ASSERT_TRUE(has(&arguments, "--main-lcore", "0"));
	CU_ASSERT_TRUE(has(&arguments, "--file-prefix", "sluice"));
	CU_ASSERT_PTR_NULL(arguments.values[arguments.count]);
	CU_ASSERT_EQUAL(eal_worker_lcore(0), 1);
}

static void memory_is_as_configured(void)
{
	char device[] = "net_tap0,iface=sluice0";
	struct gateway_port port;
	struct gateway gateway = gateway_with(&port, device);
	struct eal_arguments arguments;
	struct fault fault;

	CU_ASSERT_TRUE(eal_arguments(&arguments, &gateway, true, &fault));
	CU_ASSERT_TRUE(has(&arguments, "-m", "256"));
	CU_ASSERT_TRUE(has(&arguments, "--single-file-segments", NULL));
	CU_ASSERT_FALSE(has(&arguments, "--no-huge", NULL));
	gateway.memory.hugepages = false;
	gateway.memory.single_file_segments = false;
	CU_ASSERT_TRUE(eal_arguments(&arguments, &gateway, true, &fault));
	CU_ASSERT_TRUE(has(&arguments, "--no-huge", NULL));
	CU_ASSERT_FALSE(has(&arguments, "--single-file-segments", NULL));
}

static void pci_devices_are_allowed_by_name_and_no_others(void)
{
	char tap[] = "net_tap0,iface=sluice0";
	char pci[] = "0000:03:00.0,param=1";
	struct gateway_port port;
	struct gateway gateway = gateway_with(&port, tap);
	struct eal_arguments arguments;
	struct fault fault;

	CU_ASSERT_TRUE(eal_arguments(&arguments, &gateway, true, &fault));
	CU_ASSERT_TRUE(has(&arguments, "--no-pci", NULL));
	CU_ASSERT_TRUE(has(&arguments, "--iova-mode=va", NULL));
	port.device = pci;
	CU_ASSERT_TRUE(eal_arguments(&arguments, &gateway, true, &fault));
	CU_ASSERT_TRUE(has(&arguments, "-a", "0000:03:00.0,param=1"));
	CU_ASSERT_FALSE(has(&arguments, "--no-pci", NULL));
	CU_ASSERT_FALSE(has(&arguments, "--iova-mode=va", NULL));
}

static void drivers_are_loaded_by_name(void)
{
	char device[] = "net_tap0,iface=sluice0";
	char first[] = "/opt/first.so", second[] = "/opt/second.so";
	char *drivers[] = {first, second};
	struct gateway_port port;
	struct gateway gateway = gateway_with(&port, device);
	struct eal_arguments arguments;
	struct fault fault;

	gateway.drivers = drivers;
	gateway.driver_count = 2;
	CU_ASSERT_TRUE(eal_arguments(&arguments, &gateway, true, &fault));
	CU_ASSERT_TRUE(has(&arguments, "-d", first));
	CU_ASSERT_TRUE(has(&arguments, "-d", second));
}

static void telemetry_stays_unless_it_has_no_folder(void)
{
	char device[] = "net_tap0,iface=sluice0";
	struct gateway_port port;
	struct gateway gateway = gateway_with(&port, device);
	struct eal_arguments arguments;
	struct fault fault;

	CU_ASSERT_TRUE(eal_arguments(&arguments, &gateway, true, &fault));
	CU_ASSERT_FALSE(has(&arguments, "--no-telemetry", NULL));
	CU_ASSERT_TRUE(eal_arguments(&arguments, &gateway, false, &fault));
	CU_ASSERT_TRUE(has(&arguments, "--no-telemetry", NULL));
	CU_ASSERT_TRUE(has(&arguments, "--no-shconf", NULL));
}

static void more_than_fits_is_refused(void)
{
	static char driver[4096];
	char device[] = "net_tap0,iface=sluice0";
	char *drivers[GATEWAY_DRIVERS];
	struct gateway_port port;
	struct gateway gateway = gateway_with(&port, device);
	struct eal_arguments arguments;
	struct fault fault = {""};

	memset(driver, 'x', sizeof(driver) - 1);
	for (unsigned i = 0; i < GATEWAY_DRIVERS; i++)
		drivers[i] = driver;
	gateway.drivers = drivers;
	gateway.driver_count = GATEWAY_DRIVERS;
	CU_ASSERT_FALSE(eal_arguments(&arguments, &gateway, true, &fault));
	CU_ASSERT_TRUE(strlen(fault.text) > 0);
}

int main(void)
{
	return TESTS_RUN("eal arguments", TEST(each_worker_has_an_lcore_on_its_core), TEST(memory_is_as_configured),
			 TEST(pci_devices_are_allowed_by_name_and_no_others), TEST(drivers_are_loaded_by_name),
			 TEST(telemetry_stays_unless_it_has_no_folder), TEST(more_than_fits_is_refused));
}
