#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The control socket: for its owner only, well-formed answers, and no client that it waits for."""

import json
import os
import socket
import stat
import sys
import time

from sandbox import Sandbox, run


def open_client(box):
    client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    client.settimeout(10)
    client.connect(str(box.socket))
    return client


def answer(client, request):
    client.send(request)
    lines = []
    while block := client.recv(65536):
        assert block.endswith(b'\n') and block.count(b'\n') == 1, block
        lines.append(json.loads(block))
    return lines


with Sandbox(sys.argv[1], 'net_tap0,iface={interface}') as box:
    box.start()
    assert stat.S_IMODE(os.stat(box.socket).st_mode) == 0o600

    status = answer(open_client(box), b'status')
    assert [line['kind'] for line in status] == ['process', 'port'], status
    assert status[0]['pid'] == box.process.pid and status[1]['driver'] == 'net_tap'
    stats = answer(open_client(box), b'stats\n')
    assert [line['kind'] for line in stats] == ['total', 'worker', 'port', 'end'], stats
    assert stats[0]['worker_counters']['turns'] > 0 and stats[0]['mbufs'] == 16384

    for request in (b'unheard of', b'status status', b'\0', b'x' * 5000):
        lines = answer(open_client(box), request)
        assert len(lines) == 1 and 'error' in lines[0], lines

    # Eight that say nothing fill all places; they are cut off, and the ninth is served.
    idle = [open_client(box) for _ in range(8)]
    before = time.monotonic()
    assert answer(open_client(box), b'status')
    assert time.monotonic() - before < 8
    for client in idle:
        assert client.recv(1) == b''

    outcome = run('setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', box.sluiced, '--ask',
                  str(box.socket), 'status', check=False)
    assert outcome.returncode == 1 and 'process' not in outcome.stdout, outcome.stdout
    box.stop()
