# SPDX-License-Identifier: BSD-3-Clause
"""Sluice answers ping at its own addresses and carries it to the other side, small and as large as the MTU allows."""

import re

from parts import plan
from testbed import require

HEADERS = {4: 28, 6: 48}


def check(lab, family):
    times = []
    for target in (plan.CLIENT.gateway[family], plan.SERVER.gateway[family], plan.SERVER.host[family]):
        for size in (0, 1, 56, 1500 - HEADERS[family]):
            # All at once and no other for two seconds: behind the last one ping waits no longer than the interval.
            result = lab.run('ping', '-n', '-q', '-l', '10', '-i', '2', '-c', '10', '-M', 'do', '-s', size, target)
            require(' 10 received' in result.stdout, f'ping {target}, {size} octets: {result.stdout}{result.stderr}')
            times += re.findall(r'= [\d.]+/([\d.]+)/', result.stdout)
    return f'averages of {", ".join(times)} ms'
