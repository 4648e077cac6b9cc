# SPDX-License-Identifier: BSD-3-Clause
"""All comes over a wire of 50 Mbit/s with a queue of 250 ms, however much is lost at the end of that queue. How much
of it is used depends on what else the machine does: that is told, and judged in virtual time (tests/sim/goodput.c)."""


def check(lab, family):
    octets = 16 << 20
    with lab.wire('rate=50mbit,queue=1500k,delay=10ms'):
        report = lab.traffic(family, 'echo', octets=octets, seconds=60)
    return f'{report["megabits_per_second"]} of 50 Mbit/s'
