#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A gateway with its default limits starts and works in 256 MB: of hugepages, and of ordinary pages."""

import socket
import sys

from echo import echo_at_once
from sandbox import Sandbox, ping

for hugepages in (True, False):
    if hugepages and not Sandbox.hugepages_for(256):
        print('no 256 MB of hugepages are free: tried on ordinary pages only')
        continue
    with Sandbox(sys.argv[1], 'net_tap0,iface={interface}', workers=2, hugepages=hugepages) as box:
        box.start()
        assert next(iter(box.ask('status')))['hugepages'] is hugepages
        ping(socket.AF_INET)
        echo_at_once(8, 100000, 20)
        box.stop()
