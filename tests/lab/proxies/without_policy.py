# SPDX-License-Identifier: BSD-3-Clause
"""A gateway that has no policy serves nothing and routes nothing, though it answers for itself; a push changes that."""

import proxying
from parts import gateway, plan, processes
from testbed import require


def reaches(lab, address):
    return lab.run('ping', '-n', '-c', '2', '-i', '0.2', '-W', '1', address).returncode == 0


def check(lab, family):
    processes.kill('sluiced')
    for folder in (plan.REGION, plan.KEPT):
        for path in folder.iterdir():
            path.unlink()
    try:
        gateway.start_again(lab.options)
        require(reaches(lab, plan.CLIENT.gateway[family]), 'the gateway does not answer for itself')
        require(not reaches(lab, plan.SERVER.host[family]), 'packets are routed')
        for way in (proxying.EXPLICIT, proxying.TRANSPARENT):
            command = proxying.curl(family, way, proxying.ALLOWED, '1k')
            status, _, words = proxying.receive(lab, [*command, '--max-time', 3], seconds=20)
            require(status in (7, 28), f'{way}: a connection is taken: {status} {words}')
    finally:
        proxying.apply(lab)
    gateway.wait_for_path(lab.options)
    status, _, words = proxying.receive(lab, proxying.curl(family, proxying.TRANSPARENT, proxying.ALLOWED, '1k'))
    require(status == 0, words)
