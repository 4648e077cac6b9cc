# SPDX-License-Identifier: BSD-3-Clause
"""A network namespace of its own with one sluiced in it, and the kernel as its neighbour.

    with Sandbox(sys.argv[1], 'net_tap0,iface={interface}') as box:
        box.start()
        ... talk to box.GATEWAY, ask box.stats() ...

The test moves into the namespace; all that it made is gone when it ends, whatever happens. The interface's kernel end has
the addresses HOST, sluiced has GATEWAY.
"""

import ctypes
import glob
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time

CLONE_NEWNET = 0x40000000
PR_SET_PDEATHSIG = 1
SKIP = 77

GATEWAY = {socket.AF_INET: '10.77.9.1', socket.AF_INET6: 'fd77:9::1'}
HOST = {socket.AF_INET: '10.77.9.2', socket.AF_INET6: 'fd77:9::2'}
FAMILIES = (socket.AF_INET, socket.AF_INET6)
ECHO, DISCARD, CHARGEN = 7, 9, 19

if os.geteuid() != 0:
    print('needs root: network namespaces and TAPs')
    sys.exit(SKIP)


def run(*words, check=True):
    return subprocess.run(words, check=check, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def wait_until(condition, what, seconds=10):
    """Waits for a condition to hold, and returns what it gave."""
    end = time.monotonic() + seconds
    while True:
        outcome = condition()
        if outcome:
            return outcome
        if time.monotonic() > end:
            raise AssertionError(f'after {seconds} s: not {what}')
        time.sleep(0.02)


def die_with_test():
    """In the child: a test that is killed must not leave its sluiced behind."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Sandbox:
    def __init__(self, sluiced, device, workers=1, hugepages=None, megabytes=256, kernel_interface=None, **port):
        self.sluiced = sluiced
        self.name = f'sluice-t{os.getpid()}'
        self.interface = f'st{os.getpid()}'
        # A device over an interface that must be there before (af_packet, af_xdp) leaves the kernel the other end.
        self.kernel_interface = (kernel_interface or '{interface}').format(interface=self.interface)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='sluice-test-'))
        self.socket = self.folder / 'control'
        self.log = self.folder / 'log'
        self.process = None
        self.launched = []
        if hugepages is None:
            hugepages = self.hugepages_for(megabytes)
        self.config = {
            'memory': {'megabytes': megabytes, 'mbufs': 16384, 'hugepages': hugepages, 'file_prefix': self.name},
            'main_core': 0,
            'workers': {'cores': list(range(workers)), 'idle': 'adaptive'},
            'ports': [{
                'name': 'test', 'device': device.format(interface=self.interface), 'mac': '02:00:00:00:09:01',
                'addresses': [GATEWAY[socket.AF_INET] + '/24', GATEWAY[socket.AF_INET6] + '/64'], **port,
            }],
            'control': {'socket': str(self.socket)},
            'test_service': {'echo': ECHO, 'discard': DISCARD, 'chargen': CHARGEN},
        }
        if workers > os.cpu_count():
            print(f'needs {workers} processors')
            sys.exit(SKIP)

    @staticmethod
    def hugepages_for(megabytes):
        """Whether there are hugepages to take; without them the test runs on ordinary pages."""
        free = pathlib.Path('/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages')
        return free.exists() and int(free.read_text()) * 2 >= megabytes and os.path.ismount('/dev/hugepages')

    def __enter__(self):
        run('ip', 'netns', 'add', self.name)
        with open(f'/run/netns/{self.name}') as namespace:
            if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), 'setns')
        run('ip', 'link', 'set', 'lo', 'up')
        return self

    def __exit__(self, kind, value, trace):
        if kind is not None and self.socket.exists():
            for line in self.ask('stats'):
                print(json.dumps(line))
        for process in self.launched:
            process.kill()
            process.wait()
        if kind is not None and self.log.exists():
            print(self.log.read_text())
        run('ip', 'netns', 'delete', self.name, check=False)
        for path in self.hugepage_files():
            os.unlink(path)
        for path in self.folder.iterdir():
            path.unlink()
        self.folder.rmdir()

    def write_config(self):
        path = self.folder / 'gateway.json'
        path.write_text(json.dumps(self.config))
        return path

    def launch(self):
        """Starts sluiced, and does not wait for it."""
        with open(self.log, 'a') as log:
            self.process = subprocess.Popen([self.sluiced, '--config', self.write_config()], stderr=log,
                                            preexec_fn=die_with_test)
        self.launched.append(self.process)

    def running(self):
        if self.process.poll() is not None:
            raise AssertionError(f'sluiced ended with {self.process.returncode}')
        return ' running: ' in self.log.read_text()

    def start(self):
        """Starts sluiced and gives the kernel's end of the interface its addresses."""
        self.log.write_text('')
        self.launch()
        wait_until(self.running, 'running', 20)
        run('ip', 'link', 'set', self.kernel_interface, 'up')
        run('ip', 'address', 'add', HOST[socket.AF_INET] + '/24', 'dev', self.kernel_interface)
        run('ip', 'address', 'add', HOST[socket.AF_INET6] + '/64', 'dev', self.kernel_interface, 'nodad')

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self, seconds=2):
        """Ends sluiced by SIGTERM, and asserts that it ends in order."""
        self.signal(signal.SIGTERM)
        assert self.process.wait(seconds) == 0, self.process.returncode

    def ask(self, request):
        answer = run(self.sluiced, '--ask', str(self.socket), request).stdout
        return [json.loads(line) for line in answer.splitlines()]

    def stats(self):
        """The line of all workers together."""
        return next(line for line in self.ask('stats') if line['kind'] == 'total')

    def port_status(self):
        return next(line for line in self.ask('status') if line['kind'] == 'port')

    def hugepage_files(self):
        return glob.glob(f'/dev/hugepages/{self.name}map_*')


def ping(family, count=3, *options):
    """Pings the gateway until it has answered `count` times, and asserts that it does so in time."""
    outcome = run('ping', '-n', '-c', str(count), '-i', '0.05', '-w', '10', *options, GATEWAY[family], check=False)
    assert outcome.returncode == 0, outcome.stdout


def connect(family, port, seconds=10):
    return socket.create_connection((GATEWAY[family], port), timeout=seconds)
