# SPDX-License-Identifier: BSD-3-Clause
"""A client's RST ends a connection at once, in the middle of a transfer too, and all that it held is given back."""

import socket
import struct

from testbed import Failure, pattern, wait_for

NO_LINGER = struct.pack('ii', 1, 0)  # close() sends RST
ATTEMPTS = 3  # the kernel may lose a RST like any other segment, and sends it once


def check(lab, family):
    for attempt in range(1, ATTEMPTS + 1):
        try:
            reset_connections(lab, family)
            return
        except Failure:
            if attempt == ATTEMPTS:
                raise
            lab.settle()


def reset_connections(lab, family):
    before = lab.stats()['stack']['tcp_resets_in']
    for service, data in (('echo', b''), ('echo', pattern(1 << 20)), ('chargen', b'')):
        connection = lab.connect(family, service)
        connection.setblocking(False)
        if data:
            connection.send(data)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
        connection.close()
    # Not by any time-out of Sluice's.
    wait_for(lambda: lab.stats()['stack']['tcp_resets_in'] >= before + 3, 'three RSTs counted', 2)
    wait_for(lambda: lab.in_use()['connections'] == lab.at_rest['connections'], 'the end of connections by RST', 2)
