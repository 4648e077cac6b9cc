# SPDX-License-Identifier: BSD-3-Clause
"""Frames that are cut anywhere are dropped and counted, and no wrong octet arrives."""

from testbed import require


def faults(lab):
    return sum(count for name, count in lab.stats()['drops'].items() if 'truncated' in name or 'malformed' in name)


def check(lab, family):
    before = faults(lab)
    with lab.wire('delay=2ms,truncate=1%,seed=6'):
        lab.traffic(family, 'echo', connections=8, octets=1 << 20, seconds=120)
    dropped = faults(lab) - before
    require(dropped > 0, 'no cut frame was counted')
    return f'{dropped} cut frames dropped'
