/* SPDX-License-Identifier: BSD-3-Clause */
#include "watch.h"

#include "log.h"

static void look_at_port(struct watch *watch, const struct worker_port *port, unsigned index)
{
	struct port_link link;
	bool demoted = atomic_load_explicit(&port->steering.strays, memory_order_relaxed) > 0;

	port->port.operations->link(port->port.device, &link);
	if (link.up == watch->ports[index].down) {
		log_write(link.up ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING, "port %s: link is %s", port->name,
			  link.up ? "up" : "down");
		watch->ports[index].down = !link.up;
	}
	if (demoted && !watch->ports[index].demoted) {
		log_warning("port %s: driver %s brought a packet to another queue than its RSS key and table say; from "
			    "now on packets are steered in software",
			    port->name, port->port.description.driver);
		watch->ports[index].demoted = true;
	}
}

static void look_at_worker(struct watch *watch, uint64_t now, const struct workers *workers, uint16_t index)
{
	struct worker_report report = {.now = watch->workers[index].seen};

	workers_report(workers, index, &report);
	if (report.now != watch->workers[index].seen || watch->workers[index].since == 0) {
		if (watch->workers[index].still)
			log_info("worker %u runs again", index);
		watch->workers[index].still = false;
		watch->workers[index].seen = report.now;
		watch->workers[index].since = now;
	} else if (!watch->workers[index].still && now - watch->workers[index].since >= WATCH_STILL) {
		log_warning("worker %u has not run for %u ms: something else holds its core, or has stopped it", index,
			    WATCH_STILL);
		watch->workers[index].still = true;
	}
}

void watch_look(struct watch *watch, uint64_t now, const struct worker_port *ports, unsigned port_count,
		const struct workers *workers)
{
	unsigned i;

	for (i = 0; i < port_count; i++)
		look_at_port(watch, &ports[i], i);
	for (i = 0; i < workers_count(workers); i++)
		look_at_worker(watch, now, workers, (uint16_t)i);
}
