/* SPDX-License-Identifier: BSD-3-Clause */
#include "judge.h"

static struct judge_flow *flow_of(struct judge *judge, unsigned from, const struct packet_tcp *packet)
{
	const struct ip_address *client = from == 0 ? &packet->source : &packet->destination;
	uint16_t port = from == 0 ? packet->tcp.source_port : packet->tcp.destination_port;
	struct judge_flow *flow;

	for (unsigned i = 0; i < judge->count; i++)
		if (judge->flows[i].port == port && address_equal(&judge->flows[i].client, client))
			return &judge->flows[i];
	if (judge->count == JUDGE_FLOWS)
		return NULL;
	flow = &judge->flows[judge->count++];
	*flow = (struct judge_flow){.client = *client, .port = port};
	return flow;
}

static const char *judge_syn(struct judge_flow *flow, struct judge_side *mine, const struct tcp_header *tcp)
{
	/* An old SYN that comes late: what the other side still says belongs to the connection that was. */
	if (flow->ended)
		flow->sides[0].known = flow->sides[1].known = false;
	if (mine->known && mine->isn != tcp->sequence)
		return "a SYN with another number";
	if (!mine->known)
		*mine = (struct judge_side){.known = true,
					    .isn = tcp->sequence,
					    .end = tcp->sequence + 1,
					    .mss = tcp->has_mss ? tcp->mss : 536,
					    .edge = tcp->acknowledgement,
					    .announced_scale = tcp->has_window_scale,
					    .scale = tcp->window_scale};
	return NULL;
}

static const char *judge_data(struct judge_side *mine, const struct judge_side *other, const struct packet_tcp *packet)
{
	const struct tcp_header *tcp = &packet->tcp;
	uint32_t end = tcp->sequence + packet->length + !!(tcp->flags & (TCP_FIN | TCP_SYN));

	if (packet->length && packet->length + tcp->length - TCP_HEADER_LENGTH > other->mss)
		return "a segment longer than the other side's MSS";
	if (packet->length && other->has_acked && seq_gt(tcp->sequence + packet->length, other->edge + 1))
		return "data beyond the other side's window";
	if (tcp->flags & TCP_FIN) {
		if (mine->has_fin && mine->fin != tcp->sequence + packet->length)
			return "a FIN that has moved";
		mine->has_fin = true;
		mine->fin = tcp->sequence + packet->length;
	} else if (mine->has_fin && packet->length && seq_gt(tcp->sequence + packet->length, mine->fin)) {
		return "data behind the FIN";
	}
	mine->end = seq_max(mine->end, end);
	return NULL;
}

static const char *judge_ack(struct judge_side *mine, const struct judge_side *other, const struct tcp_header *tcp)
{
	bool scaled = !(tcp->flags & TCP_SYN) && mine->announced_scale && other->announced_scale;
	uint32_t edge = tcp->acknowledgement + ((uint32_t)tcp->window << (scaled ? mine->scale : 0));
	uint32_t granule = scaled ? 1u << mine->scale : 1;

	if (seq_gt(tcp->acknowledgement, other->end))
		return "an acknowledgement of what was never sent";
	if (mine->has_acked && seq_lt(tcp->acknowledgement, mine->acked))
		return "an acknowledgement that goes back";
	/* Of what lies behind the other side's FIN nothing is promised. */
	if (mine->has_acked && seq_le(edge + granule, mine->edge) &&
	    !(other->has_fin && seq_gt(tcp->acknowledgement, other->fin)))
		return "a window that retreats";
	mine->edge = mine->has_acked ? seq_max(mine->edge, edge) : edge;
	mine->acked = tcp->acknowledgement;
	mine->has_acked = true;
	for (unsigned i = 0; i < tcp->sack_count; i++)
		if (seq_ge(tcp->sack[i].left, tcp->sack[i].right) || seq_le(tcp->sack[i].left, tcp->acknowledgement) ||
		    seq_gt(tcp->sack[i].right, other->end))
			return "a SACK block of nothing";
	return NULL;
}

static const char *judge_packet(struct judge_flow *flow, unsigned from, const struct packet_tcp *packet)
{
	struct judge_side *mine = &flow->sides[from], *other = &flow->sides[1 - from];
	const struct tcp_header *tcp = &packet->tcp;
	const char *objection = NULL;

	if (tcp->flags & TCP_RST || (mine->has_fin && other->has_fin))
		flow->ended = true;
	if (tcp->flags & TCP_SYN)
		objection = judge_syn(flow, mine, tcp);
	if (objection || tcp->flags & TCP_RST || !mine->known)
		return objection;
	if (tcp->has_timestamps) {
		if (mine->has_timestamp && seq_lt(tcp->timestamp_value, mine->timestamp))
			return "a clock that runs backwards";
		mine->timestamp = tcp->timestamp_value;
		mine->has_timestamp = true;
	}
	if (other->known)
		objection = judge_data(mine, other, packet);
	if (!objection && tcp->flags & TCP_ACK && other->known)
		objection = judge_ack(mine, other, tcp);
	return objection;
}

bool judge_is_open(struct judge *judge, unsigned from, const uint8_t *frame, uint32_t length)
{
	struct packet_tcp packet;
	struct judge_flow *flow =
	    packet_read(&packet, frame, length) == PACKET_TCP ? flow_of(judge, from, &packet) : NULL;

	return flow && !flow->ended && flow->sides[0].has_acked && flow->sides[1].has_acked &&
	       !flow->sides[0].has_fin && !flow->sides[1].has_fin;
}

bool judge_frame(struct judge *judge, unsigned from, const uint8_t *frame, uint32_t length)
{
	struct packet_tcp packet;
	enum packet_kind kind = packet_read(&packet, frame, length);
	const char *objection = kind == PACKET_BROKEN ? "a broken packet" : NULL;
	struct judge_flow *flow = kind == PACKET_TCP ? flow_of(judge, from, &packet) : NULL;

	if (flow)
		objection = judge_packet(flow, from, &packet);
	if (objection && !judge->objection) {
		judge->objection = objection;
		packet_describe(&packet, flow ? flow->sides[from].isn : 0, flow ? flow->sides[1 - from].isn : 0,
				judge->text, sizeof(judge->text));
	}
	return !objection;
}
