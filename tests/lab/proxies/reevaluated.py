# SPDX-License-Identifier: BSD-3-Clause
"""`sluicectl flows` tells which transfers are under way. A policy that denies them leaves them alone, unless it is
applied with --reevaluate: then they are reset, and the log says why."""

import json
import pathlib
import tempfile

import proxying
from parts import plan, policy
from testbed import require, wait_for

WAYS = (proxying.EXPLICIT, proxying.TRANSPARENT)
RECEIVE_ERROR = 56  # of curl


def flows(lab):
    """What `sluicectl flows` tells of those that talk already."""
    words = policy.ask(lab.options, 'flows', '--json')
    lines = [json.loads(line) for line in words.splitlines()]
    require(lines[-1]['flows'] == len(lines) - 1, f'the sum fits: {lines}')
    return [line for line in lines[:-1] if line['phase'] == 'spliced']


def denying(folder):
    document = json.loads(plan.POLICY_FILE.read_text())
    for row in document['filters'][0]['rows']:
        row['action'] = 'deny'
    file = pathlib.Path(folder) / 'policy.json'
    file.write_text(json.dumps(document))
    return file


def begin(lab, family, file):
    """A transfer in each way, slow enough to be under way until somebody ends it."""
    running = [lab.start(*proxying.curl(family, way, proxying.ALLOWED, file.name), '--limit-rate', '100k',
                         '--max-time', 60, '-o', '/dev/null') for way in WAYS]
    wait_for(lambda: len(flows(lab)) == len(WAYS), lambda: f'both transfers are under way: {flows(lab)}')
    told = sorted((flow['flow_type'], flow['host'], flow['client']['ip'], flow['row']) for flow in flows(lab))
    expected = [(way, proxying.ALLOWED, plan.CLIENT.host[family], 'sites[1]') for way in WAYS]
    require(told == expected, f'{told} are {expected}')
    return running


def check(lab, family):
    with tempfile.TemporaryDirectory() as folder, proxying.served_file(8 << 20) as file, proxying.FlowLog() as log:
        running = begin(lab, family, file)
        try:
            proxying.apply(lab, denying(folder))
            status, _, words = proxying.receive(lab, proxying.curl(family, proxying.EXPLICIT, proxying.ALLOWED, '1k'))
            require(status == RECEIVE_ERROR, f'the policy denies new ones: {status} {words}')
            require(len(flows(lab)) == len(WAYS), f'those that are open go on: {flows(lab)}')
            policy.ask(lab.options, 'apply', '--reevaluate', denying(folder))
            for process in running:
                _, words = process.communicate(timeout=20)
                require(process.returncode == RECEIVE_ERROR, f'a reset: {process.returncode} {words}')
            wait_for(lambda: proxying.failures(log)['policy-reevaluated'] == len(WAYS),
                     lambda: f'the log says why: {proxying.failures(log)}')
            require(not flows(lab), f'none is open: {flows(lab)}')
        finally:
            for process in running:
                process.kill()
                process.wait()
            proxying.apply(lab)
