# SPDX-License-Identifier: BSD-3-Clause
"""A port at which nobody listens refuses: TCP by RST, UDP by ICMP "port unreachable"."""

import socket
import time

from parts import plan
from testbed import Failure, require

CLOSED = 4


def check(lab, family):
    target = (plan.CLIENT.gateway[family], CLOSED)
    began = time.monotonic()
    with lab.socket(family) as client:
        try:
            client.connect(target)
            raise Failure('TCP connects to a closed port')
        except ConnectionRefusedError:
            pass
    with lab.socket(family, socket.SOCK_DGRAM) as client:
        client.connect(target)
        client.send(b'anybody there?')
        try:
            client.recv(100)
            raise Failure('a closed UDP port answers')
        except ConnectionRefusedError:
            pass
    seconds = time.monotonic() - began
    require(seconds < 1, f'the refusals took {seconds:.1f} s')
