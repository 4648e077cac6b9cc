# SPDX-License-Identifier: BSD-3-Clause
"""Connections that send segments of one octet and read nothing cannot exhaust the buffers: others go on meanwhile."""

import socket
import time

from testbed import require

CONNECTIONS = 64
MSG_EOR = 0x80  # the next octet goes in a segment of its own
SECONDS = 1.5


def check(lab, family):
    greedy = [lab.connect(family, 'echo', receive_buffer=4096) for _ in range(CONNECTIONS)]
    for connection in greedy:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setblocking(False)
    sent = 0
    end = time.monotonic() + (30 if lab.full else SECONDS)
    while time.monotonic() < end:
        for connection in greedy:
            try:
                for _ in range(100):
                    sent += connection.send(b'x', MSG_EOR)
            except BlockingIOError:
                pass
    stats = lab.stats()
    used = stats['mbufs_in_use']
    require(used < stats['mbufs'] * 3 / 4, f'{used} of {stats["mbufs"]} mbufs are in use after {sent} octets')
    report = lab.traffic(family, 'echo', connections=4, octets=1 << 20, seconds=60)
    for connection in greedy:
        connection.close()
    return f'{sent} segments unread, {used} of {stats["mbufs"]} mbufs; others meanwhile {report["megabits_per_second"]} Mbit/s'
