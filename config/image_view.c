/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "image_layout.h"

static const char *string_or_null(const struct image_layout *layout, uint32_t string)
{
	return string == 0 ? NULL : image_string(layout, string);
}

static const void *element(const struct image_layout *layout, enum image_section section, uint64_t number)
{
	return (const unsigned char *)image_section(layout, section) + number * image_element_size(section);
}

uint32_t image_services(const struct image_header *image)
{
	return (uint32_t)image_layout(image)->extents[IMAGE_SERVICES].count;
}

void image_service(const struct image_header *image, uint32_t service, struct image_service *view)
{
	const struct image_layout *layout = image_layout(image);
	const struct image_service_record *record = element(layout, IMAGE_SERVICES, service);

	*view = (struct image_service){
	    .name = image_string(layout, record->name),
	    .type = record->type,
	    .listeners = element(layout, IMAGE_LISTENERS, record->listeners.first),
	    .listener_count = record->listeners.count,
	    .intercepts = {element(layout, IMAGE_INTERCEPTS, record->intercepts.first), record->intercepts.count},
	    .clients = element(layout, IMAGE_PREFIXES, record->clients.first),
	    .client_count = record->clients.count,
	    .filter = record->filter,
	    .connect = record->connect,
	    .next_hop_host = string_or_null(layout, record->next_hop_host),
	    .next_hop_port = record->next_hop_port,
	    .connect_ports = element(layout, IMAGE_PORTS, record->connect_ports.first),
	    .connect_port_count = record->connect_ports.count,
	    .server_address = record->server_address,
	    .source_address = record->source_address,
	    .deny = record->deny,
	    .non_tls = record->non_tls,
	    .ech = record->ech,
	    .private_networks = element(layout, IMAGE_PREFIXES, record->private_networks.first),
	    .private_network_count = record->private_networks.count,
	    .user_count = record->users.count,
	    .connections_per_client = record->connections_per_client,
	    .allow_udp = record->allow_udp,
	    .timeouts = record->timeouts,
	};
}

void image_service_intercept(const struct image_service *view, const struct image_header *image, uint32_t intercept,
			     struct image_intercept *intercept_view)
{
	const struct image_layout *layout = image_layout(image);
	const struct image_intercept_record *record =
	    (const struct image_intercept_record *)view->intercepts.items + intercept;

	*intercept_view = (struct image_intercept){
	    .interface = string_or_null(layout, record->interface),
	    .to = element(layout, IMAGE_PREFIXES, record->to.first),
	    .to_count = record->to.count,
	    .ports = element(layout, IMAGE_PORTS, record->ports.first),
	    .port_count = record->ports.count,
	};
}

/* As strcmp, where `name` has a length and no NUL behind it. */
static int compare_name(const char *name, size_t length, const char *string)
{
	size_t other = strlen(string);
	int order = memcmp(name, string, length < other ? length : other);

	if (order != 0)
		return order;
	return length < other ? -1 : length > other;
}

const char *image_user(const struct image_header *image, uint32_t service, const char *name, size_t length)
{
	const struct image_layout *layout = image_layout(image);
	const struct image_service_record *record = element(layout, IMAGE_SERVICES, service);
	const struct image_user_record *users = element(layout, IMAGE_USERS, record->users.first);
	uint32_t low = 0, high = record->users.count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		int order = compare_name(name, length, image_string(layout, users[middle].name));

		if (order == 0)
			return image_string(layout, users[middle].password);
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

uint32_t image_filters(const struct image_header *image)
{
	return (uint32_t)image_layout(image)->extents[IMAGE_FILTERS].count;
}

uint32_t image_rows(const struct image_header *image, uint32_t filter)
{
	return image_filter_at(image_layout(image), filter)->rows.count;
}

uint32_t image_first_counter(const struct image_header *image, uint32_t filter)
{
	return image_filter_at(image_layout(image), filter)->first_counter;
}

const char *image_filter_name(const struct image_header *image, uint32_t filter)
{
	const struct image_layout *layout = image_layout(image);

	if (filter >= image_filters(image))
		return "";
	return image_string(layout, image_filter_at(layout, filter)->name);
}

const char *image_row_label(const struct image_header *image, uint32_t filter, uint32_t row)
{
	const struct image_layout *layout = image_layout(image);
	const struct image_filter_record *record = image_filter_at(layout, filter);
	const struct image_row_record *rows = image_section(layout, IMAGE_ROWS);

	if (filter >= image_filters(image) || row >= record->rows.count)
		return "";
	return image_string(layout, rows[record->rows.first + row].label);
}
