#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A worker that stands still is told of, others go on, the control socket answers, and the end is still in time."""

import ctypes
import os
import signal
import sys
import time

from sandbox import Sandbox, wait_until

PTRACE_ATTACH, PTRACE_DETACH = 16, 17


def worker_thread(pid, number):
    for task in os.listdir(f'/proc/{pid}/task'):
        with open(f'/proc/{pid}/task/{task}/comm') as name:
            if name.read().strip() in (f'rte-worker-{number}', f'lcore-worker-{number}', f'dpdk-worker{number}'):
                return int(task)
    raise AssertionError('no such worker')


with Sandbox(sys.argv[1], 'steering:net_tap0,iface={interface}', workers=2) as box:
    box.start()
    thread = worker_thread(box.process.pid, 2)
    trace = ctypes.CDLL(None, use_errno=True).ptrace
    trace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    assert trace(PTRACE_ATTACH, thread, None, None) == 0, os.strerror(ctypes.get_errno())
    os.waitpid(thread, 0x40000000)
    wait_until(lambda: 'worker 1 has not run for' in box.log.read_text(), 'told of the stalled worker', 5)
    turns = [line['worker_counters']['turns'] for line in box.ask('stats') if line['kind'] == 'worker']
    time.sleep(0.1)
    later = [line['worker_counters']['turns'] for line in box.ask('stats') if line['kind'] == 'worker']
    assert later[0] > turns[0] and later[1] == turns[1], (turns, later)
    assert trace(PTRACE_DETACH, thread, None, None) == 0
    wait_until(lambda: 'worker 1 runs again' in box.log.read_text(), 'told that it runs again', 5)
    box.signal(signal.SIGTERM)
    assert box.process.wait(2) == 0
