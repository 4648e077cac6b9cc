#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""An end that a stalled worker holds up is over in two seconds all the same, and a second signal ends it at once."""

import signal
import sys
import time

from sandbox import Sandbox, ping, socket, wait_until
from stall import Stall

with Sandbox(sys.argv[1], 'net_tap0,iface={interface}', workers=2) as box:
    box.start()
    Stall(box.process.pid, 1).reap()
    box.signal(signal.SIGTERM)
    box.signal(signal.SIGTERM)  # at once: the first one's twin
    assert box.process.wait(2) == 1, box.process.returncode
    assert 'a worker does not stop' in box.log.read_text()
    assert not box.socket.exists()

    box.start()
    Stall(box.process.pid, 1).reap()
    box.signal(signal.SIGINT)
    wait_until(lambda: not box.socket.exists(), 'ending')
    before = time.monotonic()
    box.signal(signal.SIGTERM)
    assert box.process.wait(1) == -signal.SIGTERM, box.process.returncode
    assert time.monotonic() - before < 0.5

    box.start()
    ping(socket.AF_INET)
    box.stop()
