# SPDX-License-Identifier: BSD-3-Clause
"""A wire of 50 Mbit/s with a queue of 250 ms is used well, however much is lost at the end of that queue."""

from testbed import require


def check(lab, family):
    octets = 16 << 20
    with lab.wire('rate=50mbit,queue=1500k,delay=10ms'):
        report = lab.traffic(family, 'echo', octets=octets, seconds=60)
    require(report['megabits_per_second'] > 0.7 * 50, f'{report["megabits_per_second"]} of 50 Mbit/s were used')
    return f'{report["megabits_per_second"]} of 50 Mbit/s'
