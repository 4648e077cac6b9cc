#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The arrows between the folders, tried on the compiler.

For each folder, a probe is compiled with the very options that Meson compiles that folder with. A header of a folder
that it may include must be found, and compile alone; a header of any other must not be found. That the latter fails
for want of the include directory, and for nothing else, is shown by adding that directory: then it must be found.
"""

import json
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

# What each folder may include. docs/architecture.md draws it.
ALLOWED = {
    'config': [],
    'tls': [],
    'tcpstack': [],
    'dataplane': ['config', 'tls', 'tcpstack'],
    'control': ['config', 'tls'],
}

# Libraries whose headers the compiler would find, but that a folder has no business with.
STRANGERS = {
    'config': r'rte_|openssl/(ssl|tls1)',
    'tls': r'rte_|cjson/|sys/(socket|epoll)\.h|netinet/|arpa/',
    'tcpstack': r'cjson/|openssl/|pthread|threads\.h|time\.h|sys/(time|socket|random|epoll)\.h'
                r'|rte_(eal|ethdev|lcore|cycles|launch|ring|timer|hash|random)\b',
    'dataplane': r'cjson/',
    'control': r'rte_',
}

# The floor inside tcpstack: reading and writing headers knows no state, so none of these.
WIRE_KNOWS_NOT = r'tcpstack/(stack|tcp|udp|tcp_config)\.h'

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)


def compile_options(build, source, folder):
    """(directory, options) of the first C file of the folder: its command without input, output and dependencies."""
    for entry in json.loads((build / 'compile_commands.json').read_text()):
        path = pathlib.Path(entry['directory'], entry['file']).resolve()
        if path.suffix == '.c' and path.is_relative_to(source / folder):
            words = shlex.split(entry['command'])
            options, skip = [], False
            for word in words:
                if skip or word in ('-c', '-MD', entry['file']):
                    skip = False
                elif word in ('-o', '-MF', '-MQ'):
                    skip = True
                else:
                    options.append(word)
            return entry['directory'], options
    return None


def headers(source, folder):
    """Every header of the folder, as somebody outside would have to name it, public ones apart from private ones."""
    root, public = source / folder, source / folder / 'include'
    found = sorted(root.rglob('*.h'))
    return ([str(h.relative_to(public)) for h in found if h.is_relative_to(public)],
            [str(h.relative_to(root)) for h in found if not h.is_relative_to(public)])


def probe(options, header, scratch):
    """Compile a file that includes the header; what the compiler says, or None when all is well."""
    directory, command = options
    file = scratch / 'probe.c'
    file.write_text(f'#include <{header}>\nextern int probe;\n')
    done = subprocess.run([*command, '-fsyntax-only', '-fdiagnostics-color=never', str(file)],
                          cwd=directory, capture_output=True, text=True)
    return None if done.returncode == 0 else done.stderr


def check_folder(source, build, folder, scratch):
    faults, probes = [], 0
    options = compile_options(build, source, folder)
    if options is None:
        return [f'{folder}/ is there, but this build compiles no C file of it'], 0

    for lower in ALLOWED[folder]:
        for name in headers(source, lower)[0]:
            probes += 1
            error = probe(options, name, scratch)
            if error:
                faults.append(f'{folder}/ may include <{name}>, but cannot:\n{error}')

    for file in sorted(source.joinpath(folder).rglob('*.h')):
        probes += 1
        error = probe(options, str(file), scratch)
        if error:
            faults.append(f'{file.relative_to(source)} does not compile alone:\n{error}')

    own = sum(headers(source, folder), [])
    for upper in sorted(set(ALLOWED) - {folder} - set(ALLOWED[folder])):
        public, private = headers(source, upper)
        from_root = [f'{upper}/{name}' for name in private] + [f'{upper}/include/{name}' for name in public]
        for name in public + private + from_root:
            if name in own:
                continue
            probes += 1
            error = probe(options, name, scratch)
            if error is None:
                faults.append(f'{folder}/ can include <{name}> of {upper}/, which is none of its business')
            elif f'{name}: No such file' not in error and f"'{name}' file not found" not in error:
                faults.append(f'{folder}/ finds <{name}> of {upper}/, even though it does not compile:\n{error}')
            arrow = [f'-I{source / upper / "include"}', f'-I{source / upper}', f'-I{source}']
            error = probe((options[0], options[1] + arrow), name, scratch)
            if error and f'{name}: No such file' in error:
                faults.append(f'the probe itself is wrong: <{name}> is not found with its include directory:\n{error}')
    return faults, probes


def check_words(source, folder):
    """Headers of libraries that the folder must not know, by the text of its files."""
    faults = []
    for file in sorted(source.joinpath(folder).rglob('*.[ch]')):
        for name in INCLUDE.findall(file.read_text()):
            if re.match(STRANGERS[folder], name):
                faults.append(f'{file.relative_to(source)}: <{name}> is not for {folder}/')
            if file.is_relative_to(source / 'tcpstack' / 'wire') and re.match(WIRE_KNOWS_NOT, name):
                faults.append(f'{file.relative_to(source)}: <{name}> is not for tcpstack/wire/, which has no state')
    return faults


def main():
    source, build = (pathlib.Path(argument).resolve() for argument in sys.argv[1:3])
    faults, probes = [], 0
    with tempfile.TemporaryDirectory() as scratch:
        for folder in ALLOWED:
            if not list(source.joinpath(folder).rglob('*.c')):
                continue
            found, count = check_folder(source, build, folder, pathlib.Path(scratch))
            faults += found + check_words(source, folder)
            probes += count
    print('\n'.join(faults))
    print(f'{probes} probes compiled, {len(faults)} faults')
    if probes == 0:
        sys.exit(77)
    sys.exit(1 if faults else 0)


if __name__ == '__main__':
    main()
