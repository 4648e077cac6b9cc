#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What is refused is told precisely, and leaves the policy in force as it was: region, disk and answers."""

import os
import sys

from control import REFUSED, Control


def state(control):
    """All that a push might have changed."""
    return (control.run('status'), control.run('history'), control.run('explain', 'a.test'),
            {path.name: path.stat().st_mtime_ns for path in (control.folder / 'kept').iterdir()})


def refused(control, name, error, *more):
    """Of a file: by apply, dry or not, and by check; of all alike."""
    before = state(control)
    for command in ('apply', 'check'):
        control.run(command, name, *more, status=REFUSED, error=error)
    control.run('apply', name, '--dry-run', *more, status=REFUSED, error=error)
    assert state(control) == before


with Control(sys.argv[1]) as control:
    row = {'names': ['a.test'], 'action': 'allow'}
    good = control.policy('good.json', rows=[row])
    control.run('apply', good, '--slot-megabytes', '1')

    refused(control, 'absent.json', 'absent.json: ')
    refused(control, control.write('empty.json', ''), 'empty.json:1:1: ')
    refused(control, control.write('cut.json', (control.folder / good).read_bytes()[:-2]), 'cut.json:1:')
    refused(control, control.write('octets.json', b'{"services": "\xff"}'), 'octets.json:1:15: ')
    refused(control, control.policy('key.json', rows=[row | {'colour': 1}]), ': filters[0].rows[0].colour: ')
    refused(control, control.policy('name.json', rows=[{'names': ['b\u00fccher.test'], 'action': 'deny'}]),
            ': filters[0].rows[0].names[0]: ')
    refused(control, control.policy('regex.json', rows=[{'regexes': ['(a'], 'action': 'deny'}]),
            'regex.json: the regular expression "(a" in row 0 (from 0) of filter "web" is refused: ')
    control.write('list.txt', 'a.test\nb..test\n')
    refused(control, control.policy('list.json', rows=[{'name_files': ['list.txt'], 'action': 'deny'}]),
            'list.txt:2:1: filters[0].rows[0].name_files[0]: ')

    # Some things only a push meets.
    before = state(control)
    control.write('large.txt', ''.join(f'n{i}.example.test\n' for i in range(100000)))
    large = control.policy('large.json', rows=[{'name_files': ['large.txt'], 'action': 'deny'}])
    control.run('apply', large, status=REFUSED, error='make the policy smaller, or the slots larger')
    control.run('apply', large, '--dry-run', status=REFUSED, error='octets, and a slot of the region holds 1')
    assert state(control) == before
    control.run('rollback', status=REFUSED, error='nothing older than generation 1, which is published, is kept')

    # Whoever wants larger slots than there are is told, and the policy is in force all the same.
    control.run('apply', good, '--slot-megabytes', '2', error='--slot-megabytes counts where the region is made')
    assert control.published() == 2

    # Folders that others may open, or that are none.
    before = state(control)
    for name in ('region', 'kept'):
        os.chmod(control.folder / name, 0o755)
        control.run('apply', good, status=REFUSED, error=f'folder {name} is open to others (mode 755)')
        os.chmod(control.folder / name, 0o700)
    assert state(control) == before
    control.run('apply', good, '--state', good, status=REFUSED, error=f'folder {good} cannot be ')
    control.run('apply', good, '--region', 'absent/region', status=REFUSED, error='folder absent/region cannot be made')
    assert state(control) == before

    # What is kept on disk and was changed since does not come in force.
    with open(control.folder / 'kept/1.image', 'r+b') as file:
        file.seek(200)
        octet = file.read(1)
        file.seek(200)
        file.write(bytes([octet[0] ^ 1]))
    control.run('rollback', '1', status=REFUSED, error='generation 1 cannot be used: ')
    assert control.published() == 2
