#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Two workers serve fifty connections at once, whatever the port makes of them.

usage: workers_share.py SLUICED PORT, where PORT is one of
    steering   spreads as it says: it stays trusted
    lying      spreads at random: it is found out, steered in software, and no connection suffers
    tap        spreads by a function of its own, and says nothing
    veth       has one queue for both workers
"""

import socket
import sys

from echo import echo_at_once
from sandbox import FAMILIES, Sandbox, ping, run, wait_until

CONNECTIONS, SIZE, SECONDS = 50, 200000, 60

DEVICES = {
    'steering': 'steering:net_tap0,iface={interface}',
    'lying': 'lying:net_tap0,iface={interface}',
    'tap': 'net_tap0,iface={interface}',
    'veth': 'net_af_packet0,iface={interface}x',
}
MODES = {'steering': 'checked', 'lying': 'software', 'tap': 'software', 'veth': 'software'}

kind = sys.argv[2]
with Sandbox(sys.argv[1], DEVICES[kind], workers=2) as box:
    if kind == 'veth':
        run('ip', 'link', 'add', box.interface, 'type', 'veth', 'peer', 'name', box.interface + 'x')
        run('ip', 'link', 'set', box.interface + 'x', 'up')
        run('ethtool', '-K', box.interface, 'tx', 'off', 'gso', 'off', 'tso', 'off')
    box.start()
    for family in FAMILIES:
        ping(family, 5)
        # The kernel puts IPv4 fragments together before net_af_packet sees them, and cuts them to its frame size.
        if kind != 'veth' or family == socket.AF_INET6:
            ping(family, 2, '-s', '5000')
    echo_at_once(CONNECTIONS, SIZE, SECONDS)
    # Nothing pads the frames of a TAP: those without TCP options are shorter than any that a cable carries.
    for option in ('timestamps', 'sack', 'window_scaling'):
        run('sysctl', '-q', '-w', f'net.ipv4.tcp_{option}=0')
    echo_at_once(CONNECTIONS, SIZE, SECONDS)

    status = box.port_status()
    assert status['steering'] == MODES[kind], status
    assert (status['strays'] > 0) == (kind == 'lying'), status
    if kind == 'lying':  # said when ports are looked at next
        wait_until(lambda: 'steered in software' in box.log.read_text(), 'said that it is steered in software')
    assert ('steered in software' in box.log.read_text()) == (kind == 'lying')
    workers = [line for line in box.ask('stats') if line['kind'] == 'worker']
    opened = [line['stack']['tcp_opened_passive'] for line in workers]
    assert sum(opened) == 2 * CONNECTIONS and min(opened) > 0, f'connections by worker: {opened}'
    if kind != 'lying':  # whose reordering brings old ACKs behind the last one, and bursts to the rings
        assert sum(line['stack']['tcp_resets_out'] for line in workers) == 0
        assert sum(line['worker_counters']['handover-full'] for line in workers) == 0
    if kind == 'steering':
        given = sum(line['worker_counters']['handed-over'] - line['worker_counters']['neighbours-told']
                    for line in workers)
        assert given < 50, f'{given} frames of a port that steers were handed over'
    box.stop()
