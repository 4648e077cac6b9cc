/* SPDX-License-Identifier: BSD-3-Clause */
/* flood: send SYNs from spoofed addresses out of one interface, as many and as fast as said. */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "frame.h"
#include "neighbour.h"

#define BATCH 64
#define SECOND UINT64_C(1000000000)
/* ns until an interface that took nothing is tried again. Its queue, usually of 1000 frames, outlasts this at 400000 a
 * second, and between two tries others find room in it too. */
#define REFUSED_PAUSE 2000000
#define LATE 10000000 /* ns: what was missed before that is not caught up, so that the rate holds at any time */

struct settings {
	const char *interface;
	const char *next_hop; /* NULL: the destination itself */
	bool has_mac;
	struct frame_plan plan;
	uint64_t count;
	uint64_t rate; /* frames a second; 0: as fast as they go */
	double seconds;
};

struct flood {
	struct settings settings;
	int descriptor;
	unsigned int index;
	uint64_t sent;
	uint64_t refused; /* times that the interface took nothing */
	uint8_t frames[BATCH][FRAME_MAXIMUM];
	struct iovec vectors[BATCH];
	struct mmsghdr messages[BATCH];
};

static volatile sig_atomic_t ended;

static void end(int number)
{
	(void)number;
	ended = 1;
}

static uint64_t now_nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * SECOND + (uint64_t)now.tv_nsec;
}

static void pause_until(uint64_t time)
{
	struct timespec when = {.tv_sec = (time_t)(time / SECOND), .tv_nsec = (long)(time % SECOND)};

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL);
}

static int complain(const char *what, const char *name)
{
	fprintf(stderr, "flood: %s %s: %s\n", what, name, strerror(errno));
	return -1;
}

/* A packet socket that is bound to the interface, and can send nowhere else. */
static int open_interface(struct flood *flood)
{
	const char *name = flood->settings.interface;
	struct sockaddr_ll address = {.sll_family = AF_PACKET};
	struct ifreq request = {0};
	int on = 1;

	flood->index = if_nametoindex(name);
	if (flood->index == 0)
		return complain("no interface", name);
	address.sll_ifindex = (int)flood->index;
	flood->descriptor = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (flood->descriptor < 0)
		return complain("cannot open a packet socket for", name);
	strncpy(request.ifr_name, name, sizeof(request.ifr_name) - 1);
	/* Past the queueing discipline an interface says what it does not take, instead of losing it silently. */
	if (bind(flood->descriptor, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    setsockopt(flood->descriptor, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof(on)) < 0 ||
	    ioctl(flood->descriptor, SIOCGIFHWADDR, &request) < 0)
		return complain("cannot use", name);
	if (request.ifr_hwaddr.sa_family != ARPHRD_ETHER) {
		fprintf(stderr, "flood: %s is no Ethernet interface\n", name);
		return -1;
	}
	memcpy(flood->settings.plan.source_mac, request.ifr_hwaddr.sa_data, FRAME_MAC_LENGTH);
	return 0;
}

static int find_next_hop(struct flood *flood)
{
	struct settings *settings = &flood->settings;
	int family = settings->plan.ipv6 ? AF_INET6 : AF_INET;
	uint8_t address[FRAME_ADDRESS_LENGTH];

	if (settings->has_mac)
		return 0;
	memcpy(address, settings->plan.destination, sizeof(address));
	if (settings->next_hop && inet_pton(family, settings->next_hop, address) != 1) {
		fprintf(stderr, "flood: '%s' is no IPv%c address\n", settings->next_hop, family == AF_INET ? '4' : '6');
		return -1;
	}
	if (neighbour_find(flood->index, family, address, settings->plan.destination_mac) < 0) {
		fprintf(stderr,
			"flood: the next hop's MAC address is not known on %s (%s): ping it before, or give --mac\n",
			settings->interface, strerror(errno));
		return -1;
	}
	return 0;
}

/* How many frames may go now; waits until there is one. */
static unsigned int await_turn(const struct settings *settings, uint64_t sent, uint64_t *began)
{
	uint64_t left = settings->count - sent;
	uint64_t batch = left < BATCH ? left : BATCH;
	uint64_t now = now_nanoseconds();
	uint64_t due, allowed;

	if (settings->rate == 0)
		return (unsigned int)batch;
	due = *began + (uint64_t)((double)sent * (double)SECOND / (double)settings->rate);
	if (due > now) {
		pause_until(due);
		return 1;
	}
	if (now - due > LATE) {
		*began += now - due - LATE;
		due = now - LATE;
	}
	allowed = 1 + (uint64_t)((double)(now - due) * (double)settings->rate / (double)SECOND);
	return (unsigned int)(allowed < batch ? allowed : batch);
}

static int send_frames(struct flood *flood, unsigned int count)
{
	int taken;

	for (unsigned int i = 0; i < count; i++) {
		flood->vectors[i].iov_base = flood->frames[i];
		flood->vectors[i].iov_len = frame_write(&flood->settings.plan, flood->sent + i, flood->frames[i]);
		flood->messages[i].msg_hdr = (struct msghdr){.msg_iov = &flood->vectors[i], .msg_iovlen = 1};
	}
	taken = sendmmsg(flood->descriptor, flood->messages, count, 0);
	if (taken > 0)
		flood->sent += (unsigned int)taken;
	if (taken == (int)count || (taken < 0 && errno == EINTR))
		return 0;
	/* Of a batch that is taken in part, the kernel tells the reason only when the rest is tried. */
	if (taken < 0 && errno != ENOBUFS && errno != EAGAIN)
		return complain("cannot send on", flood->settings.interface);
	flood->refused++;
	pause_until(now_nanoseconds() + REFUSED_PAUSE);
	return 0;
}

static int execute(struct flood *flood)
{
	const struct settings *settings = &flood->settings;
	uint64_t began = now_nanoseconds();
	uint64_t pace = began;
	uint64_t until = began + (uint64_t)(settings->seconds * (double)SECOND);
	double seconds;
	int status = 0;

	while (status == 0 && !ended && flood->sent < settings->count && now_nanoseconds() < until)
		status = send_frames(flood, await_turn(settings, flood->sent, &pace));
	seconds = (double)(now_nanoseconds() - began) / (double)SECOND;
	printf("{\"sent\": %" PRIu64 ", \"refused\": %" PRIu64 ", \"seconds\": %.3f, \"rate\": %.0f}\n", flood->sent,
	       flood->refused, seconds, (double)flood->sent / seconds);
	return status;
}

static void usage(FILE *to)
{
	fprintf(to,
		"usage: flood --interface NAME --sources PREFIX [--mac MAC | --next-hop ADDRESS]\n"
		"             [--count N] [--seconds N] [--rate N] [--seed N] DESTINATION PORT\n"
		"\n"
		"Send SYNs with Linux's options to an address and port, out of this interface and no other, from\n"
		"addresses of PREFIX (10.1.0.0/16, fd00::/64) and ports at random: at most N (1000000), for at most\n"
		"N seconds (60), at most N a second (0: as fast as the interface takes them). They go to MAC, or to\n"
		"what the kernel knows as the MAC address of the next hop, or of the destination if no next hop is\n"
		"given. Prints one JSON line.\n");
}

static uint64_t number_of(const char *text, uint64_t most)
{
	char *stop;
	unsigned long long number;

	errno = 0;
	number = strtoull(text, &stop, 10);
	if (text[0] < '0' || text[0] > '9' || *stop != '\0' || errno != 0 || number > most) {
		fprintf(stderr, "flood: '%s' is no number up to %" PRIu64 "\n", text, most);
		exit(2);
	}
	return number;
}

static bool read_mac(const char *text, uint8_t *mac)
{
	int length = 0;

	return sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", &mac[0], &mac[1], &mac[2], &mac[3], &mac[4],
		      &mac[5], &length) == 6 &&
	       text[length] == '\0';
}

static void refuse(const char *what, const char *text)
{
	fprintf(stderr, "flood: '%s' is no %s\n", text, what);
	exit(2);
}

static void parse_option(struct settings *settings, int option)
{
	switch (option) {
	case 'i':
		settings->interface = optarg;
		break;
	case 's':
		if (!frame_read_sources(&settings->plan, optarg))
			refuse("prefix", optarg);
		break;
	case 'm':
		settings->has_mac = read_mac(optarg, settings->plan.destination_mac);
		if (!settings->has_mac)
			refuse("MAC address", optarg);
		break;
	case 'n':
		settings->next_hop = optarg;
		break;
	case 'c':
		settings->count = number_of(optarg, UINT64_MAX);
		break;
	case 't':
		settings->seconds = (double)number_of(optarg, 1000000);
		break;
	case 'r':
		settings->rate = number_of(optarg, SECOND);
		break;
	case 'S':
		settings->plan.seed = number_of(optarg, UINT64_MAX);
		break;
	default:
		usage(option == 'h' ? stdout : stderr);
		exit(option == 'h' ? 0 : 2);
	}
}

static void parse_arguments(struct settings *settings, int argc, char **argv)
{
	static const struct option options[] = {
	    {"interface", required_argument, NULL, 'i'},
	    {"sources", required_argument, NULL, 's'},
	    {"mac", required_argument, NULL, 'm'},
	    {"next-hop", required_argument, NULL, 'n'},
	    {"count", required_argument, NULL, 'c'},
	    {"seconds", required_argument, NULL, 't'},
	    {"rate", required_argument, NULL, 'r'},
	    {"seed", required_argument, NULL, 'S'},
	    {"help", no_argument, NULL, 'h'},
	    {NULL, 0, NULL, 0},
	};
	bool has_sources = false;
	int option;

	*settings = (struct settings){.count = 1000000, .seconds = 60, .plan.seed = 1};
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		parse_option(settings, option);
		has_sources |= option == 's';
	}
	if (!settings->interface || !has_sources || argc - optind != 2) {
		usage(stderr);
		exit(2);
	}
	if (inet_pton(settings->plan.ipv6 ? AF_INET6 : AF_INET, argv[optind], settings->plan.destination) != 1)
		refuse("address of the family of the sources", argv[optind]);
	settings->plan.port = (uint16_t)number_of(argv[optind + 1], UINT16_MAX);
}

int main(int argc, char **argv)
{
	static struct flood flood;
	struct sigaction action = {.sa_handler = end};
	int status;

	parse_arguments(&flood.settings, argc, argv);
	if (open_interface(&flood) < 0 || find_next_hop(&flood) < 0)
		return 1;
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	status = execute(&flood);
	close(flood.descriptor);
	return status < 0 ? 1 : 0;
}
