# SPDX-License-Identifier: BSD-3-Clause
"""Stops one worker's thread of a process, as a debugger does, and lets it go on."""

import contextlib
import ctypes
import os
import threading

PTRACE_ATTACH, PTRACE_DETACH = 16, 17
WAIT_ALL_THREADS = 0x40000000


def worker_thread(pid, worker):
    """The thread of a worker; DPDK's releases name it differently."""
    lcore = worker + 1
    for task in os.listdir(f'/proc/{pid}/task'):
        with open(f'/proc/{pid}/task/{task}/comm') as name:
            if name.read().strip() in (f'rte-worker-{lcore}', f'lcore-worker-{lcore}', f'dpdk-worker{lcore}'):
                return int(task)
    raise AssertionError('no such worker')


class Stall:
    def __init__(self, pid, worker):
        self.thread = worker_thread(pid, worker)
        self.trace = ctypes.CDLL(None, use_errno=True).ptrace
        self.trace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
        if self.trace(PTRACE_ATTACH, self.thread, None, None) != 0:
            raise OSError(ctypes.get_errno(), 'ptrace')
        os.waitpid(self.thread, WAIT_ALL_THREADS)

    def reap(self):
        """The process is to end with its thread stopped: it can only once its tracer has seen that thread die."""
        def wait():
            with contextlib.suppress(ChildProcessError):
                os.waitpid(self.thread, WAIT_ALL_THREADS)

        threading.Thread(target=wait, daemon=True).start()

    def end(self):
        if self.trace(PTRACE_DETACH, self.thread, None, None) != 0:
            raise OSError(ctypes.get_errno(), 'ptrace')
