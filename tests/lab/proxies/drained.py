# SPDX-License-Identifier: BSD-3-Clause
"""After SIGTERM sluiced takes no new clients, lets a transfer come to its end that does so in time, and resets one that
does not."""

import json
import os
import pathlib
import signal
import tempfile

import proxying
from parts import gateway, plan, policy, processes
from testbed import require, wait_for

DRAIN = 6000  # milliseconds
SHORT, LONG = 3, 60  # seconds that transfers take
REFUSED, RESET = 7, 56  # of curl


def patient_policy(folder):
    document = json.loads(plan.POLICY_FILE.read_text())
    for service in document['services']:
        service['timeouts']['drain'] = DRAIN
    file = pathlib.Path(folder) / 'policy.json'
    file.write_text(json.dumps(document))
    return file


def transfer(lab, family, file, seconds):
    return lab.start(*proxying.curl(family, proxying.EXPLICIT, proxying.ALLOWED, file.name), '--limit-rate',
                     file.octets // seconds, '-o', '/dev/null')


def drains():
    """How often sluiced has said that it waits for flows."""
    return processes.log_of('sluiced').read_text(errors='replace').count('have their time to end')


def check(lab, family):
    with tempfile.TemporaryDirectory() as folder, proxying.served_file(8 << 20) as file, proxying.FlowLog() as log:
        proxying.apply(lab, patient_policy(folder))
        short, long = transfer(lab, family, file, SHORT), transfer(lab, family, file, LONG)
        try:
            wait_for(lambda: lab.in_use()['connections'] >= 4, 'both transfers are under way')
            before = drains()
            os.kill(processes.pid_of('sluiced'), signal.SIGTERM)
            wait_for(lambda: drains() > before, 'sluiced tells that it waits for them')
            status, _, words = proxying.receive(lab, proxying.curl(family, proxying.EXPLICIT, proxying.ALLOWED, '1k'))
            require(status == REFUSED, f'a new client is refused: {status} {words}')
            _, words = short.communicate(timeout=30)
            require(short.returncode == 0, f'what ends in time comes to its end: {words}')
            # It reads first, as slowly as it does, what came before the reset.
            _, words = long.communicate(timeout=LONG + 30)
            require(long.returncode == RESET, f'what does not is reset: {long.returncode} {words}')
            wait_for(lambda: processes.pid_of('sluiced') is None, 'sluiced ends')
            require(proxying.failures(log)['drain'] == 1, f'the log says why: {proxying.failures(log)}')
        finally:
            for process in (short, long):
                process.kill()
                process.wait()
            if processes.pid_of('sluiced') is None:
                gateway.start_again(lab.options)
                gateway.wait_for_path(lab.options)
            policy.ask(lab.options, 'apply', plan.POLICY_FILE)
