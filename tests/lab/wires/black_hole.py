# SPDX-License-Identifier: BSD-3-Clause
"""Connections outlive a wire that carries nothing for a minute, and go on when it is back."""

from testbed import require


def check(lab, family):
    seconds = 60 if lab.full else 4
    with lab.wire(f'rate=50mbit,delay=2ms,blackhole={seconds}s@500ms'):
        report = lab.traffic(family, 'echo', connections=4, octets=4 << 20, seconds=4 * seconds + 60)
    require(report['seconds'] > seconds, f'all was done in {report["seconds"]} s, before the black hole was over')
    return f'{report["seconds"]} s with {seconds} s of silence'
