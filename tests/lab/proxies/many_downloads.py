# SPDX-License-Identifier: BSD-3-Clause
"""Many downloads at once, in both ways, over a wire that loses 5 percent if there is one: each comes to its end, whole."""

import contextlib

import proxying
from testbed import require

WIRE = 'delay=10ms,loss=5%,seed=1'
SECONDS = 3000


def slow_ends(log):
    """The flows that the server closed first."""
    return [line for line in log.lines() if line['event'] == 'end' and line['reason'] == 'closed-by-server']


def check(lab, family):
    count, octets = (200, 10 << 20) if lab.full else (20, 1 << 20)
    with contextlib.ExitStack() as stack:
        if lab.options.wire is not None:
            stack.enter_context(lab.wire(WIRE))
        file = stack.enter_context(proxying.served_file(octets))
        log = proxying.FlowLog()
        downloads = [lab.start('bash', '-c', '"$@" | sha256sum', 'bash', *proxying.curl(
            family, (proxying.EXPLICIT, proxying.TRANSPARENT)[number % 2], proxying.ALLOWED, file.name),
            '--max-time', SECONDS, '-w', '') for number in range(count)]
        results = [download.communicate(timeout=SECONDS) for download in downloads]
        cut = [words for digest, words in results if digest.split()[:1] != [file.digest]]
        require(not cut, f'{len(cut)} of {count} are not whole: {cut[:3]} {proxying.failures(log)} {slow_ends(log)}')
        flows = log.ended(count, 60)
    for way in (proxying.EXPLICIT, proxying.TRANSPARENT):
        require(sum(flow[-1]['flow_type'] == way for flow in flows) == count // 2, f'{count // 2} of {way}')
    slowest = max(flow[-1]['ms']['total'] for flow in flows) / 1000
    return f'{count} downloads of {octets} octets, the slowest took {slowest:.1f} s'
