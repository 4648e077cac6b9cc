/* SPDX-License-Identifier: BSD-3-Clause */
#include "cubic_model.h"

#include <math.h>
#include <stdbool.h>

#include "random.h"

#define WINDOW_MAX 4096 /* segments in flight, at most */
#define BETA 0.7
#define C 0.4

/* One transmission of a segment, in the order of transmissions. */
struct flight {
	double sent;
	bool arrives, retransmission, settled; /* settled: acknowledged, or known to be lost */
};

struct sender {
	const struct cubic_model *model;
	struct random random;
	struct flight flights[WINDOW_MAX];
	uint64_t first, next; /* transmissions, modulo WINDOW_MAX: first is the oldest that is not settled */
	unsigned in_flight, to_retransmit;
	uint64_t delivered;
	uint64_t recovery_end; /* transmissions before it belong to the last reduction */
	double now, window, threshold, maximum, epoch, k, reno, prior;
};

static struct flight *flight_at(struct sender *sender, uint64_t transmission)
{
	return &sender->flights[transmission % WINDOW_MAX];
}

static void send_what_fits(struct sender *sender)
{
	while (sender->in_flight < (unsigned)sender->window && sender->next - sender->first < WINDOW_MAX) {
		bool again = sender->to_retransmit > 0;

		*flight_at(sender, sender->next++) = (struct flight){
		    .sent = sender->now,
		    .arrives = (double)random_below(&sender->random, 1000000) >= sender->model->loss * 1e6,
		    .retransmission = again,
		};
		sender->to_retransmit -= again;
		sender->in_flight++;
	}
}

static void reduce(struct sender *sender)
{
	sender->prior = sender->window;
	sender->maximum = sender->window < sender->maximum ? sender->window * (1 + BETA) / 2 : sender->window;
	sender->window = fmax(2, sender->window * BETA);
	sender->threshold = sender->window;
	sender->epoch = -1;
}

static void grow(struct sender *sender)
{
	double elapsed, target, alpha;

	if (sender->window < sender->threshold) {
		sender->window += 1;
		return;
	}
	if (sender->epoch < 0) {
		sender->epoch = sender->now;
		sender->k = cbrt(fmax(0, sender->maximum - sender->window) / C);
		sender->reno = sender->window;
		if (sender->maximum < sender->window)
			sender->maximum = sender->window;
	}
	elapsed = sender->now - sender->epoch + sender->model->round_trip - sender->k;
	target = fmin(fmax(sender->maximum + C * elapsed * elapsed * elapsed, sender->window), 1.5 * sender->window);
	alpha = sender->reno < sender->prior ? 3 * (1 - BETA) / (1 + BETA) : 1;
	sender->reno += alpha / sender->window;
	sender->window = fmax(sender->window + (target - sender->window) / sender->window, sender->reno);
}

/* A segment arrived that was sent as number `arrived`: what three later ones have overtaken is lost. */
static void find_losses(struct sender *sender, uint64_t arrived)
{
	for (uint64_t i = sender->first; i + 3 <= arrived; i++) {
		struct flight *flight = flight_at(sender, i);

		if (flight->settled || flight->arrives || flight->retransmission)
			continue;
		flight->settled = true;
		sender->in_flight--;
		sender->to_retransmit++;
		if (i >= sender->recovery_end) {
			sender->recovery_end = sender->next;
			reduce(sender);
		}
	}
}

static void time_out(struct sender *sender)
{
	reduce(sender);
	for (uint64_t i = sender->first; i < sender->next; i++) {
		struct flight *flight = flight_at(sender, i);

		if (flight->settled)
			continue;
		flight->settled = true;
		sender->to_retransmit++;
	}
	sender->in_flight = 0;
	sender->first = sender->recovery_end = sender->next;
	sender->window = 1;
}

/* The next transmission whose fate the sender learns: the oldest that is not settled and arrives. */
static bool next_arrival(struct sender *sender, uint64_t *arrival)
{
	while (sender->first < sender->next && flight_at(sender, sender->first)->settled)
		sender->first++;
	for (uint64_t i = sender->first; i < sender->next; i++) {
		if (!flight_at(sender, i)->settled && flight_at(sender, i)->arrives) {
			*arrival = i;
			return true;
		}
	}
	return false;
}

uint64_t cubic_model_run(const struct cubic_model *model)
{
	static struct sender sender;
	double rto = fmax(model->minimum_rto, model->round_trip);

	sender = (struct sender){
	    .model = model, .random = {model->seed}, .window = model->initial_window, .threshold = 1e9, .epoch = -1};
	send_what_fits(&sender);
	while (sender.now < model->duration) {
		uint64_t arrival = 0;
		bool any = next_arrival(&sender, &arrival);
		struct flight *oldest = flight_at(&sender, sender.first);
		double at = any ? flight_at(&sender, arrival)->sent + model->round_trip : INFINITY;

		/* The oldest was sent twice and lost twice: no ACK tells, the clock does. */
		if (!oldest->settled && oldest->sent + model->round_trip + rto < at) {
			sender.now = oldest->sent + model->round_trip + rto;
			time_out(&sender);
		} else {
			sender.now = at;
			flight_at(&sender, arrival)->settled = true;
			sender.in_flight--;
			sender.delivered++;
			find_losses(&sender, arrival);
			if (arrival >= sender.recovery_end)
				grow(&sender);
		}
		send_what_fits(&sender);
	}
	return sender.delivered;
}
