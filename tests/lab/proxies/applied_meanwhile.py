# SPDX-License-Identifier: BSD-3-Clause
"""Policies are pushed again and again while many transfers go on: none is cut, and each new connection is decided by a
policy that was in force while it was made."""

import proxying
from testbed import require, wait_for

PROCESSES = 4  # of curl, each with so many transfers at once
OCTETS = 1 << 20
SECONDS = 600


def transfer_commands(lab, family, file, each):
    """curl takes no more than 300 at once. A rate that all reach keeps them alive until the pushes are done."""
    for number in range(PROCESSES):
        way = proxying.EXPLICIT if number % 2 else proxying.TRANSPARENT
        command = proxying.curl(family, way, proxying.ALLOWED, f'{file.name}?[1-{each}]')
        yield [*command, '--http1.1', '--no-progress-meter', '--parallel', '--parallel-immediate', '--parallel-max', each,
               '--limit-rate', OCTETS // (120 if lab.full else 10), '--max-time', SECONDS, '--fail',
               '-o', '/dev/null', '-w', '%{size_download}\\n']


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
    pushes, each = (100, 250) if lab.full else (10, 10)
    count = PROCESSES * each
    with proxying.served_file(OCTETS) as file:
        at_rest = lab.in_use()['connections']
        log = proxying.FlowLog(proxying.ALLOWED)
        transfers = [lab.start(*command) for command in transfer_commands(lab, family, file, each)]
        try:
            wait_for(lambda: lab.in_use()['connections'] - at_rest >= 2 * count or
                     any(transfer.poll() is not None for transfer in transfers),
                     lambda: f'{count} transfers begin: {lab.in_use()}', 60)
            for number in range(pushes):
                push_and_connect(lab, family, (proxying.EXPLICIT, proxying.TRANSPARENT)[number % 2])
            alive = lab.in_use()['connections'] - at_rest
            require(alive >= count, f'the transfers ended too soon to tell: {alive} connections are left of {2 * count}')
            for transfer in transfers:
                sizes, words = transfer.communicate(timeout=SECONDS)
                require(transfer.returncode == 0 and sizes.split() == [str(OCTETS)] * each,
                        f'{transfer.returncode}: {sizes.split()} {words} {proxying.failures(log)}')
        finally:
            for transfer in transfers:
                transfer.kill()
                transfer.wait()
        ends = [flow[-1]['reason'] for flow in log.ended(count, 60)]
    wrong = [reason for reason in ends if reason not in ('closed-by-client', 'closed-by-server', 'reset-by-server')]
    require(not wrong, f'flows end by {wrong}')
    return f'{pushes} pushes during {count} transfers'
