# SPDX-License-Identifier: BSD-3-Clause
"""sluicectl with a region and a disk of its own, on a tmpfs.

    with Control(sys.argv[1]) as control:
        control.policy('a.json', any='allow')
        control.run('apply', 'a.json')

All lies in one folder, which is gone when the test ends, whatever happens. Programs run in it, so that what they say
of files is the same everywhere.
"""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

SKIP = 77
DONE, REFUSED, USAGE, NOT_TAKEN = range(4)
REGION_COMMANDS = ('apply', 'rollback', 'explain', 'status', 'history')


class Control:
    def __init__(self, program):
        self.program = str(pathlib.Path(program).resolve())
        self.folder = None
        self.tmpfs = True

    def __enter__(self):
        parent = pathlib.Path('/dev/shm')
        if not parent.is_dir():
            print('needs a tmpfs in /dev/shm')
            sys.exit(SKIP)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='sluice-control-', dir=parent))
        return self

    def __exit__(self, *error):
        shutil.rmtree(self.folder)

    def words(self, command, *words):
        """The whole command, with this region if it is one that takes it."""
        if command not in REGION_COMMANDS or '--help' in words:
            return [self.program, command, *words]
        place = ['--region', 'region', '--state', 'kept'] + (['--tmpfs'] if self.tmpfs else [])
        return [self.program, command, *place, *words]

    def start(self, *words, **more):
        return subprocess.Popen(self.words(*words), cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                text=True, **more)

    def run(self, *words, status=DONE, error='', octets=None):
        """Runs it, asserts its status and that `error` is among what it complains of; returns what it answers."""
        done = subprocess.run(self.words(*words), cwd=self.folder, capture_output=True, input=octets)
        answer, complaint = done.stdout.decode(), done.stderr.decode()
        assert done.returncode == status, f'{words} ended with {done.returncode}: {answer}{complaint}'
        assert error in complaint, f'{words} did not say "{error}" but: {complaint}'
        assert (complaint != '') == (error != ''), f'{words} complained: {complaint}'
        return answer

    def status(self):
        return json.loads(self.run('status', '--json'))

    def published(self):
        return self.status()['published']

    def write(self, name, text):
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return name

    def policy(self, name, rows=(), any='deny', **more):
        """Writes a policy with one service "web" and one filter "web", and returns its file's name."""
        return self.write(name, json.dumps({
            'services': [{'name': 'web', 'transparent': {'intercepts': [{}]}, 'filter': 'web'}],
            'filters': [{'name': 'web', 'rows': list(rows), 'any': {'action': any}}],
            **more}))

    def verdict(self, name):
        """What the published policy decides for a name: "allow" or "deny"."""
        return self.run('explain', name, '--service', 'web').split('service web: ')[1].split(',')[0]
