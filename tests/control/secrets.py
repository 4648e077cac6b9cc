#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Hashes of passwords are never printed, not even one that is wrong, and never come into a core dump."""

import json
import os
import pathlib
import re
import subprocess
import sys

from control import REFUSED, Control

SECRET = 'correct-horse-battery-staple'

with Control(sys.argv[1]) as control:
    examples = pathlib.Path(sys.argv[2])
    text = (examples / 'policy.json').read_text()
    good = str(examples / 'policy.json')
    found = re.search(r'\$6\$[^"]+', text)[0]
    broken = json.loads(text)
    broken['services'][0]['explicit']['users'][0]['password'] = SECRET
    control.write('broken.json', json.dumps(broken))
    control.write('cut.json', text[:text.index(found) + 20])
    for words in (('apply', good), ('apply', good), ('check', good), ('apply', good, '--dry-run'), ('status',),
                  ('status', '--json'), ('history',), ('rollback',), ('explain', 'a.test'),
                  ('explain', 'a.test', '--file', good)):
        answer = control.run(*words)
        assert '$6$' not in answer and 'fvdZ' not in answer, words
    for name in ('broken.json', 'cut.json'):
        done = subprocess.run([control.program, 'apply', name], cwd=control.folder, capture_output=True, text=True)
        assert done.returncode == REFUSED and f'{name}:' in done.stderr, done.stderr
        assert SECRET not in done.stderr and 'fvdZ' not in done.stderr and SECRET not in done.stdout, done.stderr

    # Once it has opened its input, it has long forbidden its core dump.
    os.mkfifo(control.folder / 'pipe')
    process = control.start('sni', 'pipe')
    with open(control.folder / 'pipe', 'wb'):
        limits = pathlib.Path(f'/proc/{process.pid}/limits').read_text()
    process.communicate()
    assert re.search(r'Max core file size +1 +1 ', limits), limits
