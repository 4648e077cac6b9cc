# SPDX-License-Identifier: BSD-3-Clause
"""One direction at a time: what is discarded is taken to its end, what is generated is right."""


def check(lab, family):
    octets = (1 << 30) if lab.full else 20 << 20
    up = lab.traffic(family, 'discard', octets=octets, seconds=120)
    down = lab.traffic(family, 'chargen', octets=octets, seconds=120)
    return f'{octets} octets: up {up["megabits_per_second"]}, down {down["megabits_per_second"]} Mbit/s'
