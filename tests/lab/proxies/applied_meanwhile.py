# SPDX-License-Identifier: BSD-3-Clause
"""Policies are pushed again and again while many transfers go on: none is cut, and each new connection is decided by a
policy that was in force while it was made."""

import contextlib

import proxying
from testbed import require, wait_for

OCTETS = 1 << 20
SECONDS = 600


def transfers(lab, family, way, file, count, octets_per_second):
    """curl with so many transfers at once. A rate that all reach keeps them alive until the pushes are done."""
    command = proxying.curl(family, way, proxying.ALLOWED, f'{file.name}?[1-{count}]')
    return lab.start(*command, '--http1.1', '--no-progress-meter', '--parallel', '--parallel-immediate',
                     '--parallel-max', count, '--limit-rate', octets_per_second, '--max-time', SECONDS, '--fail',
                     '-o', '/dev/null', '-w', '%{size_download}\\n')


@contextlib.contextmanager
def ended(processes):
    try:
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.wait()


def push_and_connect(lab, family, way):
    """A push, and a connection as it happens; the latter's line must name a generation of that time."""
    before = proxying.published(lab)
    with proxying.FlowLog(proxying.ALSO_ALLOWED) as log:
        push = lab.start(*proxying.apply_command(lab))
        status, _, words = proxying.receive(lab, proxying.curl(family, way, proxying.ALSO_ALLOWED, '1k'))
        require(push.wait(30) == 0, 'the push fails')
        require(status == 0, f'{words} {proxying.failures(log)}')
        after = proxying.published(lab)
        flow, = log.ended(1)
    require(after == before + 1, f'generation {before} is followed by {after}')
    generations = {line['generation'] for line in flow}
    require(generations <= {before, after}, f'{before} or {after} was in force, and the line says {generations}')


def check(lab, family):
    pushes, processes, each, seconds = (100, 20, 50, 200) if lab.full else (10, 4, 10, 10)
    ways = (proxying.EXPLICIT, proxying.TRANSPARENT)
    at_rest = lab.in_use()['connections']

    def alive():
        return lab.in_use()['connections'] - at_rest
    log = proxying.FlowLog(proxying.ALLOWED)
    with proxying.served_file(OCTETS) as file, ended([]) as running:
        for number in range(processes):
            running.append(transfers(lab, family, ways[number % 2], file, each, OCTETS // seconds))
            wait_for(lambda: alive() >= 2 * each * len(running),
                     lambda: f'{each * len(running)} transfers begin: {alive()} connections, '
                     f'{proxying.failures(log)}', 60)
        for number in range(pushes):
            push_and_connect(lab, family, ways[number % 2])
        still = alive() // 2
        require(still >= processes * each // 2, f'{still} transfers are left after the pushes: too few to tell')
        for process in running:
            sizes, words = process.communicate(timeout=SECONDS)
            require(process.returncode == 0 and sizes.split() == [str(OCTETS)] * each,
                    f'status {process.returncode}: {sizes.split()} {words} {proxying.failures(log)}')
        log.ended(processes * each, 60)
        require(not proxying.failures(log), f'flows end by {proxying.failures(log)}')
    return f'{pushes} pushes during {processes * each} transfers, {still} of which outlived them all'
