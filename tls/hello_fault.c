/* SPDX-License-Identifier: BSD-3-Clause */
#include <tls/hello.h>

const char *hello_fault_name(enum hello_fault fault)
{
	static const char *const names[HELLO_FAULTS] = {
	    [HELLO_SOUND] = "none",
#define FAULT(identifier, name, alert, meaning) [HELLO_FAULT_##identifier] = name,
#include <tls/hello_fault.def>
#undef FAULT
	};

	return names[fault];
}

const char *hello_fault_meaning(enum hello_fault fault)
{
	static const char *const meanings[HELLO_FAULTS] = {
	    [HELLO_SOUND] = "nothing is wrong",
#define FAULT(identifier, name, alert, meaning) [HELLO_FAULT_##identifier] = meaning,
#include <tls/hello_fault.def>
#undef FAULT
	};

	return meanings[fault];
}

enum alert hello_fault_alert(enum hello_fault fault)
{
	static const enum alert alerts[HELLO_FAULTS] = {
	    [HELLO_SOUND] = ALERT_INTERNAL_ERROR,
#define FAULT(identifier, name, alert, meaning) [HELLO_FAULT_##identifier] = ALERT_##alert,
#include <tls/hello_fault.def>
#undef FAULT
	};

	return alerts[fault];
}
