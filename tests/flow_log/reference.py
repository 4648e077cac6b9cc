#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Prints docs/reference/flow-log.md, made from SCHEMA.

usage: reference.py SCHEMA
"""

import json
import sys

INTRODUCTION = """# The flow log

`sluiced` writes a line of JSON (RFC 8259) for each decision on a flow and for each flow's end, to where `flow_log.path`
of [gateway.json](gateway.md) says. [Operations](../operations.md#the-flow-log) tells how it is rotated, and what happens
if its reader is slow. Fields keep their names and meanings; new ones may come. What is not known is left out: only those
marked `always` are in every line, or in every object of their kind.

A line has at most 4096 octets, all ASCII. What peers sent may be any octets: one that is no printable ASCII stands as
the character of its number (`\\u0000` to `\\u00ff`), so it can be turned back into what was sent. After 254 octets it is
cut (after 64 if the line would be too long else), and ends in the character U+2026 (`\\u2026`), which no octet gives.
Numbers of TLS that have no name here stand in hexadecimal, `0x7a7a`.

This page is made from [flow-log.schema.json](flow-log.schema.json), a JSON Schema that the lines are tested against.
"""


def kind_of(member, schema):
    if '$ref' in member:
        inner = schema['$defs'][member['$ref'].rsplit('/', 1)[1]]
        return inner.get('title', inner['type'])
    if 'enum' in member:
        return ', '.join(f'`{word}`' for word in member['enum'])
    if 'const' in member:
        return f'`{member["const"]}`'
    if member['type'] == 'array':
        return 'list of ' + kind_of(member['items'], schema)
    return member['type']


def print_members(inner, schema, path=''):
    for name, member in inner['properties'].items():
        always = 'yes' if name in inner.get('required', []) else ''
        print(f'| `{path}{name}` | {kind_of(member, schema)} | {always} | {member["description"]} |')
        if member.get('type') == 'object':
            print_members(member, schema, f'{path}{name}.')


def main():
    with open(sys.argv[1]) as file:
        schema = json.load(file)
    print(INTRODUCTION, end='')
    for kind in ('flow', 'dropped'):
        inner = schema['$defs'][kind]
        print(f'\n## {inner["title"]}\n')
        print('| field | value | always | meaning |\n|---|---|---|---|')
        print_members(inner, schema)


main()
