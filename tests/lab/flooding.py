# SPDX-License-Identifier: BSD-3-Clause
"""What the floods have in common: the generator, and honest clients that go on meanwhile."""

import contextlib
import json
import pathlib
import re
import socket
import statistics
import subprocess
import threading
import time

from parts import plan, processes
from testbed import pattern, require, wait_for

ATTEMPTS = 1000000
# SYNs a second; 0: as fast as the interface takes them. A veth takes all, and loses what its other end does not fetch.
RATES = {'tap': 0, 'virtio-user': 0, 'af_xdp': 50000, 'af_packet': 50000}
REACHED_SHARE = 0.9  # of the attempts must come to Sluice
HONEST_CONNECTS = 200  # at least
HONEST_CLIENTS = 4  # at once
HONEST_PAUSE = 0.01  # seconds between connects of a client, or their ports would not last
HONEST_SHARE = 0.99  # of the connects must succeed
QUESTION = pattern(1000)
HALF_OPEN_LIMIT = 16384  # of each worker; from three quarters on cookies are sent
HALF_OPEN_SECONDS = 31 + 15  # SYN-ACKs are sent again after 1, 2, 4 and 8 s and given up 16 s later; the rest is slack
RSS_SLACK = 4 << 20
NEIGHBOURS = 8  # that exist, for each worker: two hosts, two addresses and a link-local one each, and some room


def resident():
    """Octets of sluiced's memory, but for hugepages, which are all taken at its start."""
    status = pathlib.Path(f'/proc/{processes.pid_of("sluiced")}/status').read_text()
    return int(re.search(r'VmRSS:\s+(\d+) kB', status)[1]) << 10


class HonestClients:
    """Linux clients that connect, exchange something with the echo service and close, until they are told to stop."""

    def __init__(self, lab, family):
        self.lab = lab
        self.family = family
        self.times = []  # seconds that each connect took
        self.faults = []
        self.ended = threading.Event()
        self.threads = [threading.Thread(target=self._go_on) for _ in range(HONEST_CLIENTS)]

    def _go_on(self):
        while not self.ended.wait(HONEST_PAUSE):
            began = time.monotonic()
            try:
                with self.lab.connect(self.family, 'echo') as connection:
                    self.times.append(time.monotonic() - began)
                    connection.sendall(QUESTION)
                    connection.shutdown(socket.SHUT_WR)
                    require(read_to_end(connection) == QUESTION, 'the echo is wrong')
            except Exception as fault:  # an honest client that fails is counted, however it failed
                self.faults.append(f'after {time.monotonic() - began:.1f} s: {fault}')

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        for thread in self.threads:
            thread.join()

    def judge(self):
        tried = len(self.times)
        failed = len(self.faults)
        require(tried + failed >= HONEST_CONNECTS, f'only {tried + failed} honest connects were tried')
        require(failed <= (1 - HONEST_SHARE) * (tried + failed),
                f'{failed} of {tried + failed} honest clients failed: {self.faults[:5]}')
        # Linux sends a SYN again after a second: what took as long had lost one.
        slow = sum(seconds > 0.9 for seconds in self.times)
        return (f'{tried + failed} honest, {failed} failed, {slow} lost a SYN, median '
                f'{statistics.median(self.times) * 1000:.1f} ms')


def read_to_end(connection):
    data = b''
    while part := connection.recv(65536):
        data += part
    return data


class Transfer:
    """A connection from before the flood, on which octets are echoed all through it."""

    def __init__(self, lab, family):
        self.connection = lab.connect(family, 'echo')
        self.data = pattern(1 << 16)
        self.octets = 0
        self.longest = 0  # seconds without progress
        self.fault = None
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._go_on)

    def _go_on(self):
        try:
            while not self.ended.is_set():
                began = time.monotonic()
                self.connection.sendall(self.data)
                received = b''
                while len(received) < len(self.data):
                    part = self.connection.recv(len(self.data) - len(received))
                    require(part, 'the connection was closed')
                    received += part
                require(received == self.data, 'octets are wrong')
                self.octets += len(received)
                self.longest = max(self.longest, time.monotonic() - began)
        except Exception as fault:  # told by judge()
            self.fault = fault

    def __enter__(self):
        self.thread.start()
        wait_for(lambda: self.octets > 0 or self.fault, 'octets of the transfer')
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()
        self.connection.close()

    def judge(self):
        require(self.fault is None, f'the transfer broke after {self.octets} octets: {self.fault}')
        return f'transfer of {self.octets >> 20} MiB went on, longest pause {self.longest * 1000:.0f} ms'


@contextlib.contextmanager
def flood(lab, family, sources):
    """The generator runs in the background; what it reports is in the list once the context has ended."""
    program = pathlib.Path(lab.options.build) / 'tests/flood/flood'
    target = plan.CLIENT.gateway[family]
    lab.run('ping', '-n', '-q', '-c', '1', '-W', '2', target).check_returncode()  # its MAC address is known
    command = ['ip', 'netns', 'exec', plan.CLIENT.namespace, program, '--interface', plan.CLIENT.name, '--sources',
               sources, '--count', ATTEMPTS, '--rate', RATES[lab.options.ports], '--seconds', 120, '--seed', time.monotonic_ns(), target,
               plan.TEST_SERVICE['echo']]
    report = []
    with subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True) as process:
        try:
            yield process, report
            output, errors = process.communicate(timeout=150)
        finally:
            process.kill()
    require(process.returncode == 0, errors)
    report.append(json.loads(output))
    require(report[0]['sent'] == ATTEMPTS, f'the generator sent but {report[0]}')


def watch(lab, process, peaks):
    """Keep the highest gauges until the generator has ended."""
    while process.poll() is None:
        now = dict(lab.in_use(), resident=resident())
        for name, value in now.items():
            peaks[name] = max(peaks.get(name, 0), value)
        time.sleep(0.1)


def one_flood(lab, family, sources, peaks):
    """A million half-open attempts, as fast as they go. Returns figures."""
    before = lab.stats()['stack']
    with Transfer(lab, family) as transfer, HonestClients(lab, family) as honest:
        with flood(lab, family, sources) as (process, report):
            watch(lab, process, peaks)
        wait_for(lambda: len(honest.times) + len(honest.faults) >= HONEST_CONNECTS, 'enough honest connects', 60)
    after = lab.stats()['stack']
    grown = {name: after[name] - before[name] for name in after}
    require(grown['tcp_cookies_sent'] > 0 and grown['tcp_cookies_accepted'] > 0,
            f'cookies: {grown["tcp_cookies_sent"]} sent, {grown["tcp_cookies_accepted"]} accepted')
    require(grown['tcp_segments_in'] >= REACHED_SHARE * ATTEMPTS, f'{grown["tcp_segments_in"]} segments reached Sluice')
    return (f'{report[0]["rate"]} SYNs/s for {report[0]["seconds"]} s, {grown["tcp_cookies_sent"]} cookies sent, '
            f'{grown["tcp_cookies_accepted"]} accepted; {honest.judge()}; {transfer.judge()}')


def half_open_attempts(lab, family, sources):
    """A million half-open attempts from addresses of a prefix, as fast as they go. Returns figures."""
    memory, buffers = resident(), lab.stats()['mbufs']
    peaks = {}
    figures = one_flood(lab, family, sources, peaks)
    limit = HALF_OPEN_LIMIT * 3 // 4 * lab.options.workers
    require(0 < peaks['half_open'] <= limit, f'{peaks["half_open"]} half-open records, at most {limit} may be')
    began = time.monotonic()
    lab.settle(HALF_OPEN_SECONDS)
    figures += (f'; at most {peaks["half_open"]} half-open, {peaks["connections"]} connections, {peaks["mbufs"]} mbufs '
                f'({lab.at_rest["mbufs"]} at rest), {peaks["neighbours"]} neighbours, all given back '
                f'{time.monotonic() - began:.0f} s later; resident memory {memory >> 10} KiB before, '
                f'{peaks["resident"] >> 10} KiB at most')
    require(peaks['mbufs'] < buffers / 2, figures)
    require(peaks['resident'] <= memory + RSS_SLACK, figures)
    wait_for(lambda: lab.in_use()['neighbours'] <= NEIGHBOURS * lab.options.workers,
             'an end of the neighbours that do not exist')
    return figures
