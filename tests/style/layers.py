#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The arrows between the folders, tried on the compiler.

For each folder, probes are compiled with the very options that Meson compiles that folder with. A header of a folder
that it may include must be found, and compile alone; a header of any other must not be found. That the latter is for
want of the include directory, and for nothing else, is shown by adding that directory: then it must be found.
"""

import concurrent.futures
import json
import os
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


def compiler(options, text, scratch, *more):
    """Whether the compiler takes a file of that text, and what it says."""
    directory, command = options
    with tempfile.NamedTemporaryFile('w', suffix='.c', dir=scratch) as file:
        file.write(text + '\nextern int probe;\n')
        file.flush()
        done = subprocess.run([*command, *more, '-fsyntax-only', '-fdiagnostics-color=never', file.name],
                              cwd=directory, capture_output=True, text=True)
    return done.returncode == 0, done.stderr


def faulty(options, names, scratch):
    """{header: what the compiler says} of those that cannot be included by a file that includes nothing else."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = pool.map(lambda name: compiler(options, f'#include <{name}>', scratch), names)
    return {name: error for name, (taken, error) in zip(names, results) if not taken}


def found(options, names, scratch, *more):
    """Those of the headers that the compiler finds."""
    text = '\n'.join(f'#if __has_include(<{name}>)\n#pragma message("found <{name}>")\n#endif' for name in names)
    taken, words = compiler(options, text, scratch, *more, '-Wno-error')
    if not taken:
        sys.exit(f'the probe itself does not compile:\n{words}')
    return set(re.findall('found <([^>]+)>', words))


def check_folder(source, build, folder, scratch):
    options = compile_options(build, source, folder)
    if options is None:
        return [f'{folder}/ is there, but this build compiles no C file of it'], 0

    lower = [name for other in ALLOWED[folder] for name in headers(source, other)[0]]
    faults = [f'{folder}/ may include <{name}>, but cannot:\n{error}'
              for name, error in faulty(options, lower, scratch).items()]
    files = [str(file) for file in sorted(source.joinpath(folder).rglob('*.h'))]
    faults += [f'{pathlib.Path(name).relative_to(source)} does not compile alone:\n{error}'
               for name, error in faulty(options, files, scratch).items()]

    own = sum(headers(source, folder), [])
    foreign, arrows = {}, [f'-I{source}']
    for upper in sorted(set(ALLOWED) - {folder} - set(ALLOWED[folder])):
        public, private = headers(source, upper)
        from_root = [f'{upper}/{name}' for name in private] + [f'{upper}/include/{name}' for name in public]
        foreign |= {name: upper for name in public + private + from_root if name not in own}
        arrows += [f'-I{source / upper / "include"}', f'-I{source / upper}']
    faults += [f'{folder}/ can include <{name}> of {foreign[name]}/, which is none of its business'
               for name in sorted(found(options, foreign, scratch))]
    faults += [f'the probe itself is wrong: <{name}> is not found with its include directory'
               for name in sorted(set(foreign) - found(options, foreign, scratch, *arrows))]
    return faults, len(lower) + len(files) + 2 * len(foreign)


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
    faults, tried = [], 0
    with tempfile.TemporaryDirectory() as scratch:
        for folder in ALLOWED:
            if not list(source.joinpath(folder).rglob('*.c')):
                continue
            found, count = check_folder(source, build, folder, pathlib.Path(scratch))
            faults += found + check_words(source, folder)
            tried += count
    print('\n'.join(faults))
    print(f'{tried} headers tried, {len(faults)} faults')
    if tried == 0:
        sys.exit(77)
    sys.exit(1 if faults else 0)


if __name__ == '__main__':
    main()
