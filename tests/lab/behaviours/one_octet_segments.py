# SPDX-License-Identifier: BSD-3-Clause
"""Segments of one octet, a million of them, neither break a connection nor take the buffers of the others."""

import threading

from testbed import Failure, require


def check(lab, family):
    octets = 1000000 if lab.full else 30000
    before = lab.stats()['stack']['tcp_segments_in']
    reports = []

    def send():
        try:
            reports.append(lab.traffic(family, 'echo', octets=octets, segment=1, seconds=300))
        except Failure as failure:
            reports.append(failure)
    sender = threading.Thread(target=send)
    sender.start()
    most = 0
    while sender.is_alive():
        sender.join(0.05)
        most = max(most, lab.stats()['mbufs_in_use'])
    if isinstance(reports[0], Failure):
        raise reports[0]
    stats = lab.stats()
    segments = stats['stack']['tcp_segments_in'] - before
    require(segments > octets * 0.9, f'Linux sent {segments} segments for {octets} octets')
    require(most < stats['mbufs'] / 2, f'{most} of {stats["mbufs"]} mbufs were in use')
    return f'{segments} segments, at most {most} of {stats["mbufs"]} mbufs in use, {reports[0]["seconds"]} s'
