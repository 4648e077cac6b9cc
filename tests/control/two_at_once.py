#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Policies that are applied at once are published one after the other, each with a generation of its own, whole."""

import re
import sys

from control import Control

PUSHERS = 4  # so that what is pushed again below is still kept

with Control(sys.argv[1]) as control:
    # Each allows one name of its own.
    files = [control.policy(f'{i}.json', rows=[{'names': [f'n{i}.test'], 'action': 'allow'}])
             for i in range(PUSHERS)]
    processes = [control.start('apply', file) for file in files]
    generations = {}
    for i, process in enumerate(processes):
        answer, complaint = process.communicate(timeout=60)
        assert process.returncode == 0, complaint
        generations[int(re.search(r'generation (\d+) is published', answer)[1])] = i
    assert sorted(generations) == list(range(1, PUSHERS + 1)), generations
    assert control.published() == PUSHERS

    for generation, mine in sorted(generations.items(), reverse=True):
        if generation != PUSHERS:
            control.run('rollback', str(generation))
        allowed = [i for i in range(PUSHERS) if control.verdict(f'n{i}.test') == 'allow']
        assert allowed == [mine], (generation, allowed)
