# SPDX-License-Identifier: BSD-3-Clause
"""A client that stops to read for a minute closes its window; Sluice then closes its own, holds a bounded amount, probes,
and goes on when the client does, without an octet wrong."""

import socket
import time

from testbed import pattern, require, wait_for

SLICE = 1 << 16


def check(lab, family):
    pause = 60 if lab.full else 2
    data = pattern(8 << 20)
    with lab.connect(family, 'echo', receive_buffer=65536) as connection:
        connection.setblocking(False)
        sent = send_until_closed(connection, data)
        require(sent < len(data), 'Sluice takes all, though nothing is read')
        held = lab.in_use()['mbufs'] - lab.at_rest['mbufs']
        probes = lab.stats()['stack']['tcp_segments_out']
        time.sleep(pause)
        probes = lab.stats()['stack']['tcp_segments_out'] - probes
        require(probes > 0, f'no probe of the closed window in {pause} s')
        exchange_rest(connection, data, sent)
    wait_for(lambda: lab.in_use()['connections'] == lab.at_rest['connections'], 'the end of the connection')
    return f'{sent} octets and {held} mbufs were under way during {pause} s, {probes} segments from Sluice meanwhile'


def send_until_closed(connection, data):
    """Send until nothing more is taken for a second."""
    sent = 0
    last = time.monotonic()
    while time.monotonic() < last + 1 and sent < len(data):
        try:
            sent += connection.send(data[sent:sent + SLICE])
            last = time.monotonic()
        except BlockingIOError:
            time.sleep(0.01)
    return sent


def exchange_rest(connection, data, sent):
    received = 0
    end = time.monotonic() + 90  # a probe may be a minute away
    while received < len(data):
        require(time.monotonic() < end, f'{received} of {len(data)} octets came back in time')
        try:
            if sent < len(data):
                sent += connection.send(data[sent:sent + SLICE])
                if sent == len(data):
                    connection.shutdown(socket.SHUT_WR)
        except BlockingIOError:
            pass
        try:
            part = connection.recv(SLICE)
        except BlockingIOError:
            time.sleep(0.001)
            continue
        require(part == data[received:received + len(part)] and part, f'wrong octets after {received}')
        received += len(part)
