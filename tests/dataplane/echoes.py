#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""One worker echoes TCP and UDP of both families; afterwards everything is back where it began."""

import socket
import sys

from echo import echo_at_once
from sandbox import CHARGEN, DISCARD, ECHO, FAMILIES, GATEWAY, Sandbox, connect, ping, wait_until


def echo_datagrams(family):
    client = socket.socket(family, socket.SOCK_DGRAM)
    client.settimeout(5)
    for size in (0, 1, 100, 1400, 9000, 60000):
        block = bytes(i % 251 for i in range(size))
        client.sendto(block, (GATEWAY[family], ECHO))
        answer, sender = client.recvfrom(65535)
        assert answer == block and sender[0] == GATEWAY[family], (family, size, len(answer), sender)


def discard(family):
    client = connect(family, DISCARD)
    client.sendall(bytes(1000000))
    client.shutdown(socket.SHUT_WR)
    assert client.recv(1) == b''


def generated(family):
    """The pattern goes on for as long as somebody reads, and the peer's FIN ends it."""
    client = connect(family, CHARGEN)
    text = b''
    while len(text) < 300000:
        text += client.recv(65536)
    lines = text.split(b'\r\n')
    assert all(len(line) == 72 for line in lines[:-1]), [line for line in lines[:-1] if len(line) != 72][:3]
    assert all(line[1:] == following[:-1] for line, following in zip(lines[:94], lines[1:94]))
    client.shutdown(socket.SHUT_WR)
    while client.recv(65536):
        pass


def refused(family):
    try:
        connect(family, 1)
    except ConnectionRefusedError:
        return
    raise AssertionError('a closed port took a connection')


def at_rest(box, start):
    in_use = box.stats()['in_use']
    return all(in_use[name] == 0 for name in ('connections', 'half_open', 'buffers', 'fragments', 'reassemblies')) \
        and box.stats()['mbufs_in_use'] <= start + 64


with Sandbox(sys.argv[1], 'net_tap0,iface={interface}') as box:
    box.start()
    ping(socket.AF_INET)
    ping(socket.AF_INET6)
    start = box.stats()['mbufs_in_use']
    for family in FAMILIES:
        echo_datagrams(family)
        discard(family)
        generated(family)
        refused(family)
    echo_at_once(20, 1000000, 30)
    wait_until(lambda: at_rest(box, start), 'at rest')
    box.stop()
