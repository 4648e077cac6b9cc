#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""SIGTERM and SIGINT end sluiced within two seconds, with connections open, and leave nothing behind."""

import os
import signal
import socket
import sys
import time

from sandbox import ECHO, FAMILIES, Sandbox, connect

with Sandbox(sys.argv[1], 'net_tap0,iface={interface}') as box:
    for number in (signal.SIGTERM, signal.SIGINT):
        box.start()
        clients = [connect(family, ECHO) for family in FAMILIES]
        for client in clients:
            client.sendall(b'still open')
        box.signal(signal.SIGHUP)
        assert box.ask('status')
        before = time.monotonic()
        box.signal(number)
        assert box.process.wait(2) == 0, box.process.returncode
        print(f'ended {time.monotonic() - before:.3f} s after signal {number}')
        assert not box.socket.exists(), 'the control socket is left'
        assert not box.hugepage_files(), box.hugepage_files()
        assert box.interface not in dict((name, index) for index, name in socket.if_nameindex()), 'the TAP is left'
        assert 'mbufs were not given back' not in box.log.read_text()
    assert os.path.isdir('/dev/hugepages') or not box.config['memory']['hugepages']
