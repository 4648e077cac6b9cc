/* SPDX-License-Identifier: BSD-3-Clause */
#include "host.h"

#include <netinet/in.h>
#include <string.h>

#include <rte_ip.h>
#include <rte_tcp.h>

#define FRAME_MAX 70000

/* A frame laid flat, and where its headers lie. */
struct flat {
	uint8_t bytes[FRAME_MAX];
	uint32_t length;
	uint32_t network, transport, payload; /* offsets */
	bool ipv4;
};

static bool offers(const struct host *host, uint32_t offload)
{
	return (host->offloads & offload) == offload;
}

/* What is wrong with the frame for a port that offers what this one does; NULL: nothing. */
static const char *refusal(const struct host *host, const struct rte_mbuf *mbuf)
{
	uint64_t flags = mbuf->ol_flags;

	if (rte_mbuf_refcnt_read(mbuf) != 1)
		return "a frame was sent that somebody else still holds";
	if (mbuf->nb_segs > 1 && !offers(host, INTERFACE_TX_CHAINS))
		return "a frame of several mbufs was sent to a port that takes one";
	if (flags & RTE_MBUF_F_TX_IP_CKSUM && !offers(host, INTERFACE_TX_IPV4_CHECKSUM))
		return "asked for an IPv4 checksum that the port does not offer";
	if ((flags & RTE_MBUF_F_TX_L4_MASK) == RTE_MBUF_F_TX_TCP_CKSUM && !offers(host, INTERFACE_TX_TCP_CHECKSUM))
		return "asked for a TCP checksum that the port does not offer";
	if (flags & RTE_MBUF_F_TX_TCP_SEG && !offers(host, INTERFACE_TX_TCP_SEGMENTATION))
		return "asked for TCP segmentation that the port does not offer";
	if (mbuf->pkt_len > FRAME_MAX)
		return "a frame longer than 64 KB was sent";
	for (const struct rte_mbuf *part = mbuf; part; part = part->next)
		if (part->data_len == 0)
			return "a frame with an empty mbuf was sent";
	return NULL;
}

static void finish_tcp_checksum(struct host *host, struct flat *flat, uint64_t flags)
{
	struct rte_tcp_hdr *tcp = (struct rte_tcp_hdr *)(flat->bytes + flat->transport);
	void *network = flat->bytes + flat->network;
	uint16_t pseudo = flat->ipv4 ? rte_ipv4_phdr_cksum(network, flags) : rte_ipv6_phdr_cksum(network, flags);

	if (tcp->cksum != pseudo)
		host->fault = "the sum of the pseudo header was not filled in for the port";
	tcp->cksum = 0;
	tcp->cksum = flat->ipv4 ? rte_ipv4_udptcp_cksum(network, tcp) : rte_ipv6_udptcp_cksum(network, tcp);
}

static void set_ip_length(struct flat *flat, uint32_t segment)
{
	if (flat->ipv4) {
		struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(flat->bytes + flat->network);

		ip->total_length = rte_cpu_to_be_16((uint16_t)(flat->transport - flat->network + segment));
		ip->hdr_checksum = 0;
		ip->hdr_checksum = rte_ipv4_cksum(ip);
	} else {
		struct rte_ipv6_hdr *ip = (struct rte_ipv6_hdr *)(flat->bytes + flat->network);

		ip->payload_len = rte_cpu_to_be_16((uint16_t)segment);
	}
}

/* Cuts one long segment into those that the wire can carry, as a port does. */
static void segment_tcp(struct host *host, struct flat *whole, uint32_t size, uint64_t flags,
			host_frame_handler *handler, void *context)
{
	static struct flat part;
	const struct rte_tcp_hdr *tcp = (const struct rte_tcp_hdr *)(whole->bytes + whole->transport);
	uint32_t sequence = rte_be_to_cpu_32(tcp->sent_seq), header = whole->payload - whole->transport;

	finish_tcp_checksum(host, whole, flags);
	for (uint32_t offset = whole->payload; offset < whole->length; offset += size) {
		uint32_t length = RTE_MIN(size, whole->length - offset);
		struct rte_tcp_hdr *out = (struct rte_tcp_hdr *)(part.bytes + whole->transport);

		part.network = whole->network;
		part.transport = whole->transport;
		part.ipv4 = whole->ipv4;
		memcpy(part.bytes, whole->bytes, whole->payload);
		memcpy(part.bytes + whole->payload, whole->bytes + offset, length);
		out->sent_seq = rte_cpu_to_be_32(sequence + offset - whole->payload);
		if (offset + length < whole->length)
			out->tcp_flags &= (uint8_t) ~(RTE_TCP_FIN_FLAG | RTE_TCP_PSH_FLAG);
		set_ip_length(&part, header + length);
		out->cksum = 0;
		out->cksum = part.ipv4 ? rte_ipv4_udptcp_cksum((void *)(part.bytes + part.network), out)
				       : rte_ipv6_udptcp_cksum((void *)(part.bytes + part.network), out);
		handler(context, part.bytes, whole->payload + length);
	}
}

void port_transmit(struct host *host, struct rte_mbuf *mbuf, host_frame_handler *handler, void *context)
{
	static struct flat flat;
	const char *wrong = refusal(host, mbuf);
	uint64_t flags = mbuf->ol_flags;
	uint32_t size = mbuf->tso_segsz;

	if (wrong) {
		host->fault = wrong;
		rte_pktmbuf_free(mbuf);
		return;
	}
	flat.length = 0;
	for (const struct rte_mbuf *part = mbuf; part; part = part->next) {
		memcpy(flat.bytes + flat.length, rte_pktmbuf_mtod(part, void *), part->data_len);
		flat.length += part->data_len;
	}
	if (flat.length != mbuf->pkt_len)
		host->fault = "pkt_len is not the sum of the parts";
	flat.network = mbuf->l2_len;
	flat.transport = flat.network + mbuf->l3_len;
	flat.payload = flat.transport + mbuf->l4_len;
	flat.ipv4 = flags & RTE_MBUF_F_TX_IPV4;
	rte_pktmbuf_free(mbuf);
	if (flags & RTE_MBUF_F_TX_IP_CKSUM) {
		struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(flat.bytes + flat.network);

		ip->hdr_checksum = 0;
		ip->hdr_checksum = rte_ipv4_cksum(ip);
	}
	if (flags & RTE_MBUF_F_TX_TCP_SEG && flat.payload < flat.length) {
		segment_tcp(host, &flat, size, flags, handler, context);
		return;
	}
	if ((flags & RTE_MBUF_F_TX_L4_MASK) == RTE_MBUF_F_TX_TCP_CKSUM)
		finish_tcp_checksum(host, &flat, flags);
	handler(context, flat.bytes, flat.length);
}
