# SPDX-License-Identifier: BSD-3-Clause
"""The largest datagram of UDP goes in fragments, is put together again, and comes back in fragments."""

import socket

from parts import plan
from testbed import Skipped, pattern, require, wait_for

LARGEST = {4: 65507, 6: 65527}


def check(lab, family):
    if not lab.takes_fragments(family):
        raise Skipped('the driver does not take fragments')
    before = lab.stats()['stack']['reassembled']
    with lab.socket(family, socket.SOCK_DGRAM) as client:
        client.connect((plan.CLIENT.gateway[family], plan.TEST_SERVICE['echo']))
        for octets in (0, 1, 1400, 1473, 3000, 9000, 30001, LARGEST[family]):
            data = pattern(octets)
            client.send(data)
            require(client.recv(65536) == data, f'a datagram of {octets} octets does not come back as it was')
    wait_for(lambda: lab.stats()['stack']['reassembled'] >= before + 5, 'five datagrams counted as reassembled', 3)
