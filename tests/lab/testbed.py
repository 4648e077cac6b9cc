# SPDX-License-Identifier: BSD-3-Clause
"""What a behaviour's test stands on: the lab that is up, as an object."""

import contextlib
import json
import os
import pathlib
import socket
import subprocess
import time

from parts import gateway, network, plan, processes

FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6}
# Frames that a driver may keep on the queues of a worker after they were sent, until it needs their places: both ports'
# whole rings in virtio-user, a part of them in af_xdp. These do not count as taken.
LAZY_MBUFS = {'tap': 0, 'af_packet': 0, 'af_xdp': 256, 'virtio-user': 2048}
PATIENCE = 20  # seconds that a blocking socket waits
KNOWLEDGE = ('neighbours', 'path_mtus')  # what is learnt stays for a while; nothing is owed


class Failure(Exception):
    """A behaviour is not as it must be; the text says how."""


class Skipped(Exception):
    """The behaviour cannot be tried here; the text says why."""


def require(condition, text):
    if not condition:
        raise Failure(text)


def wait_for(condition, text, seconds=PATIENCE):
    """Wait until a condition holds; text, or what it returns if it can be called, says what did not come."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise Failure(f'not within {seconds} s: {text() if callable(text) else text}')
        time.sleep(0.05)


def pattern(octets):
    """Octets in which each place can be told from its neighbours."""
    words = b''.join((number * 2654435761 % 2**32).to_bytes(4, 'big') for number in range(octets // 4 + 1))
    return words[:octets]


class Lab:
    """The lab that is up. `full`: behaviours take their full size, which costs minutes; otherwise seconds."""

    def __init__(self, options, full):
        self.options = options
        self.full = full
        self.traffic_program = pathlib.Path(options.build) / 'tests/lab/traffic'
        self.at_rest = None  # what is in use when nothing happens

    # Sluice

    def stats(self):
        """The line "total" of sluiced's statistics, of all workers."""
        return gateway.totals(self.options)

    def in_use(self):
        """Everything that is taken and must be given back: connections, timers, buffers and so on."""
        total = self.stats()
        return dict(total['in_use'], mbufs=total['mbufs_in_use'])

    def drops(self, name):
        return self.stats()['drops'].get(name, 0)

    def takes_fragments(self, family):
        """The driver net_af_packet has the kernel put IPv4 fragments together, and loses what is then too large."""
        return not (self.options.ports == 'af_packet' and family == 4)

    def is_alive(self):
        """Whether Sluice still answers pings at its own address and carries them to the other side."""
        if processes.pid_of('sluiced') is None:
            return False
        return all(self.run('ping', '-n', '-q', '-c', '5', '-i', '0.2', '-W', '1', target).returncode == 0
                   for family in self.options.families
                   for target in (plan.CLIENT.gateway[family], plan.SERVER.host[family]))

    # Sockets and commands on either side

    def socket(self, family, kind=socket.SOCK_STREAM, side=plan.CLIENT):
        with network.inside(side.namespace):
            made = socket.socket(FAMILIES[family], kind)
        made.settimeout(PATIENCE)
        return made

    def connect(self, family, service, receive_buffer=None):
        """A connection from the client to one of Sluice's test services."""
        made = self.socket(family)
        if receive_buffer is not None:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        made.connect((plan.CLIENT.gateway[family], plan.TEST_SERVICE[service]))
        return made

    def run(self, *command, side=plan.CLIENT, seconds=60):
        """Run a command on one side, in which names are resolved by the lab's DNS."""
        return subprocess.run(['ip', 'netns', 'exec', side.namespace, *map(str, command)], capture_output=True,
                              text=True, timeout=seconds, check=False)

    def start(self, *command, side=plan.CLIENT):
        """Start a command on one side; whoever calls this waits for its end."""
        return subprocess.Popen(['ip', 'netns', 'exec', side.namespace, *map(str, command)], stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def traffic(self, family, service, connections=1, octets=1 << 20, segment=0, seconds=60, receive_buffer=0):
        """Checked traffic from the client to a service; returns what the program reports."""
        result = self.run(self.traffic_program, service, '--connections', connections, '--octets', octets, '--segment',
                          segment, '--receive-buffer', receive_buffer, '--timeout', seconds,
                          plan.CLIENT.gateway[family], plan.TEST_SERVICE[service], seconds=seconds + 30)
        require(result.returncode == 0, f'{result.stdout.strip()} {result.stderr.strip()}')
        return json.loads(result.stdout)

    # Wire and cables

    @contextlib.contextmanager
    def wire(self, specification):
        """A bad wire for a while; afterwards it is perfect again, and empty."""
        if self.options.wire is None:
            raise Skipped('there is no wire in this lab')
        gateway.change_wire(specification)
        try:
            yield
        finally:
            gateway.change_wire('')

    @contextlib.contextmanager
    def client_mtu(self, mtu):
        network.ip(plan.CLIENT.namespace, 'link', 'set', plan.CLIENT.name, 'mtu', mtu)
        try:
            yield
        finally:
            network.ip(plan.CLIENT.namespace, 'link', 'set', plan.CLIENT.name, 'mtu', 1500)

    @contextlib.contextmanager
    def capture(self, file, filter_expression='', packets=100000, side=plan.CLIENT):
        """Capture at a host's interface; at most so many packets."""
        command = ['ip', 'netns', 'exec', side.namespace, 'tcpdump', '--immediate-mode', '-U', '-n', '-i', side.name,
                   '-c', str(packets), '-s', '1600', '-B', '65536', '-w', str(file), *filter_expression.split()]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            try:
                require('listening on' in process.stderr.readline(), 'tcpdump does not listen')
                yield
                wait_for(lambda: _is_quiet(file), 'an end of the capture')
            finally:
                process.terminate()
                process.stderr.read()

    def settle(self, seconds=15):
        """Wait until Sluice has given back all that it used; returns what it then holds."""
        def returned():
            return not self._excess()
        wait_for(returned, lambda: 'Sluice gives back all that it used; it still holds '
                 f'{self._excess()} more than at rest', seconds)
        return self.in_use()

    def _excess(self):
        now = self.in_use()
        slack = {'mbufs': LAZY_MBUFS[self.options.ports] * self.options.workers}
        return {name: value - self.at_rest[name] for name, value in now.items()
                if value > self.at_rest[name] + slack.get(name, 0) and name not in KNOWLEDGE}


def _is_quiet(file):
    """Whether a capture did not grow for a while."""
    before = os.path.getsize(file)
    time.sleep(0.3)
    return os.path.getsize(file) == before
