#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""sluiced makes the file of its flow log, opens it again on SIGHUP, does not wait for a FIFO's reader, and refuses what
can be no log. Its port is a device that brings and sends nothing, so this needs neither root nor hugepages.

usage: process.py SLUICED
"""

import json
import os
import pathlib
import signal
import stat
import subprocess
import sys
import tempfile
import time


def wait_until(condition, what, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f'after {seconds} s: not {what}'
        time.sleep(0.02)


class Gateway:
    def __init__(self, sluiced, folder, flow_log):
        self.sluiced, self.folder, self.log = sluiced, folder, folder / 'log'
        config = folder / 'gateway.json'
        config.write_text(json.dumps({
            'memory': {'megabytes': 96, 'mbufs': 8192, 'hugepages': False, 'file_prefix': f'sluice-f{os.getpid()}'},
            'workers': {'cores': [0]},
            'ports': [{'name': 'none', 'device': 'net_null0,no-rx=1', 'descriptors': 256,
                       'addresses': ['192.0.2.1/24']}],
            'limits': {'connections': 256, 'half_open': 256, 'time_wait': 256, 'output_queue': 256},
            'control': {'socket': str(folder / 'control')},
            'flow_log': flow_log,
        }))
        with open(self.log, 'w') as log:
            self.process = subprocess.Popen([sluiced, '--config', config], stderr=log)

    def says(self, words):
        return words in self.log.read_text()

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        self.process.kill()
        self.process.wait()
        if kind is not None:
            print(self.log.read_text())

    def started(self):
        wait_until(lambda: self.says(' running: ') or self.process.poll() is not None, 'running')
        assert self.process.poll() is None, 'it ended'

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(30) == 0, self.process.returncode

    def total(self):
        answer = subprocess.run([self.sluiced, '--ask', self.folder / 'control', 'stats'], stdout=subprocess.PIPE,
                                check=True).stdout
        return json.loads(answer.splitlines()[0])


def reopens_its_file(sluiced, folder):
    flows, old = folder / 'flows', folder / 'flows.1'
    with Gateway(sluiced, folder, {'path': str(flows), 'mode': '0640'}) as gateway:
        gateway.started()
        assert stat.S_IMODE(flows.stat().st_mode) == 0o640, oct(flows.stat().st_mode)
        flows.rename(old)
        gateway.process.send_signal(signal.SIGHUP)
        wait_until(flows.exists, 'made again')
        wait_until(lambda: gateway.says('opened again'), 'told')
        assert gateway.total()['flow_log'] == {'lines': 0, 'dropped_ring': 0, 'dropped_target': 0}
        gateway.stop()
    flows.unlink()
    old.unlink()


def does_not_wait_for_a_reader(sluiced, folder):
    os.mkfifo(folder / 'flows')
    with Gateway(sluiced, folder, {'path': str(folder / 'flows')}) as gateway:
        gateway.started()
        gateway.process.send_signal(signal.SIGHUP)
        wait_until(lambda: gateway.says('opened again'), 'told')
        gateway.stop()
    (folder / 'flows').unlink()


def has_nothing_to_open_without_a_path(sluiced, folder):
    with Gateway(sluiced, folder, {}) as gateway:
        gateway.started()
        gateway.process.send_signal(signal.SIGHUP)
        wait_until(lambda: gateway.says('there is no flow log to open again'), 'told')
        gateway.stop()


def refuses_what_can_be_no_log(sluiced, folder):
    with Gateway(sluiced, folder, {'path': str(folder / 'missing' / 'flows')}) as gateway:
        assert gateway.process.wait(30) == 1, gateway.process.returncode
        assert gateway.says('flow_log.path: ') and gateway.says('its folder is not there')


with tempfile.TemporaryDirectory(prefix='sluice-test-') as name:
    for test in (reopens_its_file, does_not_wait_for_a_reader, has_nothing_to_open_without_a_path,
                 refuses_what_can_be_no_log):
        test(sys.argv[1], pathlib.Path(name))
        print(f'{test.__name__.replace("_", " ")}: yes')
