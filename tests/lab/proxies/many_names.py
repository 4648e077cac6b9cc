# SPDX-License-Identifier: BSD-3-Clause
"""A list of a million names is compiled and pushed while Sluice works, and each name is matched afterwards. Pings that
the worker itself answers tell how long it stood still at most, without a push and meanwhile."""

import json
import pathlib
import re
import signal
import tempfile
import time

import proxying
from parts import plan, policy
from testbed import require

INTERVAL = 0.002  # seconds between pings
SECONDS = 5


def name_of(number):
    return f'host{number}.net{number % 977}.a.test'


def write_policy(folder, count):
    """The lab's policy, but that a list of names is denied before all else."""
    (folder / 'names.txt').write_text(''.join(f'{name_of(number)}\n' for number in range(count)))
    document = json.loads(plan.POLICY_FILE.read_text())
    document['filters'][0]['rows'].insert(0, {'label': 'many', 'name_files': ['names.txt'], 'action': 'deny'})
    file = folder / 'policy.json'
    file.write_text(json.dumps(document))
    return file


def pinged(lab, family, work):
    """What work() returns, and the longest that a ping took meanwhile, in milliseconds."""
    ping = lab.start('ping', '-n', '-q', '-i', INTERVAL, '-w', 60, plan.CLIENT.gateway[family])
    try:
        result = work()
    finally:
        ping.send_signal(signal.SIGINT)
        words, _ = ping.communicate(timeout=20)
    found = re.search(r'(\d+) packets transmitted, (\d+) received.* = [\d.]+/[\d.]+/([\d.]+)/', words, re.DOTALL)
    require(found and int(found[2]) > SECONDS / INTERVAL / 10, f'pings are answered: {words}')
    return result, float(found[3])


def push(lab, file):
    began = time.monotonic()
    proxying.apply(lab, file)
    elapsed = time.monotonic() - began
    time.sleep(max(0, SECONDS - elapsed))  # for enough pings
    return elapsed


def check_verdicts(lab, family, count):
    """By the worker, in both ways: names of the list, first, last and between, and one that is not on it."""
    for number in (0, count // 2, count - 1):
        for way, refusal in ((proxying.EXPLICIT, 56), (proxying.TRANSPARENT, 35)):
            status, _, words = proxying.receive(lab, proxying.curl(family, way, name_of(number), '1k'))
            require(status == refusal, f'{way}, {name_of(number)}: {status} {words}')
    status, _, words = proxying.receive(lab, proxying.curl(family, proxying.EXPLICIT, proxying.ALLOWED, '1k'))
    require(status == 0, words)


def check(lab, family):
    count = 1000000 if lab.full else 20000
    with tempfile.TemporaryDirectory() as folder:
        file = write_policy(pathlib.Path(folder), count)
        octets = re.search(r'octets of the image +(\d+)', policy.ask(lab.options, 'check', file))[1]
        _, before = pinged(lab, family, lambda: time.sleep(SECONDS))
        try:
            elapsed, meanwhile = pinged(lab, family, lambda: push(lab, file))
            check_verdicts(lab, family, count)
        finally:
            proxying.apply(lab)
    return (f'{count} names, an image of {octets} octets, applied in {elapsed:.2f} s; the longest ping {before:.1f} ms '
            f'without a push, {meanwhile:.1f} ms during it')
