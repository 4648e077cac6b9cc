#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""bad-wire on real interfaces: it carries frames, keeps its delay, reads its file again, and ends with its interfaces.

usage: test_program.py BAD_WIRE
"""

import json
import os
import pathlib
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

PREFIX = f'bw{os.getpid() % 100000}'  # names of interfaces are at most 15 characters
ETHERTYPE = 0x88b5  # for local experiments, IEEE 802


def ip(*arguments):
    subprocess.run(['ip', *arguments], check=True)


def wait_for(condition, what, seconds=10):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f'not within {seconds} s: {what}')
        time.sleep(0.01)


def offloads_off(interface):
    subprocess.run(['ethtool', '-K', interface, 'tx', 'off', 'gso', 'off', 'tso', 'off', 'gro', 'off'], check=True,
                   stdout=subprocess.DEVNULL)


class Wire:
    """A bad-wire between the far ends of two veth pairs; sockets on the near ends."""

    def __init__(self, program, folder, specification):
        self.names = [PREFIX + 'a', PREFIX + 'b']
        for name in self.names:
            ip('link', 'add', name, 'type', 'veth', 'peer', 'name', name + 'w')
            for end in (name, name + 'w'):
                pathlib.Path(f'/proc/sys/net/ipv6/conf/{end}/disable_ipv6').write_text('1')
                offloads_off(end)
                ip('link', 'set', end, 'up', 'arp', 'off')
        self.file = folder / 'wire'
        self.counters_file = folder / 'counters'
        self.file.write_text(specification + '\n')
        self.process = subprocess.Popen([program, '--wire-file', self.file, '--counters', self.counters_file,
                                         self.names[0] + 'w', self.names[1] + 'w'], stderr=subprocess.PIPE, text=True)
        self.says('joined')
        self.sockets = []
        for name in self.names:
            end = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETHERTYPE))
            end.bind((name, ETHERTYPE))
            end.settimeout(5)
            self.sockets.append(end)

    def says(self, text):
        line = self.process.stderr.readline()
        assert text in line, f"expected '{text}', bad-wire said '{line}'"

    def counters(self):
        self.counters_file.unlink(missing_ok=True)
        self.process.send_signal(signal.SIGUSR1)
        wait_for(self.counters_file.exists, 'the file of counters')
        return json.loads(self.counters_file.read_text())

    def change(self, specification):
        self.file.write_text(specification + '\n')
        self.process.send_signal(signal.SIGHUP)

    def exchange(self, source, payload):
        """Send a frame from one end (0 or 1); returns it as it arrived, and how long it took."""
        began = time.monotonic()
        self.sockets[source].send(frame(payload))
        arrived = self.sockets[1 - source].recv(65536)
        return arrived, time.monotonic() - began

    def forget(self):
        """Throw away what has arrived at the second end."""
        self.sockets[1].setblocking(False)
        try:
            while True:
                self.sockets[1].recv(65536)
        except BlockingIOError:
            self.sockets[1].settimeout(5)

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stderr.close()
        for end in self.sockets:
            end.close()
        for name in self.names:
            subprocess.run(['ip', 'link', 'delete', name], stderr=subprocess.DEVNULL)


def frame(payload):
    return bytes.fromhex('020000000001020000000002') + ETHERTYPE.to_bytes(2, 'big') + payload


def carries_frames_both_ways(wire):
    for source in (0, 1):
        for length in (1, 46, 1500):
            payload = os.urandom(length)
            assert wire.exchange(source, payload)[0] == frame(payload), f'{length} octets from {source}'
    counters = wire.counters()
    assert counters['up']['delivered'] == 3 and counters['down']['delivered'] == 3, counters
    assert all(end['unfinished_checksums'] == end['missed'] == 0 for end in counters['interfaces']), counters


def keeps_its_delay(wire):
    wire.change('up:delay=20ms,down:delay=2ms')
    wire.says('now')
    for source, delay in ((0, 0.020), (1, 0.002)):
        times = [wire.exchange(source, b'x' * 100)[1] for _ in range(50)]
        assert min(times) >= delay, f'a frame was {min(times)} s under way, the delay is {delay} s'
        late = statistics.median(times) - delay
        print(f'  delay {delay * 1000:g} ms: late by {late * 1e6:.0f} us (median of 50)')
        assert late < 0.005


def limits_the_rate(wire):
    """300 frames of 1500 octets at 50 Mbit/s take 72 ms, and a queue of 15000 octets takes ten of a burst."""
    wire.change('rate=50mbit,queue=1m')
    wire.says('now')
    began = time.monotonic()
    for _ in range(300):
        wire.sockets[0].send(frame(b'x' * 1486))
    for _ in range(300):
        wire.sockets[1].recv(65536)
    taken = time.monotonic() - began
    print(f'  300 frames at 50 Mbit/s took {taken * 1000:.1f} ms, 72 expected')
    assert taken >= 0.0715
    before = wire.counters()['up']
    wire.change('rate=1mbit,queue=15000')
    wire.says('now')
    for _ in range(60):
        wire.sockets[0].send(frame(b'x' * 1486))

    def all_passed():
        now = wire.counters()['up']
        taken = sum(now[name] - before[name] for name in ('accepted', 'queue_full'))
        return taken == 60 and now['frames_inside'] == 0
    wait_for(all_passed, '60 frames on their way, and an empty link')
    dropped = wire.counters()['up']['queue_full'] - before['queue_full']
    assert 45 <= dropped <= 50, f'{dropped} of 60 frames dropped before a queue of 10'
    wire.forget()


def a_bad_text_changes_nothing(wire):
    wire.change('loss=100%')
    wire.says('now')
    wire.change('nonsense=1')
    wire.says('no item of a wire')
    before = wire.counters()
    wire.sockets[0].send(frame(b'x'))
    wait_for(lambda: wire.counters()['up']['lost'] == before['up']['lost'] + 1, 'a lost frame')
    assert before['wire'] == 'loss=100%'


def keeps_vlan_tags(wire):
    wire.change('')
    wire.says('now')
    tagged = frame(b'')[:12] + bytes.fromhex('81000007') + ETHERTYPE.to_bytes(2, 'big') + b'tagged'
    watcher = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    watcher.bind((wire.names[1], 3))
    watcher.settimeout(5)
    watcher.setsockopt(263, 8, 1)  # SOL_PACKET, PACKET_AUXDATA
    wire.sockets[0].send(tagged)
    received = b''
    while not received.endswith(b'tagged'):  # frames of the test before may still be on their way
        received, ancillary, _, _ = watcher.recvmsg(65536, 1000)
    watcher.close()
    wire.forget()
    tag = int.from_bytes(ancillary[0][2][16:18], sys.byteorder)
    assert received == frame(b'tagged') and tag == 7, f'{received.hex()} with tag {tag}'


def survives_an_interface_that_goes_down(wire):
    ip('link', 'set', wire.names[0] + 'w', 'down')
    ip('link', 'set', wire.names[0] + 'w', 'up')
    wait_for(lambda: pathlib.Path(f'/sys/class/net/{wire.names[0]}/carrier').read_text() == '1\n', 'the carrier')
    assert wire.process.poll() is None
    assert wire.exchange(0, b'again')[0] == frame(b'again')


def ends_when_an_interface_is_gone(wire):
    wire.counters_file.unlink(missing_ok=True)
    ip('link', 'delete', wire.names[1])
    assert wire.process.wait(timeout=10) == 0
    wire.says('is gone')
    assert json.loads(wire.counters_file.read_text())['up']['accepted'] > 0


def ends_on_sigterm(wire):
    wire.process.terminate()
    assert wire.process.wait(timeout=10) == 0


def makes_taps(program):
    names = [PREFIX + 't', PREFIX + 'u']
    process = subprocess.Popen([program, *('tap:' + name for name in names)], stderr=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True)
    try:
        assert 'joined' in process.stderr.readline()
        ends = []
        for name in names:
            pathlib.Path(f'/proc/sys/net/ipv6/conf/{name}/disable_ipv6').write_text('1')
            ip('link', 'set', name, 'up', 'arp', 'off')
            end = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETHERTYPE))
            end.bind((name, ETHERTYPE))
            end.settimeout(5)
            ends.append(end)
        ends[0].send(frame(b'over a TAP'))
        assert ends[1].recv(65536) == frame(b'over a TAP')
        for end in ends:
            end.close()
        process.terminate()
        assert process.wait(timeout=10) == 0
        assert json.loads(process.stdout.read())['up']['delivered'] == 1
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


def main():
    if os.geteuid() != 0 or not os.path.exists('/dev/net/tun'):
        print('skipped: interfaces need root and /dev/net/tun')
        sys.exit(77)
    program = sys.argv[1]
    # Together on one wire; the last one takes it apart.
    shared = [carries_frames_both_ways, keeps_its_delay, limits_the_rate, a_bad_text_changes_nothing, keeps_vlan_tags,
              survives_an_interface_that_goes_down, ends_when_an_interface_is_gone]
    for group in (shared, [ends_on_sigterm]):
        with tempfile.TemporaryDirectory() as folder:
            wire = Wire(program, pathlib.Path(folder), '')
            try:
                for test in group:
                    print(test.__name__.replace('_', ' '), flush=True)
                    test(wire)
            finally:
                wire.close()
    print('makes taps')
    makes_taps(program)


main()
