# SPDX-License-Identifier: BSD-3-Clause
"""Every octet that is sent to echo comes back, in order, as much as it may be."""

from testbed import require


def check(lab, family):
    octets = (1 << 30) if lab.full else 30 << 20
    report = lab.traffic(family, 'echo', octets=octets, seconds=300)
    require(report['received'] == octets, str(report))
    return f'{octets} octets each way, {report["megabits_per_second"]} Mbit/s each way'
