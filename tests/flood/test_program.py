#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: BSD-3-Clause
"""flood on real interfaces: the number and rate that were asked for, to the next hop that the kernel knows, and nothing
on any interface but the one that is named.

usage: test_program.py FLOOD
"""

import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

PREFIX = f'fl{os.getpid() % 100000}'  # names of interfaces are at most 15 characters
PAIRS = {'named': PREFIX + 'a', 'other': PREFIX + 'b'}
MAC = '02:00:00:00:09:01'
DESTINATION = {4: '10.66.0.1', 6: 'fd66::1'}
SOURCES = {4: '198.18.0.0/15', 6: 'fd66:1::/64'}
TYPES = {4: 0x0800, 6: 0x86dd}
SIGNATURES = {4: b'\xc6', 6: b'\xfd\x66\x00\x01'}  # with which the sources begin


def ip(*arguments):
    subprocess.run(['ip', *arguments], check=True)


def make_pair(name):
    ip('link', 'add', name, 'type', 'veth', 'peer', 'name', name + 'w')
    for end in (name, name + 'w'):
        ip('link', 'set', end, 'up')


class Listener:
    """All frames that arrive at the far end of a pair."""

    def __init__(self, name):
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.socket.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)  # SO_RCVBUFFORCE
        self.socket.bind((name + 'w', 3))
        self.socket.setblocking(False)

    def frames(self, family):
        """Those of a flood that have arrived since the last time."""
        found = []
        place = 26 if family == 4 else 22
        while True:
            try:
                frame = self.socket.recv(2048)
            except BlockingIOError:
                return found
            if int.from_bytes(frame[12:14], 'big') == TYPES[family] and frame[place:].startswith(SIGNATURES[family]):
                found.append(frame)


def flood(program, family, *options, interface=PAIRS['named']):
    command = [program, '--interface', interface, '--sources', SOURCES[family], *map(str, options), DESTINATION[family],
               '7']
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)


def report_of(result):
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def test_all_arrive_and_nowhere_else(program, named, other):
    for family in (4, 6):
        report = report_of(flood(program, family, '--mac', MAC, '--count', 5000))
        assert report['sent'] == 5000, report
        frames = named.frames(family)
        assert len(frames) == len(set(frames)) == 5000, f'{len(frames)} frames arrived'
        assert all(frame[:6].hex(':') == MAC for frame in frames)
        assert other.frames(family) == [], 'frames on an interface that was not named'


def test_the_rate_is_kept(program, named, other):
    report = report_of(flood(program, 4, '--mac', MAC, '--count', 2000, '--rate', 4000))
    assert report['sent'] == 2000 and 0.49 < report['seconds'] < 2, report
    named.frames(4)


def test_time_bounds_it(program, named, other):
    report = report_of(flood(program, 6, '--mac', MAC, '--count', 10**12, '--rate', 1000, '--seconds', 1))
    assert 1 <= report['seconds'] < 3 and 0 < report['sent'] <= 1001, report
    named.frames(6)


def test_a_signal_ends_it(program, named, other):
    command = [program, '--interface', PAIRS['named'], '--sources', SOURCES[4], '--mac', MAC, '--rate', '1000',
               DESTINATION[4], '7']
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        end = time.monotonic() + 10
        while not named.frames(4):
            assert time.monotonic() < end, 'nothing is sent'
        process.send_signal(signal.SIGTERM)
        report = json.loads(process.communicate(timeout=5)[0])
    assert process.returncode == 0 and 0 < report['sent'] < 10000, report
    named.frames(4)


def test_the_next_hop_is_learned(program, named, other):
    for family in (4, 6):
        result = flood(program, family, '--count', 1)
        assert result.returncode == 1 and 'ping it' in result.stderr, result
        ip('neighbour', 'replace', DESTINATION[family], 'lladdr', MAC, 'dev', PAIRS['named'], 'nud', 'reachable')
        assert report_of(flood(program, family, '--count', 1))['sent'] == 1
        assert [frame[:6].hex(':') for frame in named.frames(family)] == [MAC]
        router = DESTINATION[family][:-1] + '2'
        ip('neighbour', 'replace', router, 'lladdr', '02:00:00:00:09:02', 'dev', PAIRS['named'], 'nud', 'stale')
        assert report_of(flood(program, family, '--next-hop', router, '--count', 1))['sent'] == 1
        assert [frame[:6].hex(':') for frame in named.frames(family)] == ['02:00:00:00:09:02']
        # Known on one interface is not known on another.
        assert flood(program, family, '--count', 1, interface=PAIRS['other']).returncode == 1


def test_what_is_wrong_is_refused(program, named, other):
    for status, words, options in ((1, 'no interface', {'interface': PREFIX + 'z'}),
                                   (1, 'no Ethernet', {'interface': PREFIX + 't'})):
        result = flood(program, 4, '--mac', MAC, **options)
        assert result.returncode == status and words in result.stderr, result
    for arguments in ([], ['--sources', SOURCES[4], DESTINATION[4], '7'],
                      ['--interface', PAIRS['named'], DESTINATION[4], '7'],
                      ['--interface', PAIRS['named'], '--sources', SOURCES[4], DESTINATION[6], '7'],
                      ['--interface', PAIRS['named'], '--sources', SOURCES[4], DESTINATION[4], '65536'],
                      ['--interface', PAIRS['named'], '--sources', '10.0.0.0/40', DESTINATION[4], '7']):
        result = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
        assert result.returncode == 2 and result.stderr, (arguments, result)
    ip('link', 'set', PAIRS['named'], 'down')
    result = flood(program, 4, '--mac', MAC, '--count', 1)
    assert result.returncode == 1 and 'cannot send' in result.stderr, result


def main():
    if os.geteuid() != 0:
        print('interfaces need root')
        sys.exit(77)
    try:
        for name in PAIRS.values():
            make_pair(name)
        ip('tuntap', 'add', PREFIX + 't', 'mode', 'tun')
        listeners = [Listener(name) for name in PAIRS.values()]
        for name, test in list(globals().items()):
            if name.startswith('test_'):
                test(sys.argv[1], *listeners)
                print(f'ok: {name[5:].replace("_", " ")}')
    finally:
        for name in [*PAIRS.values(), PREFIX + 't']:
            if pathlib.Path(f'/sys/class/net/{name}').exists():
                ip('link', 'delete', name)


main()
