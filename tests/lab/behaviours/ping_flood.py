# SPDX-License-Identifier: BSD-3-Clause
"""A flood of pings is answered, each one."""

import re

from parts import plan
from testbed import require

COUNT = 5000


def check(lab, family):
    figures = []
    for target in (plan.CLIENT.gateway[family], plan.SERVER.host[family]):
        result = lab.run('ping', '-n', '-q', '-f', '-c', COUNT, '-s', 1000, target)
        require(f' {COUNT} received' in result.stdout, f'ping -f {target}: {result.stdout}{result.stderr}')
        figures.append(re.search(r'time (\d+)ms', result.stdout)[1] + ' ms')
    return f'{COUNT} each in ' + ' and '.join(figures)
