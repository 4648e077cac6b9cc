# SPDX-License-Identifier: BSD-3-Clause
"""Chromium without a screen, in a home of its own that trusts the lab's CA."""

import contextlib
import pathlib
import tempfile

import proxying
from parts import network, plan

# What it would ask of its makers has no place in the lab; as root it has no sandbox.
QUIET = ('--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run',
         '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-extensions',
         '--disable-default-apps', '--disable-quic')


@contextlib.contextmanager
def home():
    with tempfile.TemporaryDirectory(prefix='sluice-chromium-', ignore_cleanup_errors=True) as folder:
        database = pathlib.Path(folder) / '.pki/nssdb'
        database.mkdir(parents=True)
        network.run('certutil', '-d', f'sql:{database}', '-N', '--empty-password')
        network.run('certutil', '-d', f'sql:{database}', '-A', '-t', 'C,,', '-n', 'lab', '-i', plan.CA_FILE)
        yield pathlib.Path(folder)


def chromium(folder, family, way, *arguments):
    """A command for an address of either way: by the proxy's, or as names would be resolved if there were one family."""
    if way == proxying.EXPLICIT:
        through = f'--proxy-server=http://{proxying.proxy_of(family)}'
    else:
        through = f'--host-resolver-rules=MAP *.test {proxying.bracketed(plan.SERVER.host[family])}'
    return ['env', f'HOME={folder}', f'XDG_RUNTIME_DIR={folder}', 'chromium', *QUIET,
            f'--user-data-dir={folder}/data', through, *arguments]
