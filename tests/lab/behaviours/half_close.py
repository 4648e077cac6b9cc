# SPDX-License-Identifier: BSD-3-Clause
"""A client that has closed its direction still gets all that is under way to it, and then the other side's end."""

import socket

from testbed import pattern, require


def check(lab, family):
    data = pattern(40000)
    with lab.connect(family, 'echo') as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        received = b''
        while part := connection.recv(65536):
            received += part
    require(received == data, f'{len(received)} of {len(data)} octets came back after the half-close')
