# SPDX-License-Identifier: BSD-3-Clause
"""One bit that flips is found by a checksum: the packet is dropped and counted, and no wrong octet arrives."""

from testbed import require


def faults(lab):
    return sum(count for name, count in lab.stats()['drops'].items() if 'checksum' in name or 'malformed' in name)


def check(lab, family):
    before = faults(lab)
    with lab.wire('delay=2ms,corrupt=1%,seed=5'):
        lab.traffic(family, 'echo', connections=8, octets=1 << 20, seconds=120)
    dropped = faults(lab) - before
    require(dropped > 0, 'no corrupt packet was counted')
    return f'{dropped} corrupt packets dropped'
