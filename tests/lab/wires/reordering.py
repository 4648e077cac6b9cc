# SPDX-License-Identifier: BSD-3-Clause
"""Reordering by 3 and by 30 frames does no harm."""


def check(lab, family):
    times = []
    for depth in (3, 30):
        with lab.wire(f'delay=5ms,reorder=5%:{depth},seed=3'):
            report = lab.traffic(family, 'echo', connections=4, octets=2 << 20, seconds=120)
        times.append(f'by {depth}: {report["seconds"]} s')
    return ', '.join(times)
