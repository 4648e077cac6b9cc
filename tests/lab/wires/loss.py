# SPDX-License-Identifier: BSD-3-Clause
"""Loss from 0.1 to 20 percent in both directions slows, but does no harm."""

SHARES = {'0.1%': 4 << 20, '1%': 2 << 20, '5%': 1 << 20, '20%': 50000}


def check(lab, family):
    times = []
    for share, octets in SHARES.items():
        with lab.wire(f'delay=5ms,loss={share},seed=2'):
            report = lab.traffic(family, 'echo', connections=4, octets=octets, seconds=120)
        times.append(f'{share}: {report["seconds"]} s')
    return ', '.join(times)
