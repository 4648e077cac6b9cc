# SPDX-License-Identifier: BSD-3-Clause
"""A delay of 50 ms that varies by 40 ms does no harm, and few segments are sent twice for it."""

from testbed import require


def check(lab, family):
    before = lab.stats()['stack']
    with lab.wire('delay=50ms,jitter=40ms,seed=7'):
        report = lab.traffic(family, 'echo', connections=4, octets=4 << 20, seconds=120)
    after = lab.stats()['stack']
    again = after['tcp_retransmitted'] - before['tcp_retransmitted']
    sent = after['tcp_segments_out'] - before['tcp_segments_out']
    require(again <= sent / 50, f'{again} of {sent} segments were sent again, though none was lost')
    return f'{report["seconds"]} s, {again} of {sent} segments sent again'
