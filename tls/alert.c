/* SPDX-License-Identifier: BSD-3-Clause */
#include <tls/alert.h>

#include "record.h"

static uint8_t minor_version(uint16_t client_version)
{
	if (client_version < 0x0300)
		return 3;
	return client_version < 0x0303 ? (uint8_t)client_version : 3;
}

size_t alert_write(enum alert alert, uint16_t client_version, uint8_t record[ALERT_RECORD_LENGTH])
{
	record[0] = RECORD_ALERT;
	record[1] = 3;
	record[2] = minor_version(client_version);
	record[3] = 0;
	record[4] = 2;
	record[5] = alert == ALERT_CLOSE_NOTIFY ? ALERT_WARNING : ALERT_FATAL;
	record[6] = (uint8_t)alert;
	return ALERT_RECORD_LENGTH;
}
