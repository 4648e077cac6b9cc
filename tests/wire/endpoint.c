/* SPDX-License-Identifier: BSD-3-Clause */
#include "endpoint.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define BURSTS_PER_TURN 4
#define SOCKET_BUFFER (16 << 20)
#define VLAN_TAG 4
#define BUFFER_SIZE (VLAN_TAG + LINK_FRAME_MAXIMUM)

static int complain(const char *what, const char *name)
{
	fprintf(stderr, "bad-wire: %s %s: %s\n", what, name, strerror(errno));
	return -1;
}

static int open_tap(struct endpoint *endpoint)
{
	struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};

	endpoint->descriptor = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (endpoint->descriptor < 0)
		return complain("cannot open /dev/net/tun for", endpoint->name);
	memcpy(request.ifr_name, endpoint->name, sizeof(request.ifr_name));
	if (ioctl(endpoint->descriptor, TUNSETIFF, &request) < 0)
		return complain("cannot make the TAP", endpoint->name);
	return 0;
}

static int open_packet_socket(struct endpoint *endpoint)
{
	int size = SOCKET_BUFFER;
	int on = 1;
	struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
	struct packet_mreq membership = {.mr_type = PACKET_MR_PROMISC};

	endpoint->index = if_nametoindex(endpoint->name);
	if (endpoint->index == 0)
		return complain("no interface", endpoint->name);
	/* With no protocol yet, so that nothing of other interfaces comes in before it is bound to this one. */
	endpoint->descriptor = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (endpoint->descriptor < 0)
		return complain("cannot open a packet socket for", endpoint->name);
	address.sll_ifindex = (int)endpoint->index;
	membership.mr_ifindex = (int)endpoint->index;
	if (setsockopt(endpoint->descriptor, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on)) < 0 ||
	    setsockopt(endpoint->descriptor, SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on)) < 0 ||
	    setsockopt(endpoint->descriptor, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof(on)) < 0 ||
	    setsockopt(endpoint->descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0 ||
	    setsockopt(endpoint->descriptor, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) < 0 ||
	    bind(endpoint->descriptor, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    setsockopt(endpoint->descriptor, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &membership, sizeof(membership)) < 0)
		return complain("cannot set up the packet socket of", endpoint->name);
	return 0;
}

int endpoint_open(struct endpoint *endpoint, const char *name)
{
	memset(endpoint, 0, sizeof(*endpoint));
	endpoint->descriptor = -1;
	endpoint->tap = strncmp(name, "tap:", 4) == 0;
	name += endpoint->tap ? 4 : 0;
	if (strlen(name) == 0 || strlen(name) >= sizeof(endpoint->name)) {
		fprintf(stderr, "bad-wire: '%s' cannot be the name of an interface\n", name);
		return -1;
	}
	strcpy(endpoint->name, name);
	endpoint->buffers = malloc((size_t)ENDPOINT_BURST * BUFFER_SIZE);
	if (!endpoint->buffers)
		return complain("no memory for", endpoint->name);
	return endpoint->tap ? open_tap(endpoint) : open_packet_socket(endpoint);
}

void endpoint_close(struct endpoint *endpoint)
{
	for (unsigned int i = 0; i < endpoint->waiting_count; i++)
		link_frame_free(endpoint->waiting[i]);
	endpoint->waiting_count = 0;
	if (endpoint->descriptor >= 0)
		close(endpoint->descriptor);
	endpoint->descriptor = -1;
	free(endpoint->buffers);
	endpoint->buffers = NULL;
}

/*
 * What an error of reading means. A packet socket reports that its interface went down, which may come up again, and
 * the same when it was removed or moved to another namespace.
 */
static int judge_error(const struct endpoint *endpoint, int error)
{
	char name[IF_NAMESIZE];

	if (error == EAGAIN || error == EINTR)
		return 0;
	if (endpoint->tap)
		return error == EIO ? 0 : -1;
	return if_indextoname(endpoint->index, name) ? 0 : -1;
}

static int receive_from_tap(struct endpoint *endpoint, endpoint_receive_t receive, void *context)
{
	for (int i = 0; i < ENDPOINT_BURST * BURSTS_PER_TURN; i++) {
		ssize_t length = read(endpoint->descriptor, endpoint->buffers, BUFFER_SIZE);

		if (length < 0)
			return judge_error(endpoint, errno);
		endpoint->counters.received++;
		receive(context, endpoint->buffers, (size_t)length);
	}
	return 0;
}

/* The kernel takes a VLAN tag out of the frame and hands it over beside it: put it back. */
static size_t restore_vlan(uint8_t *octets, size_t length, const struct tpacket_auxdata *auxdata)
{
	uint16_t tag[2] = {htons(ETH_P_8021Q), htons(auxdata->tp_vlan_tci)};

	if (auxdata->tp_status & TP_STATUS_VLAN_TPID_VALID)
		tag[0] = htons(auxdata->tp_vlan_tpid);
	memmove(octets, octets + VLAN_TAG, 12);
	memcpy(octets + 12, tag, sizeof(tag));
	return length + VLAN_TAG;
}

static void take_message(struct endpoint *endpoint, struct mmsghdr *message, endpoint_receive_t receive, void *context)
{
	uint8_t *octets = message->msg_hdr.msg_iov->iov_base;
	size_t length = message->msg_len;
	struct cmsghdr *control = CMSG_FIRSTHDR(&message->msg_hdr);
	struct tpacket_auxdata auxdata = {0};

	if (message->msg_hdr.msg_flags & MSG_TRUNC) {
		endpoint->counters.missed++;
		return;
	}
	if (control && control->cmsg_level == SOL_PACKET && control->cmsg_type == PACKET_AUXDATA)
		memcpy(&auxdata, CMSG_DATA(control), sizeof(auxdata));
	endpoint->counters.received++;
	if (auxdata.tp_status & TP_STATUS_CSUMNOTREADY)
		endpoint->counters.unfinished_checksums++;
	if ((auxdata.tp_status & TP_STATUS_VLAN_VALID) && length >= LINK_FRAME_MINIMUM)
		length = restore_vlan(octets -= VLAN_TAG, length, &auxdata);
	receive(context, octets, length);
}

static int receive_from_socket(struct endpoint *endpoint, endpoint_receive_t receive, void *context)
{
	struct mmsghdr messages[ENDPOINT_BURST];
	struct iovec vectors[ENDPOINT_BURST];
	union {
		struct cmsghdr header;
		uint8_t octets[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	} controls[ENDPOINT_BURST];

	for (int turn = 0; turn < BURSTS_PER_TURN; turn++) {
		int count;

		memset(messages, 0, sizeof(messages));
		for (int i = 0; i < ENDPOINT_BURST; i++) {
			vectors[i].iov_base = endpoint->buffers + (size_t)i * BUFFER_SIZE + VLAN_TAG;
			vectors[i].iov_len = LINK_FRAME_MAXIMUM;
			messages[i].msg_hdr.msg_iov = &vectors[i];
			messages[i].msg_hdr.msg_iovlen = 1;
			messages[i].msg_hdr.msg_control = &controls[i];
			messages[i].msg_hdr.msg_controllen = sizeof(controls[i]);
		}
		count = recvmmsg(endpoint->descriptor, messages, ENDPOINT_BURST, MSG_DONTWAIT, NULL);
		if (count < 0)
			return judge_error(endpoint, errno);
		for (int i = 0; i < count; i++)
			take_message(endpoint, &messages[i], receive, context);
		if (count < ENDPOINT_BURST)
			return 0;
	}
	return 0;
}

int endpoint_receive(struct endpoint *endpoint, endpoint_receive_t receive, void *context)
{
	return endpoint->tap ? receive_from_tap(endpoint, receive, context)
			     : receive_from_socket(endpoint, receive, context);
}

void endpoint_send_now(struct endpoint *endpoint, const uint8_t *octets, size_t length)
{
	if (write(endpoint->descriptor, octets, length) == (ssize_t)length)
		endpoint->counters.sent++;
	else
		endpoint->counters.send_failures++;
}

static void flush_to_socket(struct endpoint *endpoint)
{
	struct mmsghdr messages[ENDPOINT_BURST];
	struct iovec vectors[ENDPOINT_BURST];
	unsigned int done = 0;

	memset(messages, 0, sizeof(messages));
	for (unsigned int i = 0; i < endpoint->waiting_count; i++) {
		vectors[i].iov_base = endpoint->waiting[i]->octets;
		vectors[i].iov_len = endpoint->waiting[i]->length;
		messages[i].msg_hdr.msg_iov = &vectors[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	while (done < endpoint->waiting_count) {
		int count = sendmmsg(endpoint->descriptor, messages + done, endpoint->waiting_count - done, 0);

		if (count > 0) {
			done += (unsigned int)count;
			endpoint->counters.sent += (unsigned int)count;
		} else {
			done++;
			endpoint->counters.send_failures++;
		}
	}
}

void endpoint_flush(struct endpoint *endpoint)
{
	if (endpoint->waiting_count == 0)
		return;
	if (endpoint->tap) {
		for (unsigned int i = 0; i < endpoint->waiting_count; i++)
			endpoint_send_now(endpoint, endpoint->waiting[i]->octets, endpoint->waiting[i]->length);
	} else {
		flush_to_socket(endpoint);
	}
	for (unsigned int i = 0; i < endpoint->waiting_count; i++)
		link_frame_free(endpoint->waiting[i]);
	endpoint->waiting_count = 0;
}

void endpoint_send(struct endpoint *endpoint, struct link_frame *frame)
{
	endpoint->waiting[endpoint->waiting_count++] = frame;
	if (endpoint->waiting_count == ENDPOINT_BURST)
		endpoint_flush(endpoint);
}

const struct endpoint_counters *endpoint_counters(struct endpoint *endpoint)
{
	struct tpacket_stats statistics;
	socklen_t length = sizeof(statistics);

	/* Reading them sets the kernel's to zero. */
	if (!endpoint->tap && endpoint->descriptor >= 0 &&
	    getsockopt(endpoint->descriptor, SOL_PACKET, PACKET_STATISTICS, &statistics, &length) == 0)
		endpoint->counters.missed += statistics.tp_drops;
	return &endpoint->counters;
}
