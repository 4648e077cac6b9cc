#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What is applied is published, kept, explained and listed; and what was before can be gone back to."""

import re
import stat
import subprocess
import sys

from control import DONE, REFUSED, USAGE, Control

with Control(sys.argv[1]) as control:
    first = control.policy('first.json', rows=[{'names': ['a.test'], 'label': 'letters', 'action': 'allow'}])
    second = control.policy('second.json', any='allow')

    # Nothing is there, and nothing but a push makes it.
    control.run('status', status=REFUSED, error='there is no region in region: "sluicectl apply" makes it')
    control.run('explain', 'a.test', status=REFUSED, error='there is no region')
    control.run('rollback', status=REFUSED, error='nothing is published')
    assert control.run('history').split() == ['generation', 'octets', 'compiled', 'pushed']
    assert 'not published: ' in control.run('apply', first, '--dry-run')
    assert sorted(path.name for path in control.folder.iterdir()) == [first, second]

    assert control.run('apply', first) == \
        'first.json: generation 1 is published, not running: sluiced takes it when it starts with the ' \
        'region region\n'
    assert control.status() == {'hugepages': False, 'slot_size': 64 << 20, 'published': 1, 'running': False}
    assert control.verdict('a.test') == 'allow' and control.verdict('b.test') == 'deny'
    control.run('apply', second)
    assert control.verdict('b.test') == 'allow'

    # A dry run measures, and changes nothing.
    assert re.search(r'good, not published: the image has \d+ of the \d+ octets of a slot',
                     control.run('apply', first, '--dry-run'))
    assert control.published() == 2 and control.verdict('b.test') == 'allow'

    # There and back again.
    assert control.run('rollback').startswith('policy of generation 1: generation 3 is published')
    assert control.verdict('b.test') == 'deny'
    assert control.run('rollback').startswith('policy of generation 2: generation 4 is published')
    assert control.verdict('b.test') == 'allow'
    control.run('rollback', '1')
    assert control.verdict('b.test') == 'deny' and control.published() == 5
    control.run('rollback', '17', status=REFUSED, error='kept/17.image cannot be opened')
    for wrong in ('0', '-1', '01', '1x', '', '18446744073709551616'):
        control.run('rollback', '--', wrong, status=USAGE, error=f'takes the number of a generation, not "{wrong}"')
    assert control.published() == 5

    # Eight are kept, the newest first, and the published one is marked.
    for _ in range(6):
        control.run('apply', second)
    lines = control.run('history').splitlines()[1:]
    assert [int(line.split()[0]) for line in lines] == list(range(11, 3, -1)), lines
    assert lines[0].endswith('  published') and not any('published' in line for line in lines[1:])
    for line in lines:
        assert re.fullmatch(r'\d+ +\d+ +(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ *){2}(published)?', line), line
    assert stat.S_IMODE((control.folder / 'kept/11.image').stat().st_mode) == 0o600
    assert stat.S_IMODE((control.folder / 'region/policy').stat().st_mode) == 0o600

    # One that cannot be read is listed with its fault, and passed over.
    (control.folder / 'kept/10.image').chmod(0o644)
    assert '\n10          cannot be read: kept/10.image belongs to user' in control.run('history')
    assert control.run('rollback', error='generation 10 is passed over: kept/10.image').startswith(
        'policy of generation 9: generation 12 is published')

    # An answer that cannot be written is none, but a policy that is in force is.
    for status, words in ((DONE, ('apply', second)), (DONE, ('rollback',)), (REFUSED, ('apply', second, '--dry-run')),
                          (REFUSED, ('status',))):
        with open('/dev/full', 'w', encoding='ascii') as full:
            done = subprocess.run(control.words(*words), cwd=control.folder, stdout=full, stderr=subprocess.PIPE)
        assert done.returncode == status and b'the answer cannot be written' in done.stderr, (words, done)
    assert control.published() == 14

    words = control.run('status')
    assert 'tmpfs: not in hugepages' in words and 'published   generation 14\n' in words
    assert 'sluiced     does not run\n' in words
