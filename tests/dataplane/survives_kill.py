#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""After kill -9, sluiced starts again at once, works, and leaves no hugepage files; so does a twice-signalled one."""

import signal
import socket
import sys

from sandbox import Sandbox, ping

with Sandbox(sys.argv[1], 'net_tap0,iface={interface}') as box:
    for _ in range(3):
        box.start()
        ping(socket.AF_INET, 1)
        box.signal(signal.SIGKILL)
        box.process.wait(5)
    box.start()
    ping(socket.AF_INET6, 1)
    box.stop()
    assert not box.hugepage_files(), box.hugepage_files()
