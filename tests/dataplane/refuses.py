#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What cannot be started is refused with what is wrong and what to do, and leaves nothing behind."""

import copy
import sys

from sandbox import Sandbox, run


def refused(box, why, *changes):
    """Starts with the changes, and asserts that sluiced ends by itself and says `why`."""
    before, files = copy.deepcopy(box.config), box.hugepage_files()
    for path, value in changes:
        place = box.config
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value
    box.log.write_text('')
    box.launch()
    assert box.process.wait(20) == 1, box.process.returncode
    assert why in box.log.read_text(), f'not said: {why}'
    assert box.hugepage_files() == files, box.hugepage_files()
    box.config = before


def device(arguments):
    return (('ports', 0, 'device'), arguments)


with Sandbox(sys.argv[1], 'net_tap0,iface={interface}') as box:
    refused(box, 'echo ', (('memory', 'megabytes'), 900000), (('memory', 'hugepages'), True))
    refused(box, 'memory.mbufs is 2048', (('memory', 'mbufs'), 2048))
    refused(box, 'core 1000 (workers.cores) cannot be used', (('workers', 'cores'), [1000]))
    refused(box, 'is the driver\'s name right', device('net_unheard_of0'))
    refused(box, 'bound to vfio-pci', device('ffff:1f:1f.7'))
    refused(box, 'there is no interface absent0', device('net_af_packet0,iface=absent0'))
    refused(box, 'is the other side there', device(f'net_virtio_user0,path={box.folder}/absent'))
    run('ip', 'link', 'add', box.interface, 'type', 'veth', 'peer', 'name', box.interface + 'x')
    refused(box, f'there is an interface {box.interface} already')
    run('ip', 'link', 'delete', box.interface)

    box.start()
    first = box.process
    refused(box, f'process {first.pid} runs with memory.file_prefix')
    box.config['memory']['file_prefix'] += '-second'
    refused(box, 'another process serves it', device('net_tap1,iface=' + box.interface + 'y'))
    box.config['memory']['file_prefix'] = box.name
    box.process = first
    box.stop()
