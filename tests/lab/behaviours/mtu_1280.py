# SPDX-License-Identifier: BSD-3-Clause
"""With a client whose MTU is 1280 everything works: its MSS is respected, and what is routed to it fits or is refused."""

from parts import plan
from testbed import require

HEADERS = {4: 28, 6: 48}


def check(lab, family):
    with lab.client_mtu(1280):
        result = lab.run('ping', '-n', '-q', '-c', '3', '-i', '0.1', '-M', 'do', '-s', 1280 - HEADERS[family],
                         plan.CLIENT.gateway[family])
        require(' 3 received' in result.stdout, result.stdout)
        report = lab.traffic(family, 'echo', connections=4, octets=1 << 20)
    return f'{report["megabits_per_second"]} Mbit/s'
