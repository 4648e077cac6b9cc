/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SIM_SCENE_H
#define SIM_SCENE_H

/* A world with those who live in it and the judge who watches it, from its beginning to its end. */

#include "application.h"
#include "judge.h"

struct scene {
	struct application application; /* first: the world's context points here */
	struct judge judge;
	struct world world;
	struct world_config config; /* application, observer and context are filled in by scene_run */
	struct tcp_options server;  /* of the listener */
	uint32_t forgeries;	    /* parts per million of the segments that an attacker forges */
	bool verbose;		    /* print each packet */
	/* Called after each turn with the scene; returns what is wrong, or NULL. May be NULL. */
	const char *(*inspect)(struct scene *scene);
};

/* Runs all conversations to their end and waits until the stacks have come to rest; everything is freed. Returns NULL
 * if all was right, or what was not. */
const char *scene_run(struct scene *scene, struct rte_mempool *pools[2]);

#endif
