#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A million names are compiled, published and looked up, in slots of the default size."""

import re
import sys
import time

from control import Control

NAMES = 1000000

with Control(sys.argv[1]) as control:
    control.write('names.txt', ''.join(f'{"*." if i % 10 == 0 else ""}host{i * 7919 % NAMES}.net{i % 977}.example\n'
                                       for i in range(NAMES)))
    policy = control.policy('policy.json', any='deny', rows=[{'name_files': ['names.txt'], 'action': 'allow'}])
    counts = control.run('check', policy)
    assert re.search(r'^names +1000000$', counts, re.MULTILINE), counts

    before = time.monotonic()
    control.run('apply', policy)
    elapsed = time.monotonic() - before
    octets = int(re.search(r'octets of the image +(\d+)', counts)[1])
    print(f'{NAMES} names are applied in {elapsed:.2f} s as {octets} octets')

    for i in (1, 500001, 999999):
        name = f'host{i * 7919 % NAMES}.net{i % 977}.example'
        assert control.verdict(name) == 'allow' and control.verdict('www.' + name) == 'deny', name
    wildcard = f'host{10 * 7919 % NAMES}.net10.example'
    assert control.verdict('www.' + wildcard) == 'allow' and control.verdict(wildcard) == 'deny'
    assert control.verdict('host0.net.example') == 'deny'
