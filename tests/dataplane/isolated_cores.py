#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A worker's core may be one that sluiced is not on by itself, as those that are isolated (isolcpus) are."""

import os
import sys

from sandbox import FAMILIES, SKIP, Sandbox, ping

cores = sorted(os.sched_getaffinity(0))
if len(cores) < 2:
    print('needs two processors')
    sys.exit(SKIP)

with Sandbox(sys.argv[1], 'net_tap0,iface={interface}') as box:
    box.config['main_core'] = cores[0]
    box.config['workers']['cores'] = [cores[-1]]
    os.sched_setaffinity(0, {cores[0]})
    box.start()
    for family in FAMILIES:
        ping(family)
    masks = {tuple(sorted(os.sched_getaffinity(int(thread)))) for thread in os.listdir(f'/proc/{box.process.pid}/task')}
    assert (cores[-1],) in masks, f'no thread is on core {cores[-1]}: {masks}'
    box.stop()
