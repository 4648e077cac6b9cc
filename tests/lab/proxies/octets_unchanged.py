# SPDX-License-Identifier: BSD-3-Clause
"""The server gets the client's ClientHello octet for octet, and all that follows; and the client what the server sent.
Captured at both ends: of one segment and of many, with a second hello after a HelloRetryRequest, of TLS 1.3 and 1.2."""

import contextlib
import pathlib
import subprocess
import tempfile

import proxying
from parts import plan
from testbed import require

HANDSHAKE = 0x16
SEGMENTS = 3  # that a hello with LONG_LIST takes at least
LONG_LIST = ','.join(f'protocol-{number:03}' for number in range(400))
HELLOS = {
    'one segment': (),
    'many segments': ('-alpn', LONG_LIST + ',http/1.1'),
    'a second hello': ('-groups', 'P-521:X25519'),
    'TLS 1.2': ('-tls1_2',),
}
RETRY = bytes.fromhex('cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c')  # RFC 8446 section 4.1.3


def streams(file):
    """What the client and what the server of a connection said, as Wireshark puts the segments together."""
    text = subprocess.run(['tshark', '-r', file, '-q', '-z', 'follow,tcp,raw,0'], capture_output=True, text=True,
                          check=True).stdout
    said = {'client': b'', 'server': b''}
    for line in text.splitlines():
        octets = line.strip()
        if octets and all(character in '0123456789abcdef' for character in octets):
            said['server' if line.startswith('\t') else 'client'] += bytes.fromhex(octets)
    return said


def captured(lab, command, port):
    """Both ends' view of a connection that fetches a page."""
    with tempfile.TemporaryDirectory() as folder:
        files = {side: pathlib.Path(folder) / f'{side.name}.pcap' for side in plan.SIDES}
        with contextlib.ExitStack() as stack:
            stack.enter_context(lab.capture(files[plan.CLIENT], f'tcp port {port}'))
            stack.enter_context(lab.capture(files[plan.SERVER], 'tcp port 443', side=plan.SERVER))
            status, _, words = proxying.receive(lab, command, proxying.request_for('1k'))
            require(status == 0, words)
        return [streams(files[side]) for side in plan.SIDES]


def check(lab, family):
    figures = []
    for name, options in HELLOS.items():
        command = proxying.s_client(family, proxying.TRANSPARENT, proxying.ALLOWED)
        near, far = captured(lab, [*command, '-quiet', *options], 443)
        require(near['client'][:1] == bytes([HANDSHAKE]) and len(near['server']) > 1024, f'{name}: {near}')
        for who in near:
            require(near[who] == far[who], f'{name}: what the {who} said comes out differently:\n'
                    f'{near[who].hex()}\n{far[who].hex()}')
        require((RETRY in far['server']) == (name == 'a second hello'), f'{name}: a HelloRetryRequest, or none')
        figures.append(f'{name}: {len(far["client"])} and {len(far["server"])} octets')

        command = proxying.s_client(family, proxying.EXPLICIT, proxying.ALLOWED)
        near, far = captured(lab, [*command, '-quiet', *options], proxying.PROXY_PORT)
        for who in near:
            tunnelled = near[who].partition(b'\r\n\r\n')[2]
            require(tunnelled == far[who] and far[who],
                    f'{name}, in a tunnel: what the {who} said comes out differently')
    return ', '.join(figures)
