#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Who calls it wrongly is told how, with status 2, and nothing is done; who asks for help gets all of it."""

import subprocess
import sys

from control import REFUSED, USAGE, Control

COMMANDS = ('apply', 'check', 'explain', 'status', 'history', 'rollback', 'stats', 'flows', 'sni')
WRONG = {
    (): 'which command?',
    ('aply', 'FILE'): 'there is no command "aply"',
    ('stats', 'now'): 'stats takes no arguments',
    ('stats', '--limit', '5'): 'stats does not take --limit',
    ('flows', '--region', 'region'): 'flows does not take --region',
    ('apply',): 'apply takes FILE',
    ('apply', 'a', 'b'): 'apply takes FILE, and no more',
    ('apply', 'good.json', '--json'): 'apply does not take --json',
    ('check', 'good.json', '--reevaluate'): 'check does not take --reevaluate',
    ('apply', 'good.json', '--slot-megabytes', '0'): '--slot-megabytes takes a number from 1 to 65536, not "0"',
    ('apply', 'good.json', '--slot-megabytes', '65537'): 'from 1 to 65536',
    ('apply', 'good.json', '--slot-megabytes', '64M'): 'from 1 to 65536',
    ('apply', 'good.json', '--slot-megabytes'): "'--slot-megabytes' requires an argument",
    ('apply', 'good.json', '--region='): '--region takes a FOLDER, not nothing',
    ('apply', 'good.json', '--colour'): "unrecognized option '--colour'",
    ('apply', 'good.json', '-x'): "invalid option -- 'x'",
    ('check',): 'check takes FILE',
    ('check', 'good.json', '--region', 'region'): 'check does not take --region',
    ('status', 'now'): 'status takes no arguments',
    ('history', '--dry-run'): 'history does not take --dry-run',
    ('rollback', '1', '2'): 'rollback takes [GENERATION], and no more',
    ('sni',): 'sni takes FILE',
}

with Control(sys.argv[1]) as control:
    control.policy('good.json')
    before = sorted(control.folder.iterdir())
    for words, error in WRONG.items():
        done = subprocess.run([control.program, *words], cwd=control.folder, capture_output=True, text=True)
        assert done.returncode == USAGE and error in done.stderr and done.stdout == '', (words, done.stderr)
        assert done.stderr.startswith('sluicectl: ') or control.program in done.stderr, done.stderr
        assert done.stderr.endswith('"sluicectl --help" tells what there is\n'), done.stderr
        assert sorted(control.folder.iterdir()) == before, words

    usage = control.run('--help')
    for command in COMMANDS:
        assert f'\n  {command} ' in usage, command
        mine = control.run(command, '--help')
        assert mine.startswith(f'usage: sluicectl {command}'), mine
        assert ('options:' in mine) == (command not in ('check', 'sni')), mine
    assert '  --reevaluate ' in control.run('apply', '--help') and '  --reevaluate ' in control.run('rollback', '--help')
    assert control.run('--version').startswith('sluicectl ')

    # An answer that cannot be written is no answer.
    with open('/dev/full', 'w') as full:
        done = subprocess.run([control.program, '--help'], stdout=full, stderr=subprocess.PIPE, text=True)
        assert done.returncode == REFUSED and 'the answer cannot be written' in done.stderr, done.stderr
