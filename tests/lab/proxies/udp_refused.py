# SPDX-License-Identifier: BSD-3-Clause
"""UDP to an intercepted port is answered by ICMP "port unreachable", so QUIC goes nowhere; to others it is routed."""

import socket
import time

from parts import plan
from testbed import Failure, require


def check(lab, family):
    began = time.monotonic()
    with lab.socket(family, socket.SOCK_DGRAM) as client:
        client.connect((plan.SERVER.host[family], 443))
        client.send(b'anybody there?')
        try:
            client.recv(100)
            raise Failure('somebody answers UDP on port 443')
        except ConnectionRefusedError:
            pass
    seconds = time.monotonic() - began
    require(seconds < 1, f'the refusal took {seconds:.1f} s')
    host = lab.run('getent', f'ahostsv{family}', 'server.test')
    require(host.returncode == 0 and plan.SERVER.host[family] in host.stdout, f'DNS through Sluice: {host.stdout}')
