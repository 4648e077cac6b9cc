# SPDX-License-Identifier: BSD-3-Clause
"""Many connections at once each get their own octets back."""


def check(lab, family):
    connections, octets = (500, 1 << 20) if lab.full else (200, 200000)
    report = lab.traffic(family, 'echo', connections=connections, octets=octets, seconds=300)
    return f'{connections} connections of {octets} octets in {report["seconds"]} s'
