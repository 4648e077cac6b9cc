# SPDX-License-Identifier: BSD-3-Clause
"""Many connections at once over a wire with 5 percent loss, 20 ms and reordering: all right, every octet."""


def check(lab, family):
    connections, octets = (500, 10 << 20) if lab.full else (50, 1 << 20)
    with lab.wire('delay=20ms,loss=5%,reorder=3%,seed=1'):
        report = lab.traffic(family, 'echo', connections=connections, octets=octets,
                             seconds=1800 if lab.full else 120)
    return f'{connections} connections of {octets} octets in {report["seconds"]} s'
