#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""sluiced answers ping of both families, of any size up to what fits in fragments, and counts it."""

import sys

from sandbox import FAMILIES, Sandbox, ping, wait_until

with Sandbox(sys.argv[1], 'net_tap0,iface={interface}') as box:
    box.start()
    for family in FAMILIES:
        ping(family)
        ping(family, 3, '-s', '1400')
        ping(family, 3, '-s', '8000')
    wait_until(lambda: box.stats()['stack']['icmp_in'] >= 18, 'eighteen pings counted')
    box.stop()
