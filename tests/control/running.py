#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What a running gateway does with a policy, sluicectl says, and ends with: taken, refused, or not taken in time.

usage: running.py SLUICECTL GATEWAY
"""

import contextlib
import pathlib
import subprocess
import sys

from control import NOT_TAKEN, REFUSED, Control

GATEWAY = pathlib.Path(sys.argv[2]).resolve()


@contextlib.contextmanager
def gateway(control, what):
    process = subprocess.Popen([GATEWAY, 'region', 'kept', what], cwd=control.folder, text=True,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        while (line := process.stdout.readline()) != 'ready\n':
            assert line.startswith('taken '), line
        yield process
    finally:
        process.stdin.close()
        process.stdout.close()
        assert process.wait(10) == 0


with Control(sys.argv[1]) as control:
    deny, allow = control.policy('deny.json'), control.policy('allow.json', any='allow')
    control.run('apply', deny)

    with gateway(control, 'take') as process:
        assert control.run('apply', allow) == 'allow.json: generation 2 is in force, sluiced has taken it\n'
        status = control.status()
        assert status['running'] and status['process'] == process.pid and status['taken'] == [2, 2], status
        assert status['published'] == 2 and len(status['incarnation']) == 16 and 'refused' not in status, status
        words = control.run('status')
        assert f', process {process.pid}\nworkers     2, all have taken generation 2\n' in words, words
        assert control.run('rollback') == 'policy of generation 1: generation 3 is in force, sluiced has taken it\n'
        assert control.verdict('a.test') == 'deny'

    # Whether open flows are to be looked up again, it hears from each push by itself.
    with gateway(control, 'take') as process:
        for words, taken in (((allow,), 'taken 4\n'), ((deny, '--reevaluate'), 'taken 5 reevaluate\n'),
                             ((allow,), 'taken 6\n')):
            control.run('apply', *words)
            assert process.stdout.readline() == taken
        control.run('rollback', '--reevaluate')
        assert process.stdout.readline() == 'taken 7 reevaluate\n'
        control.run('apply', allow, '--reevaluate', '--dry-run')
        control.run('rollback')
        assert process.stdout.readline() == 'taken 8\n'
        control.run('rollback', '7')
        assert process.stdout.readline() == 'taken 9\n'

    # A policy that is kept where sluiced does not look would be gone with the next reboot.
    with gateway(control, 'take') as process:
        control.run('apply', allow, '--state', 'elsewhere', status=REFUSED,
                    error=f'sluiced keeps policies in {control.folder}/kept, not in elsewhere: name that folder')
        assert control.published() == 9 and not (control.folder / 'elsewhere').exists()

    with gateway(control, 'refuse'):
        control.run('apply', allow, status=REFUSED,
                    error='allow.json: refused: sluiced refuses it: its service names no port of this gateway')
        assert control.published() == 9 and control.verdict('a.test') == 'deny'
        assert control.status()['refused'] == {'generation': 10, 'reason': 'its service names no port of this gateway'}
        assert 'refused     generation 10: its service names no port of this gateway\n' in control.run('status')
        assert not (control.folder / 'kept/10.image').exists()

    with gateway(control, 'stall'):
        control.run('apply', allow, status=NOT_TAKEN,
                    error='allow.json: generation 11 is published, but after 5000 ms worker 1 has not taken it')
        assert control.status()['taken'] == [11, 9]
        words = control.run('status')
        assert 'worker 0    generation 11\nworker 1    generation 9\n' in words, words

    assert 'sluiced     does not run\n' in control.run('status')
    assert 'taken' not in control.status() and control.published() == 11
