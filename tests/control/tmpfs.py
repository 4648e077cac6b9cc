#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A region that is not on hugetlbfs is made, and read, only by whoever says that it may be."""

import sys

from control import REFUSED, Control

with Control(sys.argv[1]) as control:
    good = control.policy('good.json')
    control.tmpfs = False
    control.run('apply', good, status=REFUSED, error='allow tmpfs (sluicectl --tmpfs; for sluiced "tmpfs": true under "region")')
    assert not (control.folder / 'region/policy').exists() and not (control.folder / 'kept').exists()
    control.tmpfs = True
    control.run('apply', good)
    control.tmpfs = False
    for command in (('status',), ('history',), ('explain', 'a.test'), ('rollback',), ('apply', good, '--dry-run')):
        control.run(*command, status=REFUSED, error='region is on tmpfs, not on hugetlbfs')
    control.tmpfs = True
    assert control.published() == 1
