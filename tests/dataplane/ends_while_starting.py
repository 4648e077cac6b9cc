#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A start that waits for somebody else, as virtio-user in server mode does, is ended by a signal within two seconds."""

import signal
import sys

from sandbox import Sandbox, wait_until

with Sandbox(sys.argv[1], 'net_virtio_user0,path={interface},server=1') as box:
    path = box.folder / 'other-side'
    box.config['ports'][0]['device'] = f'net_virtio_user0,path={path},server=1'
    for number in (signal.SIGTERM, signal.SIGINT):
        box.log.write_text('')
        box.launch()
        wait_until(path.exists, 'waiting for the other side', 20)
        box.signal(signal.SIGHUP)  # means nothing here either
        box.signal(number)
        assert box.process.wait(2) == 1, box.process.returncode
        assert 'the start does not come to its end' in box.log.read_text()
        path.unlink(missing_ok=True)
