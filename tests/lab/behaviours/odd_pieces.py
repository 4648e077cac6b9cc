# SPDX-License-Identifier: BSD-3-Clause
"""Segments of odd lengths that wait for a window go out together in full ones, and each of these has a right checksum."""

import socket
import time

from testbed import pattern, require

MSG_EOR = 0x80  # the next octet goes in a segment of its own
PIECES = tuple(range(601, 1400, 22))  # each needs a buffer of its own, none fills a segment, all are odd
ROUNDS = 8


def check(lab, family):
    data = pattern(sum(PIECES) * ROUNDS)
    with lab.connect(family, 'echo', receive_buffer=4096) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setblocking(False)
        sent, received = 0, b''
        waiting = [size for _ in range(ROUNDS) for size in PIECES]
        end = time.monotonic() + 20
        while len(received) < len(data):
            require(time.monotonic() < end, f'{len(received)} of {len(data)} octets came back in time')
            try:
                while waiting:
                    connection.send(data[sent:sent + waiting[0]], MSG_EOR)
                    sent += waiting.pop(0)
            except BlockingIOError:
                pass
            try:
                received += connection.recv(8192)
            except BlockingIOError:
                time.sleep(0.001)
        require(received == data, 'other octets came back than were sent')
    return f'{len(PIECES) * ROUNDS} pieces, {len(data)} octets'
