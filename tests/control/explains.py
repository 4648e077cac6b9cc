#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""explain tells verdict, row or default, filter, and why; the same of a file and of the live image."""

import json
import pathlib
import shutil
import sys

from control import REFUSED, USAGE, Control

# For the services proxy, relay and guests of docs/examples/policy.json.
ROW = 'the first row that matches'
NO_ROW = 'no row matches'
CASES = {
    'bank.example.test': ('allow, log, decryption exception|row 0 "bank" of filter work, a member of staff: ' + ROW,
                          'allow, log|the default "any" of filter lists: ' + NO_ROW,
                          'deny, log|the default "any" of filter guests: ' + NO_ROW),
    'Deep.ADS.example.test.': ('deny, no log|row 0 "advertisements" of filter lists, a member of staff: ' + ROW,
                               'deny, no log|row 0 "advertisements" of filter lists: ' + ROW,
                               'deny, log|the default "any" of filter guests: ' + NO_ROW),
    'build07.example.test': ('allow, no log|row 1 "builds" of filter work, a member of staff: ' + ROW,
                             'allow, log|the default "any" of filter lists: ' + NO_ROW,
                             'deny, log|the default "any" of filter guests: ' + NO_ROW),
    'news.example.test': ('allow, log|the default "any" of filter staff: ' + NO_ROW,
                          'allow, log|the default "any" of filter lists: ' + NO_ROW,
                          'allow, log|row 0 of filter guests: ' + ROW),
    'xbuild07.example.test': (
        'deny, log|the default "uncategorized" of filter staff: no row matches, and the name is in no category',
        'allow, log|the default "any" of filter lists: ' + NO_ROW,
        'deny, log|the default "any" of filter guests: ' + NO_ROW),
    '10.77.2.65': ('allow, log|row 2 "camera" of filter work, a member of staff: ' + ROW,
                   'allow, log|the default "any" of filter lists: no row matches the address',
                   'deny, log|the default "any" of filter guests: no row matches the address'),
    '[fd77::1]': ('allow, log|the default "any" of filter staff: no row matches the address',
                  'allow, log|the default "any" of filter lists: no row matches the address',
                  'deny, log|the default "any" of filter guests: no row matches the address'),
    '--no-name': ('deny, log|the default "no_fqdn" of filter staff: the flow tells no name',
                  'deny, log|the default "no_fqdn" of filter lists: the flow tells no name',
                  'deny, log|the default "no_fqdn" of filter guests: the flow tells no name'),
}


def expected(case):
    return ''.join(f'service {name}: {text[0]}\n  by {text[1]}\n'
                   for name, text in zip(('proxy', 'relay', 'guests'), (text.split('|') for text in case)))


with Control(sys.argv[1]) as control:
    shutil.copytree(pathlib.Path(sys.argv[2]), control.folder / 'examples')
    control.run('apply', 'examples/policy.json')
    for name, case in CASES.items():
        live = control.run('explain', name)
        assert live == 'generation 1\n' + expected(case), f'{name}:\n{live}'
        assert control.run('explain', name, '--file', 'examples/policy.json') == expected(case), name

    # One service, or none of that name.
    one = control.run('explain', 'news.example.test', '--service', 'guests')
    assert one == 'generation 1\nservice guests: allow, log\n  by row 0 of filter guests: ' + ROW + '\n', one
    control.run('explain', 'a.test', '--service', 'guest', status=REFUSED, error='the policy has no service "guest"')

    # Addresses of both families, where a row names both.
    control.policy('addresses.json', rows=[{'addresses': ['192.0.2.0/24', '2001:db8::/32'], 'action': 'allow'}])
    for address, verdict in {'192.0.2.255': 'allow', '192.0.3.0': 'deny', '2001:db8::1': 'allow',
                             '[2001:DB8:0:0:0:0:0:2]': 'allow', '2001:db9::': 'deny'}.items():
        answer = control.run('explain', address, '--file', 'addresses.json')
        assert answer.startswith(f'service web: {verdict}, log\n'), (address, answer)

    # What is no name is denied, whatever the policy says.
    for text, why in {'a..b': 'has nothing before, behind or between dots', 'b\u00fccher.test': 'xn--bcher-kva.test',
                      'a.test:443': 'has a colon', '*.a.test': 'is a pattern', 'a' * 64: 'more than 63 octets',
                      '127.1': 'ends in a number'}.items():
        answer = control.run('explain', text)
        assert answer.startswith('every service: deny, log\n  no name: it ') and why in answer, answer

    for wrong in ((), ('a.test', '--no-name')):
        control.run('explain', *wrong, status=USAGE, error='explain takes a name, an address, or --no-name')
    control.run('explain', 'a.test', '--file', 'absent.json', status=REFUSED, error='absent.json: ')
    broken = json.loads((control.folder / 'addresses.json').read_text()) | {'extra': 1}
    control.run('explain', 'a.test', '--file', control.write('broken.json', json.dumps(broken)),
                status=REFUSED, error='broken.json:1:')
