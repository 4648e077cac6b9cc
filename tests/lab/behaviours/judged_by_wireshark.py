# SPDX-License-Identifier: BSD-3-Clause
"""Wireshark finds nothing to blame in a run without loss: no malformed packet, no bad checksum, nothing retransmitted."""

import pathlib
import socket
import struct
import subprocess
import tempfile

from parts import plan
from testbed import Skipped, pattern, require

# What may not be in a capture of a run without loss. How Linux writes a checksum of zero, and that it probes the tail of
# what it sent when the processors are busy, is no fault of Sluice's; what Sluice loses shows in its counters.
FAULTS = ('_ws.malformed || _ws.expert.severity == error || '
          f'(eth.src == {plan.CLIENT.gateway_mac} && '
          '(_ws.expert.group == "Checksum" || ip.checksum.status == 0 || tcp.checksum.status == 0 || '
          'udp.checksum.status == 0 || icmp.checksum.status == 0 || icmpv6.checksum.status == 0 || '
          'tcp.analysis.retransmission || tcp.analysis.lost_segment || tcp.analysis.ack_lost_segment || '
          'tcp.analysis.out_of_order || tcp.analysis.spurious_retransmission))')
HARMLESS = ('tcp-no-connection', 'tcp-listen-ack', 'tcp-rst', 'tcp-out-of-window')
CHECKSUMS = [word for protocol in ('ip', 'tcp', 'udp') for word in ('-o', f'{protocol}.check_checksum:TRUE')]


def tshark(*arguments):
    return subprocess.run(['tshark', *map(str, arguments)], capture_output=True, text=True, check=True).stdout


def clean_run(lab, family):
    gateway = plan.CLIENT.gateway[family]
    lab.run('ping', '-n', '-q', '-c', '3', '-i', '0.1', gateway)
    # Never more under way than the kernel's own queues hold (1000 frames), or it is the kernel that loses some.
    lab.traffic(family, 'echo', octets=3 << 20, receive_buffer=200000)
    lab.traffic(family, 'echo', connections=20, octets=20000)
    lab.traffic(family, 'discard', octets=1 << 20)
    lab.traffic(family, 'echo', octets=200, segment=1)
    with lab.socket(family, socket.SOCK_DGRAM) as client:
        client.connect((gateway, plan.TEST_SERVICE['echo']))
        for octets in (10, 1400) + (20000,) * lab.takes_fragments(family):
            client.send(pattern(octets))
            client.recv(65536)
    with lab.socket(family) as client:
        client.connect_ex((gateway, 4))
    with lab.connect(family, 'echo') as client:
        client.sendall(b'and then a reset')
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))


def lost(lab):
    """Segments that Sluice threw away, but for probes of a window and what comes behind the end of a connection."""
    return {name: count for name, count in lab.stats()['drops'].items()
            if name.startswith('tcp-') and name not in HARMLESS}


def check(lab, family):
    if lab.options.port_kind == 'lying':
        raise Skipped('a port that lies brings packets to the wrong worker, and so in another order')
    before = lost(lab)
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / 'clean.pcap'
        with lab.capture(file):
            clean_run(lab, family)
        # Queues of several workers overtake each other.
        require(lost(lab) == before or lab.options.workers > 1,
                f'Sluice dropped TCP segments: {before} before, {lost(lab)} after')
        packets = len(tshark('-r', file, '-T', 'fields', '-e', 'frame.number').split())
        faults = tshark('-r', file, *CHECKSUMS, '-Y', FAULTS)
        verdicts = tshark('-r', file, *CHECKSUMS, '-q', '-z', 'expert,warn')
    require(packets > 1000, f'only {packets} packets were captured')
    require(not faults, 'Wireshark blames:\n' + '\n'.join(faults.splitlines()[:20]) + verdicts)
    return f'{packets} packets'
