#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A worker that stands still is told of, others go on, the control socket answers, and the end is still in time."""

import signal
import sys
import time

from sandbox import Sandbox, wait_until
from stall import Stall


def turns(box):
    return [line['worker_counters']['turns'] for line in box.ask('stats') if line['kind'] == 'worker']


with Sandbox(sys.argv[1], 'steering:net_tap0,iface={interface}', workers=2) as box:
    box.start()
    stall = Stall(box.process.pid, 1)
    wait_until(lambda: 'worker 1 has not run for' in box.log.read_text(), 'told of the stalled worker', 5)
    before = turns(box)
    time.sleep(0.1)
    after = turns(box)
    assert after[0] > before[0] and after[1] == before[1], (before, after)
    stall.end()
    wait_until(lambda: 'worker 1 runs again' in box.log.read_text(), 'told that it runs again', 5)
    box.signal(signal.SIGTERM)
    assert box.process.wait(2) == 0
