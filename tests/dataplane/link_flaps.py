#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A link that goes down and up again is told of, and a connection outlives it; a port that vanishes harms nobody."""

import socket
import sys

from sandbox import ECHO, Sandbox, connect, run, wait_until

FLAPS = 3


def link_is(box, state, times):
    wait_until(lambda: box.log.read_text().count(f'link is {state}') == times, f'told {times} times: link is {state}')


with Sandbox(sys.argv[1], 'net_af_packet0,iface={interface}x') as box:
    run('ip', 'link', 'add', box.interface, 'type', 'veth', 'peer', 'name', box.interface + 'x')
    run('ip', 'link', 'set', box.interface + 'x', 'up')
    run('ip', 'link', 'set', box.interface, 'up')
    run('ethtool', '-K', box.interface, 'tx', 'off', 'gso', 'off', 'tso', 'off')
    box.start()
    client = connect(socket.AF_INET, ECHO)
    for flap in range(1, FLAPS + 1):
        run('ip', 'link', 'set', box.interface, 'down')
        link_is(box, 'down', flap)
        assert box.port_status()['link_up'] is False
        run('ip', 'link', 'set', box.interface, 'up')
        link_is(box, 'up', flap)
        client.sendall(b'still there?')
        assert client.recv(100) == b'still there?'

    run('ip', 'link', 'delete', box.interface)
    link_is(box, 'down', FLAPS + 1)
    assert box.port_status()['link_up'] is False
    box.stop()
