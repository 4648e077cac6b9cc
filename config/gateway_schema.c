/* SPDX-License-Identifier: BSD-3-Clause */
#include "gateway_schema.h"

#include <config/control_socket.h>

#include "notation.h"

/* A key that is called as the member that it fills. */
#define MEMBER(holder, member) SCHEMA_MEMBER(#member, holder, member)

/* A number, from low to high, that its user sets if it is not given; `usual` says to what. */
#define DEFERRED_NUMBER(holder, member, low, high, usual, sample, meaning)                                             \
	{                                                                                                              \
		MEMBER(holder, member), .type = SCHEMA_NUMBER, .presence = SCHEMA_DEFERRED, .least = (low),            \
					.most = (high), .standard = (usual), .example = (sample), .about = (meaning)   \
	}

#define SWITCH(holder, member, usual, meaning)                                                                         \
	{                                                                                                              \
		MEMBER(holder, member), .type = SCHEMA_BOOLEAN, .presence = SCHEMA_OPTIONAL, .standard = (usual),      \
					.example = (usual), .about = (meaning)                                         \
	}

#define SECTION(member, inner, meaning)                                                                                \
	{                                                                                                              \
		MEMBER(gateway, member), .type = SCHEMA_OBJECT, .presence = SCHEMA_OPTIONAL, .standard = "{}",         \
					 .fields = (inner), .about = (meaning)                                         \
	}

static const char *const idle_words[] = {"poll", "adaptive", NULL};
static const char *const steering_words[] = {"auto", "hardware", "software", NULL};
static const char *const flow_log_mode_words[] = {"0600", "0640", NULL};
static const char *const level_words[] = {"error", "warning", "info", "debug", NULL};

static const char name_form[] =
    "a name of 1 to 31 octets: letters, digits, \"_\", \"-\" and \".\", with a letter or digit first";
static const char file_form[] = "an absolute path";

static const struct schema memory_fields[] = {
    {MEMBER(gateway_memory, megabytes), .type = SCHEMA_NUMBER, .presence = SCHEMA_OPTIONAL, .least = 32,
     .most = 1048576, .standard = "256", .example = "256",
     .about = "Memory that is taken at start for packet buffers, connections and flows, in MiB; the region comes on "
	      "top of it"},
    {MEMBER(gateway_memory, mbufs), .type = SCHEMA_NUMBER, .presence = SCHEMA_OPTIONAL, .least = 1024, .most = 16777216,
     .standard = "16384", .example = "16384",
     .about = "Packet buffers of all workers together; each takes at least 2304 octets of the memory"},
    SWITCH(gateway_memory, hugepages, "true",
	   "Take the memory from hugepages; without them everything is slower, and few devices work"),
    SWITCH(gateway_memory, single_file_segments, "true", "Keep the hugepages in few files; virtio-user ports need it"),
    {MEMBER(gateway_memory, file_prefix), .type = SCHEMA_TEXT, .presence = SCHEMA_OPTIONAL, .least = 1, .most = 31,
     .read = gateway_name, .form = name_form, .standard = "\"sluice\"", .example = "\"sluice\"",
     .about = "Begins the names of hugepage files and of the run-time folder; two processes need two prefixes"},
    {.key = NULL},
};

static const struct schema core_item = {
    .type = SCHEMA_NUMBER,
    .size = sizeof(uint16_t),
    .most = 1023,
    .example = "1",
};

static const struct schema workers_fields[] = {
    {MEMBER(gateway_workers, cores), .type = SCHEMA_LIST, .presence = SCHEMA_REQUIRED, .least = 1,
     .most = GATEWAY_WORKERS, .count_offset = offsetof(struct gateway_workers, core_count), .item = &core_item,
     .about = "The CPUs that carry traffic; each gets one worker"},
    {MEMBER(gateway_workers, idle), .type = SCHEMA_WORD, .presence = SCHEMA_OPTIONAL, .words = idle_words,
     .standard = "\"adaptive\"", .example = "\"poll\"",
     .about = "What a worker without work does: ask again at once, or sleep for up to 100 microseconds"},
    {.key = NULL},
};

static const struct schema driver_item = {
    .type = SCHEMA_TEXT,
    .size = sizeof(char *),
    .least = 2,
    .most = 4095,
    .read = gateway_absolute_path,
    .form = file_form,
    .example = "\"/usr/local/lib/librte_net_example.so\"",
};

static const struct schema address_item = {
    .type = SCHEMA_NOTATION,
    .size = sizeof(struct gateway_prefix),
    .read = notation_host,
    .form = "an address and the length of its link's prefix like \"192.0.2.1/24\" or \"2001:db8::1/64\"",
    .example = "\"192.0.2.1/24\"",
};

static const struct schema port_fields[] = {
    {MEMBER(gateway_port, name), .type = SCHEMA_TEXT, .presence = SCHEMA_REQUIRED, .least = 1, .most = 31,
     .read = gateway_name, .form = name_form, .example = "\"client\"",
     .about = "What routes, counters and the log call the port"},
    {MEMBER(gateway_port, device), .type = SCHEMA_TEXT, .presence = SCHEMA_REQUIRED, .least = 1, .most = 255,
     .read = gateway_device,
     .form = "a PCI address or a virtual device, and its parameters behind commas, like \"0000:03:00.0\" or "
	     "\"net_tap0,iface=sluice0\"",
     .example = "\"net_tap0,iface=sluice0\"", .about = "The device, as DPDK names it"},
    {MEMBER(gateway_port, mac), .type = SCHEMA_NOTATION, .presence = SCHEMA_DEFERRED, .read = notation_mac,
     .form = "a MAC address like \"02:00:00:00:00:01\"", .standard = "the device's own",
     .example = "\"02:00:00:00:00:01\"", .about = "The port's MAC address"},
    {MEMBER(gateway_port, mtu), .type = SCHEMA_NUMBER, .presence = SCHEMA_OPTIONAL, .least = 68, .most = 9000,
     .standard = "1500", .example = "1400",
     .about = "The largest IP packet; at least 1280 if the port has an IPv6 address"},
    {MEMBER(gateway_port, vlan), .type = SCHEMA_NUMBER, .presence = SCHEMA_OPTIONAL, .least = 0, .most = 4094,
     .standard = "0", .example = "7", .about = "The 802.1Q tag of the port's frames; 0: frames have none"},
    {MEMBER(gateway_port, steering), .type = SCHEMA_WORD, .presence = SCHEMA_OPTIONAL, .words = steering_words,
     .standard = "\"auto\"", .example = "\"software\"",
     .about = "How a packet comes to its worker: by the device's RSS (`hardware`), by a hash in software and a "
	      "hand-over (`software`), or as the driver's abilities allow (`auto`)"},
    {MEMBER(gateway_port, descriptors), .type = SCHEMA_NUMBER, .presence = SCHEMA_OPTIONAL, .least = 64, .most = 32768,
     .standard = "1024", .example = "512",
     .about = "Length of each receive and transmit queue; the driver may round it"},
    {MEMBER(gateway_port, addresses), .type = SCHEMA_LIST, .presence = SCHEMA_OPTIONAL, .least = 0,
     .most = GATEWAY_PORT_ADDRESSES, .count_offset = offsetof(struct gateway_port, address_count),
     .item = &address_item, .standard = "[]", .about = "The port's own addresses; no prefix may be on two ports"},
    {.key = NULL},
};

static const struct schema port_item = {
    .type = SCHEMA_OBJECT,
    .size = sizeof(struct gateway_port),
    .fields = port_fields,
};

static const struct schema route_fields[] = {
    {MEMBER(gateway_route, to), .type = SCHEMA_NOTATION, .presence = SCHEMA_REQUIRED, .read = notation_prefix,
     .form = "a prefix like \"198.51.100.0/24\" or \"2001:db8:1::/48\"", .example = "\"198.51.100.0/24\"",
     .about = "The destination; `0.0.0.0/0` and `::/0` are the default routes"},
    {MEMBER(gateway_route, via), .type = SCHEMA_NOTATION, .presence = SCHEMA_DEFERRED, .read = notation_address,
     .form = "an address like \"192.0.2.254\" or \"2001:db8::1\"",
     .standard = "none: the destination is on the port's link", .example = "\"192.0.2.254\"",
     .about = "The next router, which is on the port's link"},
    {MEMBER(gateway_route, port), .type = SCHEMA_TEXT, .presence = SCHEMA_REQUIRED, .least = 1, .most = 31,
     .read = gateway_name, .form = "the name of a port", .example = "\"client\"", .about = "The port that leads there"},
    {.key = NULL},
};

static const struct schema route_item = {
    .type = SCHEMA_OBJECT,
    .size = sizeof(struct gateway_route),
    .fields = route_fields,
};

#define LIMIT(member, low, high, usual, sample, meaning)                                                               \
	DEFERRED_NUMBER(gateway_limits, member, low, high, usual, sample, meaning)

static const struct schema limits_fields[] = {
    LIMIT(connections, 1, 16777216, "16384", "4096", "TCP connections that are established or being opened by us"),
    LIMIT(half_open, 1, 16777216, "16384", "4096",
	  "TCP connections that others are opening; beyond three quarters of it SYN cookies are sent"),
    LIMIT(time_wait, 1, 16777216, "32768", "4096", "TCP connections in TIME-WAIT; the oldest gives way"),
    LIMIT(buffers, 64, 16777216, "three quarters of the worker's share of `memory.mbufs`", "4096",
	  "Packet buffers that may wait in queues, all together"),
    LIMIT(listeners, 1, 65535, "64", "16", "TCP ports that are listened on"),
    LIMIT(udp_sockets, 1, 65535, "64, and two for each of `dns.questions` if there are DNS servers", "16",
	  "UDP sockets"),
    LIMIT(udp_queue, 1, 65536, "256", "128", "Datagrams that may wait in one UDP socket"),
    LIMIT(routes, 1, 65536, "64, or more where `routes` and the ports need it", "128",
	  "Routes, those of the ports' own links included"),
    LIMIT(neighbours, 1, 1048576, "1024", "512", "Neighbours whose MAC address is known or asked for"),
    LIMIT(neighbour_queue, 1, 1024, "16", "8", "Packets that may wait for one neighbour's MAC address"),
    LIMIT(path_mtus, 1, 1048576, "1024", "512", "Destinations whose path MTU is below their port's"),
    LIMIT(reassemblies, 1, 65536, "64", "32", "Datagrams that are being put together of fragments"),
    LIMIT(fragments, 1, 1048576, "1024", "512", "Fragments that wait for others"),
    LIMIT(icmp_per_second, 1, 1000000, "1000", "500", "ICMP errors sent in a second; echo answers likewise"),
    LIMIT(output_queue, 32, 65536, "2048", "1024", "Frames that may wait to be sent on one port; a power of two"),
    {.key = NULL},
};

#define TCP(member, low, high, usual, sample, meaning)                                                                 \
	DEFERRED_NUMBER(gateway_tcp, member, low, high, usual, sample, meaning)

static const struct schema tcp_fields[] = {
    SWITCH(gateway_tcp, timestamps, "true", "Timestamps and PAWS (RFC 7323)"),
    SWITCH(gateway_tcp, sack, "true", "Selective acknowledgements (RFC 2018)"),
    SWITCH(gateway_tcp, window_scaling, "true", "Windows above 65535 octets (RFC 7323)"),
    {MEMBER(gateway_tcp, window_scale), .type = SCHEMA_NUMBER, .presence = SCHEMA_OPTIONAL, .least = 0, .most = 14,
     .standard = "7", .example = "8", .about = "The shift of our windows; raised where `receive_buffer` needs it"},
    TCP(mss, 64, 8960, "what the MTU allows", "1400", "The largest segment size that we announce"),
    TCP(receive_buffer, 4096, 1073741824, "524288", "262144",
	"The most octets of packet buffers that wait in one connection for their reader; windows promise about half"),
    TCP(send_buffer, 4096, 1073741824, "1048576", "262144",
	"The most octets of packet buffers that wait in one connection to be acknowledged"),
    TCP(initial_window, 1, 100, "10", "4", "Segments that are sent before the first acknowledgement (RFC 6928)"),
    TCP(rto_min, 1, 10000, "200", "100", "The shortest retransmission time-out, in milliseconds"),
    TCP(rto_max, 10000, 3600000, "60000", "30000", "The longest retransmission time-out, in milliseconds"),
    TCP(syn_retries, 1, 16, "5", "3", "Retransmissions of a SYN"),
    TCP(syn_ack_retries, 1, 16, "4", "3", "Retransmissions of a SYN-ACK"),
    TCP(retries, 1, 32, "12", "8", "Retransmissions in a row after which a connection is given up"),
    TCP(delayed_ack, 1, 500, "40", "20", "The longest delay of an acknowledgement, in milliseconds"),
    {MEMBER(gateway_tcp, keepalive_idle), .type = SCHEMA_NUMBER, .presence = SCHEMA_DEFERRED, .least = 1000,
     .most = 604800000, .may_never = true, .standard = "7200000", .example = "600000",
     .about = "Silence after which the peer is probed, in milliseconds"},
    TCP(keepalive_interval, 1000, 86400000, "75000", "30000", "Time between two such probes, in milliseconds"),
    TCP(keepalive_count, 1, 100, "9", "5", "Unanswered probes after which the connection is given up"),
    TCP(time_wait, 1000, 600000, "60000", "30000", "Time in TIME-WAIT, in milliseconds"),
    TCP(orphan, 1000, 3600000, "60000", "30000",
	"Time that a connection without a user has to send its rest and be closed, in milliseconds"),
    TCP(port_first, 1024, 65535, "32768", "20000",
	"The first of the local ports of our own connections; given together with `port_last`"),
    TCP(port_last, 1024, 65535, "60999", "40000", "The last of them"),
    {.key = NULL},
};

static const struct schema dns_server_fields[] = {
    {MEMBER(gateway_dns_server, address), .type = SCHEMA_NOTATION, .presence = SCHEMA_REQUIRED,
     .read = notation_address, .form = "an address like \"192.0.2.53\" or \"2001:db8::53\"",
     .example = "\"192.0.2.53\"", .about = "The server's address; a port has an own address of its family"},
    {MEMBER(gateway_dns_server, port), .type = SCHEMA_NUMBER, .presence = SCHEMA_OPTIONAL, .least = 1, .most = 65535,
     .standard = "53", .example = "5353", .about = "Its port, of UDP and TCP"},
    {.key = NULL},
};

static const struct schema dns_server_item = {
    .type = SCHEMA_OBJECT,
    .size = sizeof(struct gateway_dns_server),
    .fields = dns_server_fields,
};

#define DNS_NUMBER(member, low, high, usual, sample, meaning)                                                          \
	{                                                                                                              \
		MEMBER(gateway_dns, member), .type = SCHEMA_NUMBER, .presence = SCHEMA_OPTIONAL, .least = (low),       \
					     .most = (high), .standard = (usual), .example = (sample),                 \
					     .about = (meaning)                                                        \
	}

static const struct schema dns_fields[] = {
    {MEMBER(gateway_dns, servers), .type = SCHEMA_LIST, .presence = SCHEMA_OPTIONAL, .least = 0,
     .most = GATEWAY_DNS_SERVERS, .count_offset = offsetof(struct gateway_dns, server_count), .item = &dns_server_item,
     .standard = "[]",
     .about = "The servers, which resolve recursively; the first that answers is asked first from then on. With none, "
	      "no name can be dialled"},
    DNS_NUMBER(timeout, 100, 60000, "5000", "3000", "The longest time for a question, in milliseconds"),
    DNS_NUMBER(cache_entries, 16, 4194304, "4096", "8192",
	       "Answers that are remembered, one for each name and family; each takes about 2 KiB"),
    DNS_NUMBER(questions, 2, 16384, "512", "256",
	       "Questions that are on their way to the servers, one for each name and family"),
    DNS_NUMBER(waiters, 1, 16777216, "16384", "4096", "Connections that may wait for an answer"),
    {.key = NULL},
};

static const struct schema log_fields[] = {
    {MEMBER(gateway_log, level), .type = SCHEMA_WORD, .presence = SCHEMA_OPTIONAL, .words = level_words,
     .standard = "\"info\"", .example = "\"warning\"", .about = "The least important messages that are written"},
    {.key = NULL},
};

static const struct schema flow_log_fields[] = {
    {MEMBER(gateway_flow_log, path), .type = SCHEMA_TEXT, .presence = SCHEMA_DEFERRED, .least = 2, .most = 511,
     .read = gateway_absolute_path, .form = "an absolute path of at most 511 octets",
     .standard = "none: no flow log is written", .example = "\"/var/log/sluice-flows.json\"",
     .about = "Where the lines go: a file, which is made if it is not there, a FIFO, or `/dev/stdout`"},
    {MEMBER(gateway_flow_log, mode), .type = SCHEMA_WORD, .presence = SCHEMA_OPTIONAL, .words = flow_log_mode_words,
     .standard = "\"0600\"", .example = "\"0640\"",
     .about = "Permissions of a file that is made: names of sites and clients are private"},
    {MEMBER(gateway_flow_log, ring), .type = SCHEMA_NUMBER, .presence = SCHEMA_OPTIONAL, .least = 64, .most = 1048576,
     .standard = "4096", .example = "8192",
     .about = "Records of each worker that may wait for the main thread, rounded up to a power of two; each takes 1024 "
	      "octets of the memory"},
    {MEMBER(gateway_flow_log, buffer), .type = SCHEMA_NUMBER, .presence = SCHEMA_OPTIONAL, .least = 16384,
     .most = 268435456, .standard = "1048576", .example = "4194304",
     .about = "Octets of lines that may wait for a slow reader or a full disk; beyond them lines are dropped"},
    {.key = NULL},
};

static const struct schema region_fields[] = {
    {MEMBER(gateway_region, folder), .type = SCHEMA_TEXT, .presence = SCHEMA_DEFERRED, .least = 2, .most = 255,
     .read = gateway_absolute_path, .form = "an absolute path of at most 255 octets",
     .standard = "none: no policy is taken, nothing is proxied, and all is routed if `forwarding` is true",
     .example = "\"/dev/hugepages/sluice\"",
     .about = "The folder that `sluicectl` and `sluiced` share, on a hugetlbfs; it is made if it is not there"},
    {MEMBER(gateway_region, kept), .type = SCHEMA_TEXT, .presence = SCHEMA_OPTIONAL, .least = 2, .most = 255,
     .read = gateway_absolute_path, .form = "an absolute path of at most 255 octets", .standard = "\"/var/lib/sluice\"",
     .example = "\"/var/lib/sluice\"", .about = "The folder on disk in which policies are kept for the next start"},
    SWITCH(gateway_region, tmpfs, "false",
	   "Let `folder` be on tmpfs: slower, and for machines without hugepages to spare"),
    {MEMBER(gateway_region, slot_megabytes), .type = SCHEMA_NUMBER, .presence = SCHEMA_OPTIONAL, .least = 2,
     .most = 16384, .standard = "64", .example = "128",
     .about = "The largest policy, in MiB (a million names take 42 MB); the folder holds three such slots, beside "
	      "`memory.megabytes`"},
    {MEMBER(gateway_region, counters), .type = SCHEMA_NUMBER, .presence = SCHEMA_OPTIONAL, .least = 16, .most = 1048576,
     .standard = "65536", .example = "16384",
     .about = "The most rows and defaults of a policy; each has a hit counter for each worker"},
    {.key = NULL},
};

static const struct schema control_fields[] = {
    {MEMBER(gateway_control, socket), .type = SCHEMA_TEXT, .presence = SCHEMA_OPTIONAL, .least = 2, .most = 107,
     .read = gateway_absolute_path, .form = "an absolute path of at most 107 octets",
     .standard = "\"" CONTROL_SOCKET "\"", .example = "\"/run/sluice/control\"",
     .about = "The Unix socket on which questions to the running process are answered"},
    {.key = NULL},
};

#define SERVICE(member, sample, meaning)                                                                               \
	DEFERRED_NUMBER(gateway_test_service, member, 1, 65535, "not served", sample, meaning)

static const struct schema test_service_fields[] = {
    SERVICE(echo, "7", "TCP and UDP port that sends back what it gets (RFC 862)"),
    SERVICE(discard, "9", "TCP and UDP port that takes all and answers nothing (RFC 863)"),
    SERVICE(chargen, "19", "TCP and UDP port that sends without end (RFC 864)"),
    {.key = NULL},
};

static const struct schema document_fields[] = {
    SECTION(memory, memory_fields, "Memory and packet buffers"),
    {MEMBER(gateway, main_core), .type = SCHEMA_NUMBER, .presence = SCHEMA_OPTIONAL, .most = 1023, .standard = "0",
     .example = "0", .about = "The CPU of the main thread, which sleeps most of the time; it may be a worker's too"},
    {MEMBER(gateway, workers), .type = SCHEMA_OBJECT, .presence = SCHEMA_REQUIRED, .fields = workers_fields,
     .about = "The threads that carry traffic"},
    {MEMBER(gateway, drivers), .type = SCHEMA_LIST, .presence = SCHEMA_OPTIONAL, .least = 0, .most = GATEWAY_DRIVERS,
     .count_offset = offsetof(struct gateway, driver_count), .item = &driver_item, .standard = "[]",
     .about = "DPDK drivers to load besides those that are installed"},
    {MEMBER(gateway, ports), .type = SCHEMA_LIST, .presence = SCHEMA_REQUIRED, .least = 1, .most = GATEWAY_PORTS,
     .count_offset = offsetof(struct gateway, port_count), .item = &port_item, .about = "The network ports"},
    {MEMBER(gateway, routes), .type = SCHEMA_LIST, .presence = SCHEMA_OPTIONAL, .least = 0, .most = GATEWAY_ROUTES,
     .count_offset = offsetof(struct gateway, route_count), .item = &route_item, .standard = "[]",
     .about = "Static routes, besides those to the ports' own links; the longest prefix wins"},
    SWITCH(gateway, forwarding, "false",
	   "Route what no service takes between ports, as a gateway on the way of all traffic must; `false`: drop it"),
    SECTION(limits, limits_fields, "Bounds of each worker; what is beyond them is refused and counted"),
    SECTION(tcp, tcp_fields, "Settings of all TCP connections"),
    SECTION(dns, dns_fields, "How names are resolved, by each worker for itself"),
    SECTION(log, log_fields, "The log"),
    SECTION(flow_log, flow_log_fields, "The flow log: a line for each decision and each end of a flow"),
    SECTION(region, region_fields, "Where policies come from"),
    SECTION(control, control_fields, "The way to talk to the running process"),
    {MEMBER(gateway, test_service), .type = SCHEMA_OBJECT, .presence = SCHEMA_OPTIONAL,
     .needs = GATEWAY_ALLOW_TEST_SERVICE, .needs_text = "a build with -Dtest_service=true", .standard = "{}",
     .fields = test_service_fields, .about = "Simple services for tests"},
    {.key = NULL},
};

const struct schema gateway_schema = {
    .type = SCHEMA_OBJECT,
    .size = sizeof(struct gateway),
    .fields = document_fields,
};

const char gateway_introduction[] =
    "The static configuration of `sluiced`, read once at its start. It is JSON (RFC 8259) in UTF-8, of at most\n"
    "1 MiB. A file with an unknown, missing or doubled key, a value of the wrong kind or out of its range, or parts\n"
    "that contradict each other is refused as a whole; each fault is reported with its line, column and path.\n"
    "\n"
    "This page is made from the schema that the loader obeys.";
