# SPDX-License-Identifier: BSD-3-Clause
"""Duplicates, of handshakes and resets too, do no harm and leave nothing."""


def check(lab, family):
    for share in ('1%', '10%', '100%'):
        with lab.wire(f'delay=1ms,duplicate={share},seed=4'):
            lab.traffic(family, 'echo', connections=20, octets=200000, seconds=60)
