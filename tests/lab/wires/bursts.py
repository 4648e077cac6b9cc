# SPDX-License-Identifier: BSD-3-Clause
"""Losses in bursts, and silence of a second every three, slow, but do no harm."""


def check(lab, family):
    times = []
    for wire in ('delay=5ms,burst=0.1%:30,seed=8', 'rate=50mbit,delay=5ms,blackhole=1s@200ms/3s,seed=8'):
        with lab.wire(wire):
            report = lab.traffic(family, 'echo', connections=4, octets=1 << 20, seconds=120)
        times.append(f'{report["seconds"]} s')
    return ' and '.join(times)
