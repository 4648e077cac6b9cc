# SPDX-License-Identifier: BSD-3-Clause
"""A trace of the way to the server shows Sluice as the first hop and the server as the second."""

import socket
import struct

from parts import plan
from testbed import require, wait_for

# (level, option to set the hop limit, option to be told of errors, "time exceeded", "port unreachable")
CONSTANTS = {
    4: (socket.IPPROTO_IP, socket.IP_TTL, 11, (11, 0), (3, 3)),
    6: (socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, 25, (3, 0), (1, 4)),
}
MSG_ERRQUEUE = 0x2000
EXTENDED_ERROR = struct.Struct('=IBBBBII')
UNUSED_PORT = 33434


def error_for(lab, family, hop_limit):
    """(address of who complains, (type, code) of the ICMP message)"""
    level, limit_option, error_option, _, _ = CONSTANTS[family]
    with lab.socket(family, socket.SOCK_DGRAM) as client:
        client.setsockopt(level, error_option, 1)
        client.setsockopt(level, limit_option, hop_limit)
        client.sendto(b'who is there?', (plan.SERVER.host[family], UNUSED_PORT))
        client.setblocking(False)
        found = []

        def arrived():
            try:
                found.append(client.recvmsg(1000, 1000, MSG_ERRQUEUE))
            except BlockingIOError:
                return False
            return True
        wait_for(arrived, f'an ICMP error for hop limit {hop_limit}', 5)
    data = found[0][1][0][2]
    _, _, kind, code, _, _, _ = EXTENDED_ERROR.unpack_from(data)
    offender = data[EXTENDED_ERROR.size:]
    address = socket.inet_ntop(socket.AF_INET, offender[4:8]) if family == 4 else \
        socket.inet_ntop(socket.AF_INET6, offender[8:24])
    return address, (kind, code)


def check(lab, family):
    _, _, _, exceeded, unreachable = CONSTANTS[family]
    first = error_for(lab, family, 1)
    require(first == (plan.CLIENT.gateway[family], exceeded), f'the first hop is {first}')
    second = error_for(lab, family, 2)
    require(second == (plan.SERVER.host[family], unreachable), f'the second hop is {second}')
    return f'{first[0]}, {second[0]}'
