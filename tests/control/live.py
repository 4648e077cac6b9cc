#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What the running sluiced answers at its control socket, sluicectl prints as a table or as it is; and what is no
whole answer, it refuses. sluiced is the test's own."""

import contextlib
import json
import os
import socket
import sys
import threading

from control import DONE, REFUSED, USAGE, Control

TOTAL = {'kind': 'total', 'workers': 2, 'workers_missing': 0, 'cycles_per_second': 3000000000, 'mbufs': 16384,
         'mbufs_in_use': 123, 'generation': 7, 'flow_log': {'lines': 5, 'dropped_ring': 0}, 'microseconds': 5000,
         'flows': {'open': 12, 'opening': 1, 'opened': 345, 'spliced': 300, 'ended': 333},
         'ends': {'closed-by-client': 290, 'denied-row': 43}, 'listeners': {'open': 3, 'refused': 0},
         'stack': {'tcp_segments_in': 123456}}
PORT = {'kind': 'port', 'port': 'lan', 'steering': 'checked', 'received_frames': 77, 'receive_missed': 0}
ROWS = [{'kind': 'row', 'generation': 7, 'row': 'web[3]', 'label': 'Bank', 'hits': 12},
        {'kind': 'row', 'generation': 7, 'row': 'web.any', 'hits': 3}]
END = {'kind': 'end', 'cut': False}
STATS = [TOTAL, {**TOTAL, 'kind': 'worker', 'worker': 0}, PORT, *ROWS, END]

SPLICED = {'kind': 'flow', 'ts': '2026-11-23T16:17:00.000000Z', 'event': 'open', 'flow': '00000000000000a1',
           'service': 'web', 'flow_type': 'E1', 'row': 'web[3]', 'generation': 7, 'action': 'allow',
           'reason': 'allowed', 'client': {'ip': '192.0.2.7', 'port': 50000, 'tls': {'sni': 'A.Test'}},
           'connect_host': 'a.test', 'host': 'a.test', 'server': {'ip': '2001:db8::5', 'port': 443},
           'bytes': {'c2s': 517, 's2c': 123456789}, 'ms': {'total': 3723000.5}, 'phase': 'spliced'}
OPENING = {'kind': 'flow', 'event': 'open', 'flow': '00000000000000a2', 'service': 'web', 'flow_type': 'T1',
           'client': {'ip': '2001:db8::7', 'port': 50001}, 'bytes': {'c2s': 0, 's2c': 0}, 'ms': {'total': 1234.567},
           'phase': 'opening'}


def total(**more):
    return {'kind': 'total', 'flows': 2, 'more': False, 'workers_missing': 0, **more}


class Gateway:
    """Answers one question after the other with what it was told to, and remembers them."""

    def __init__(self, path):
        self.path = str(path)
        self.asked = []
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.bind(self.path)
        self.listener.listen(4)

    @contextlib.contextmanager
    def answering(self, *lines):
        thread = threading.Thread(target=self.answer, args=(lines,))
        thread.start()
        yield
        thread.join(10)
        assert not thread.is_alive()

    def answer(self, lines):
        client, _ = self.listener.accept()
        with client, contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.asked.append(client.recv(4096).decode())
            for line in lines:
                client.send(line if isinstance(line, bytes) else
                            json.dumps(line, separators=(',', ':')).encode() + b'\n')


def run(*words, lines=(), status=DONE, error=''):
    with gateway.answering(*lines):
        return control.run(*words, '--socket', gateway.path, status=status, error=error)


with Control(sys.argv[1]) as control:
    gateway = Gateway(control.folder / 'control')

    # Sums first, then what is not zero, and nothing twice.
    text = run('stats', lines=STATS)
    lines = text.splitlines()
    assert lines[:4] == ['flows       12 open, 1 of them opening; 345 opened, 300 spliced, 333 ended',
                         'policy      generation 7', 'workers     2', 'buffers     123 of 16384 in use'], lines
    words = [line.split() for line in lines]
    assert ['ends.closed-by-client', '290'] in words and ['stack.tcp_segments_in', '123456'] in words, words
    assert ['received_frames', '77'] in words and ['port', 'lan'] in words, words
    assert ['web[3]', '12', '"Bank"'] in words and ['web.any', '3'] in words, words
    assert not any(word[0] in ('flows.open', 'generation', 'receive_missed', 'listeners.refused', 'kind')
                   for word in words if word), words
    assert text.count('tcp_segments_in') == 1
    assert gateway.asked == ['stats']
    assert 'still obeys' not in text
    behind = run('stats', lines=[TOTAL, {'kind': 'worker', 'worker': 0, 'generation': 7},
                                 {'kind': 'worker', 'worker': 1, 'generation': 6}, END])
    assert behind.endswith('\nworker 1 still obeys generation 6\n'), behind
    missing = run('stats', lines=[{**TOTAL, 'workers_missing': 1, 'generation': 0}, END])
    assert 'policy      none: no traffic is served\n' in missing and '2, 1 of which could not be read\n' in missing

    # As JSON, all of it, as it came.
    assert [json.loads(line) for line in run('stats', '--json', lines=STATS).splitlines()] == STATS

    text = run('flows', lines=[SPLICED, OPENING, total()])
    lines = text.splitlines()
    assert len(lines) == 4 and lines[3] == '2 flows', text
    assert lines[0].split() == ['flow', 'type', 'phase', 'age', 'to', 'server', 'to', 'client', 'generation', 'row',
                                'service', 'client', 'name', 'server']
    assert lines[1].split() == ['00000000000000a1', 'E1', 'spliced', '1h02m', '517', '123456789', '7', 'web[3]', 'web',
                                '192.0.2.7:50000', 'a.test', '[2001:db8::5]:443'], lines[1]
    assert lines[2].split() == ['00000000000000a2', 'T1', 'opening', '1.2s', '0', '0', '-', '-', 'web',
                                '[2001:db8::7]:50001', '-', '-'], lines[2]
    assert lines[1].index(' E1 ') == lines[2].index(' T1 ') and lines[1].index(' web ') == lines[2].index(' web ')
    assert gateway.asked[-1] == 'flows limit=1000'
    assert [json.loads(line) for line in run('flows', '--json', lines=[SPLICED, total()]).splitlines()] == \
        [SPLICED, total()]

    # Which, and how many.
    assert run('flows', '--service', 'web', '--limit', '2', lines=[SPLICED, OPENING, total(more=True)]).endswith(
        '2 flows; there are more: --limit says how many are listed\n')
    assert gateway.asked[-1] == 'flows limit=2 service=web'
    assert run('flows', lines=[total(flows=0)]) == '0 flows\n'
    asked = len(gateway.asked)
    for wrong in ('0', '-1', '1x', '1000000000'):
        control.run('flows', '--limit', wrong, status=USAGE,
                    error=f'--limit takes a number from 1 to 999999999, not "{wrong}"\n')
    for wrong in ('two words', 'x' * 64):
        control.run('flows', '--service', wrong, status=USAGE, error=f'no service can be called "{wrong}"')
    assert len(gateway.asked) == asked

    # Not all, or not right.
    run('flows', lines=[SPLICED, total(workers_missing=1)], status=REFUSED, error='1 workers did not answer')
    run('flows', lines=[SPLICED], status=REFUSED, error='has cut the answer off')
    run('stats', '--json', lines=[PORT], status=REFUSED, error='has cut the answer off')
    run('stats', lines=STATS[:-1], status=REFUSED, error='has cut the answer off')
    for words in (('stats',), ('stats', '--json')):
        run(*words, lines=[*STATS[:-1], {**END, 'cut': True}], status=REFUSED, error='another policy came meanwhile')
    run('stats', status=REFUSED, error='closed without an answer')
    run('stats', lines=[b'no line'], status=REFUSED, error='the answer is not in lines')
    run('stats', lines=[b'{"kind":"total"\n'], status=REFUSED, error='no object of JSON')
    run('flows', lines=[{'error': 'unknown request'}], status=REFUSED, error='sluiced says: unknown request')
    control.run('flows', '--socket', 'nowhere', status=REFUSED, error='nowhere: No such file or directory; is sluiced')
    control.run('stats', '--socket', 'x' * 200, status=REFUSED, error='longer than')
    os.unlink(gateway.path)
