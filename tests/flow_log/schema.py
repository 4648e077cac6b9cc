#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The lines that SAMPLES prints are what SCHEMA says, and SCHEMA is strict: it describes all that it names, everything
that it names is met in some line, and a line with a member too many, too few or of another type is refused.

usage: schema.py SAMPLES SCHEMA
"""

import copy
import json
import subprocess
import sys

SKIP = 77

try:
    import jsonschema
except ImportError:
    print('needs jsonschema: apt-get install python3-jsonschema')
    sys.exit(SKIP)


def objects(schema, path=''):
    """Each object that the schema describes, with its path."""
    if schema.get('type') == 'object':
        yield path, schema
        for name, inner in schema['properties'].items():
            yield from objects(inner, f'{path}.{name}')


def members(value, path=''):
    """Each member of a line, by its path, and each word in it."""
    for name, inner in value.items():
        yield f'{path}.{name}', inner
        if isinstance(inner, dict):
            yield from members(inner, f'{path}.{name}')


def variants(line):
    """The line with one fault each: a member that is unknown, missing, or of another type, in each object."""
    places = [()] + [tuple(path[1:].split('.')) for path, value in members(line) if isinstance(value, dict)]
    for place in places:
        def changed(change):
            copied = copy.deepcopy(line)
            inner = copied
            for step in place:
                inner = inner[step]
            change(inner)
            return copied

        inner = line
        for step in place:
            inner = inner[step]
        yield 'unknown', '.'.join(place), changed(lambda value: value.update(unknown=1))
        for name, value in inner.items():
            wrong = 'x\u20ac' if not isinstance(value, str) else 7
            yield 'type', '.'.join(place + (name,)), changed(lambda inside: inside.update({name: wrong}))


def without(line, required):
    for name in required:
        yield {key: value for key, value in line.items() if key != name}


def check_strict(schema):
    for kind in ('flow', 'dropped'):
        for path, inner in objects(schema['$defs'][kind]):
            assert inner['additionalProperties'] is False, f'{kind}{path} takes unknown members'
            for name, member in inner['properties'].items():
                assert member.get('description'), f'{kind}{path}.{name} is not described'


def check_met(schema, lines):
    for kind in ('flow', 'dropped'):
        mine = [line for line in lines if ('dropped' in line) == (kind == 'dropped')]
        met = {}
        for line in mine:
            for path, value in members(line):
                met.setdefault(path, set()).add(json.dumps(value))
        for path, inner in objects(schema['$defs'][kind]):
            for name, member in inner['properties'].items():
                values = met.get(f'{path}.{name}')
                assert values, f'no line has {kind}{path}.{name}'
                for word in member.get('enum', []):
                    assert json.dumps(word) in values, f'no line has {kind}{path}.{name} = {word}'


def main():
    samples, path = sys.argv[1:]
    output = subprocess.run([samples], stdout=subprocess.PIPE, check=True).stdout
    with open(path) as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)

    texts = output.decode('ascii').splitlines()
    assert output.count(b'\n') == len(texts) > 1000, 'a line is not whole, or too few'
    lines = [json.loads(text) for text in texts]
    for text, line in zip(texts, lines):
        for error in validator.iter_errors(line):
            raise AssertionError(f'{text}\n{error.message}')
    check_strict(schema)
    check_met(schema, lines)

    refused = 0
    for line in lines[:8] + lines[-1:]:
        for fault, where, variant in variants(line):
            assert not validator.is_valid(variant), f'{fault} member {where} is accepted: {json.dumps(variant)}'
            refused += 1
        kind = 'dropped' if 'dropped' in line else 'flow'
        required = schema['$defs'][kind]['required'] + (['bytes', 'close'] if line['event'] == 'end' else [])
        for variant in without(line, required):
            assert not validator.is_valid(variant), f'a line is accepted without one of {required}'
            refused += 1
    print(f'{len(lines)} lines are as the schema says; {refused} with a fault are refused')


main()
