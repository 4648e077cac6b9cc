# SPDX-License-Identifier: BSD-3-Clause
"""Who connects through Sluice to an address that nobody has is told "host unreachable" when the neighbour did not
answer; who connects to a network that Sluice has no route to is told at once."""

import errno
import socket
import struct
import time

from parts import plan
from testbed import PATIENCE, Failure, require

NOBODY = {4: '10.77.2.99', 6: 'fd77:2::99'}
NOWHERE = {4: '10.99.0.1', 6: 'fd99::1'}


def refused_after(lab, family, address, reasons):
    began = time.monotonic()
    with lab.socket(family) as client:
        # The kernel waits here, not Python: who polls for a connect that fails at once can miss the reason.
        client.settimeout(None)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack('ll', PATIENCE, 0))
        try:
            client.connect((address, 80))
        except OSError as error:
            require(error.errno in reasons, f'connect to {address}: {error}')
            return time.monotonic() - began
    raise Failure(f'connected to {address}, which nobody has')


def check(lab, family):
    unresolved = refused_after(lab, family, NOBODY[family], (errno.EHOSTUNREACH,))
    require(unresolved < 10, f'told after {unresolved:.1f} s')
    unrouted = refused_after(lab, family, NOWHERE[family], (errno.ENETUNREACH, errno.EHOSTUNREACH))
    require(unrouted < 2, f'told after {unrouted:.1f} s that there is no route')
    # The address that somebody has still works.
    lab.run('ping', '-n', '-q', '-c', '1', '-W', '2', plan.SERVER.host[family]).check_returncode()
    return f'no neighbour: {unresolved:.2f} s; no route: {unrouted:.2f} s'
