/* SPDX-License-Identifier: BSD-3-Clause */
#include "neighbour.h"

#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ANSWER_MAXIMUM 8192
#define USABLE (NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE | NUD_PERMANENT | NUD_NOARP)

struct question {
	struct nlmsghdr header;
	struct ndmsg message;
	struct rtattr attribute;
	uint8_t address[16];
};

static int read_answer(struct nlmsghdr *header, size_t length, uint8_t mac[6])
{
	struct ndmsg *message = NLMSG_DATA(header);
	struct rtattr *attribute = (struct rtattr *)((char *)message + NLMSG_ALIGN(sizeof(*message)));
	size_t left;

	if (!NLMSG_OK(header, length))
		return EPROTO;
	if (header->nlmsg_type == NLMSG_ERROR)
		return -((struct nlmsgerr *)NLMSG_DATA(header))->error;
	if (header->nlmsg_type != RTM_NEWNEIGH || header->nlmsg_len < NLMSG_LENGTH(sizeof(*message)))
		return EPROTO;
	left = header->nlmsg_len - NLMSG_LENGTH(sizeof(*message));
	for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
		if (attribute->rta_type != NDA_LLADDR || RTA_PAYLOAD(attribute) != 6 || !(message->ndm_state & USABLE))
			continue;
		memcpy(mac, RTA_DATA(attribute), 6);
		return 0;
	}
	return ENOENT;
}

int neighbour_find(unsigned int interface, int family, const void *address, uint8_t mac[6])
{
	size_t length = family == AF_INET6 ? 16 : 4;
	struct question question = {
	    .header = {.nlmsg_len = (uint32_t)(offsetof(struct question, address) + length),
		       .nlmsg_type = RTM_GETNEIGH,
		       .nlmsg_flags = NLM_F_REQUEST},
	    .message = {.ndm_family = (uint8_t)family, .ndm_ifindex = (int)interface},
	    .attribute = {.rta_len = (uint16_t)RTA_LENGTH(length), .rta_type = NDA_DST},
	};
	union {
		struct nlmsghdr header;
		uint8_t octets[ANSWER_MAXIMUM];
	} answer;
	int descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	ssize_t count;
	int error;

	if (descriptor < 0)
		return -1;
	memcpy(question.address, address, length);
	if (send(descriptor, &question, question.header.nlmsg_len, 0) < 0 ||
	    (count = recv(descriptor, &answer, sizeof(answer), 0)) < 0)
		error = errno;
	else
		error = read_answer(&answer.header, (size_t)count, mac);
	close(descriptor);
	errno = error;
	return error ? -1 : 0;
}
