#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What `sni` says of a hello is what a reader of the test's own finds in it; the others it refuses by their faults.

usage: sni.py SLUICECTL CORPUS
"""

import json
import pathlib
import struct
import subprocess
import sys

from control import DONE, REFUSED, Control

VERSIONS = {0x0300: 'SSLv3', 0x0301: 'TLSv1', 0x0302: 'TLSv1.1', 0x0303: 'TLSv1.2', 0x0304: 'TLSv1.3'}
GROUPS = {0x0017: 'secp256r1', 0x0018: 'secp384r1', 0x0019: 'secp521r1', 0x001d: 'x25519', 0x001e: 'x448',
          0x0100: 'ffdhe2048', 0x0101: 'ffdhe3072', 0x0102: 'ffdhe4096', 0x11ec: 'X25519MLKEM768'}
SERVER_NAME, SUPPORTED_GROUPS, SIGNATURES, ALPN = 0, 10, 13, 16
PRE_SHARED_KEY, EARLY_DATA, SUPPORTED_VERSIONS, KEY_SHARE = 41, 42, 43, 51
ECH, ESNI = 0xfe0d, 0xffce

# What is no hello that may be read.
REFUSED_BY = {
    'after-retry': ('malformed', 'record-type', 10),
    'after-retry-early-data': ('malformed', 'record-type', 10),
    'empty-record': ('malformed', 'record-empty', 10),
    'extension-twice': ('malformed', 'extension-twice', 47),
    'retry-refused': ('malformed', 'record-type', 10),
    'too-long': ('malformed', 'message-too-long', 47),
    'http': ('not-tls', 'http', None),
    'http-connect': ('not-tls', 'http', None),
    'http2': ('not-tls', 'http', None),
    'ssh': ('not-tls', 'ssh', None),
    'ssl2': ('not-tls', 'ssl2', None),
}


class Reader:
    def __init__(self, octets):
        self.octets = octets

    def take(self, count):
        assert len(self.octets) >= count
        taken, self.octets = self.octets[:count], self.octets[count:]
        return taken

    def number(self, count):
        return int.from_bytes(self.take(count), 'big')

    def vector(self, count):
        return Reader(self.take(self.number(count)))

    def numbers(self):
        return [number for number, in struct.iter_unpack('>H', self.octets)]


def message(stream):
    """The first handshake message, and how many octets of the stream its records have."""
    reader, content = Reader(stream), b''
    while len(content) < 4 or len(content) < 4 + int.from_bytes(content[1:4], 'big'):
        assert reader.number(1) == 22
        reader.take(2)
        content += reader.vector(2).octets
    return content[4:], len(stream) - len(reader.octets)


def is_grease(value):
    return value & 0x0f0f == 0x0a0a and value >> 8 == value & 0xff


def names(values, table):
    return [table.get(value, f'0x{value:04x}') for value in values if not is_grease(value)]


def read_name(content):
    """kind and first name of the server_name extension."""
    found = []
    names = Reader(content).vector(2) if content else Reader(b'')
    while names.octets:
        found.append((names.number(1), names.vector(2).octets))
    hosts = [name for kind, name in found if kind == 0]
    first = hosts[0].decode('latin-1') if hosts else ''
    if len(hosts) < len(found):
        return 'type', first
    if not hosts or '' == first:
        return 'empty', first
    if len(hosts) > 1:
        return 'two', first
    return ('nul' if '\0' in first else 'one'), first


def read_extensions(block):
    found = {}
    while block.octets:
        kind = block.number(2)
        assert kind not in found
        found[kind] = block.vector(2).octets
    return found


def read_shares(content):
    shares, listed = [], Reader(content).vector(2)
    while listed.octets:
        group, key = listed.number(2), listed.vector(2).octets
        if not is_grease(group):
            shares.append({'group': GROUPS.get(group, f'0x{group:04x}'), 'length': len(key)})
    return shares


def read_protocols(content):
    protocols, listed = [], Reader(content).vector(2)
    while listed.octets:
        protocol = listed.vector(1).octets
        if len(protocol) != 2 or not is_grease(int.from_bytes(protocol, 'big')):
            protocols.append(protocol.decode('latin-1'))
    return protocols


def count_keys(content):
    count, listed = 0, Reader(content).vector(2)
    while listed.octets:
        listed.vector(2)
        listed.take(4)
        count += 1
    return count


def read_hello(stream):
    """All that the program should say, but for cipher suites, which it names."""
    body, octets = message(stream)
    reader = Reader(body)
    legacy = reader.number(2)
    reader.take(32)
    session = reader.vector(1).octets
    suites = reader.vector(2).numbers()
    reader.vector(1)
    extensions = read_extensions(reader.vector(2)) if reader.octets else {}

    def get(kind, read, otherwise):
        return read(extensions[kind]) if kind in extensions else otherwise

    versions = get(SUPPORTED_VERSIONS, lambda content: Reader(content).vector(1).numbers(), [])
    groups = get(SUPPORTED_GROUPS, lambda content: Reader(content).vector(2).numbers(), [])
    signatures = get(SIGNATURES, lambda content: Reader(content).vector(2).numbers(), [])
    kind, name = get(SERVER_NAME, read_name, ('none', ''))
    sni = {'kind': kind, 'host': name.lower() if kind == 'one' else None}
    if name:
        sni['name'] = name
    return {
        'result': 'whole', 'octets': octets, 'record_version': VERSIONS[struct.unpack('>H', stream[1:3])[0]],
        'legacy_version': VERSIONS[legacy],
        'version': VERSIONS[max([version for version in versions if version >> 8 == 3] or [legacy])],
        'sni': sni, 'alpn': get(ALPN, read_protocols, []),
        'ech': get(ECH, lambda content: ('outer', 'inner')[content[0]], 'none'), 'esni': ESNI in extensions,
        'early_data': EARLY_DATA in extensions, 'pre_shared_keys': get(PRE_SHARED_KEY, count_keys, 0),
        'grease': any(map(is_grease, [*suites, *extensions, *versions, *groups, *signatures])),
        'session_id_length': len(session), 'extensions': len(extensions), 'versions': names(versions, VERSIONS),
        'groups': names(groups, GROUPS), 'key_shares': get(KEY_SHARE, read_shares, []),
        'signature_algorithms': names(signatures, {}),
    }, [suite for suite in suites if not is_grease(suite)]


def check_whole(answer, stream):
    expected, suites = read_hello(stream)
    named = answer.pop('cipher_suites')
    assert answer == expected, f'\n{answer}\n{expected}'
    assert len(named) == len(suites)
    for name, suite in zip(named, suites):
        assert name.startswith('TLS_') or name == f'0x{suite:04x}', (name, suite)
    if 0x1301 in suites:
        assert named[suites.index(0x1301)] == 'TLS_AES_128_GCM_SHA256'


with Control(sys.argv[1]) as control:
    corpus = sorted(pathlib.Path(sys.argv[2]).resolve().iterdir())
    assert set(REFUSED_BY) < {path.name for path in corpus}
    for path in corpus:
        stream = path.read_bytes()
        outcome = REFUSED_BY.get(path.name)
        answer = control.run('sni', str(path), status=REFUSED if outcome else DONE)
        assert answer.isascii() and answer.count('\n') == 1, path.name
        assert control.run('sni', '-', status=REFUSED if outcome else DONE, octets=stream) == answer
        answer = json.loads(answer)
        if outcome is None:
            check_whole(answer, stream)
            continue
        said = answer.get('fault', {}).get('name') or answer.get('protocol')
        assert (answer['result'], said, answer.get('fault', {}).get('alert')) == outcome, (path.name, answer)

    # What the corpus has not: a name that needs escapes, an alert, a file that ends too soon, and none.
    stream = (corpus[0].parent / 'openssl').read_bytes()
    odd = json.loads(control.run('sni', '-', octets=stream.replace(b'openssl.test', b'o"\\\n\xff\xe4x.test')))
    assert odd['sni'] == {'kind': 'one', 'name': 'o"\\\n\xff\xe4x.test', 'host': None}, odd['sni']
    large = json.loads(control.run('sni', '-', octets=stream.replace(b'openssl.test', b'OpenSSL.Test')))
    assert large['sni'] == {'kind': 'one', 'name': 'OpenSSL.Test', 'host': 'openssl.test'}, large['sni']
    assert json.loads(control.run('sni', '-', octets=stream[:100], status=REFUSED)) == \
        {'result': 'more', 'octets': 100, 'record_version': 'TLSv1'}
    assert json.loads(control.run('sni', '-', octets=b'', status=REFUSED)) == {'result': 'more', 'octets': 0}
    alert = json.loads(control.run('sni', '-', octets=b'\x15\3\1\0\2\1\0', status=REFUSED))
    assert alert['fault']['name'] == 'record-type', alert
    assert json.loads(control.run('sni', '-', octets=bytes(200000), status=REFUSED))['result'] == 'not-tls'
    twice = json.loads(control.run('sni', str(corpus[0].parent / 'extension-twice'), status=REFUSED))
    assert twice['fault']['extension'] == SERVER_NAME and twice['fault']['meaning'] == 'two extensions of one type'
    control.run('sni', 'absent', status=REFUSED, error='absent cannot be opened: No such file or directory')
    control.run('sni', '.', status=REFUSED, error='. cannot be read: Is a directory')

    # A pipe need not end: what is decided is told.
    process = control.start('sni', '/dev/stdin', stdin=subprocess.PIPE)
    process.stdin.write((corpus[0].parent / 'ssh').read_text())
    process.stdin.flush()
    assert json.loads(process.stdout.read())['protocol'] == 'ssh'
    process.communicate()
