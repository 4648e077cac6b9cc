# SPDX-License-Identifier: BSD-3-Clause
"""After `kill -9` of sluiced the next one obeys the last policy, and no hugepage is lost; so too if the region was
emptied, as by a reboot: the image that is kept on disk is in force again."""

import json
import pathlib
import tempfile

import proxying
from parts import gateway, plan, policy, processes
from testbed import require, wait_for


def hugepage_octets():
    """Octets in all files on the lab's hugetlbfs."""
    return sum(path.stat().st_blocks * 512 for path in plan.HUGEPAGES.rglob('*') if path.is_file())


def opposite():
    """The lab's policy, but that it allows what that denies, and the other way round."""
    document = json.loads(plan.POLICY_FILE.read_text())
    for row in document['filters'][0]['rows']:
        row['action'] = {'allow': 'deny', 'deny': 'allow'}[row['action']]
    return document


def fetches(lab, family, name):
    """Whether a page of that name can be had in both ways."""
    statuses = [proxying.receive(lab, proxying.curl(family, way, name, '1k'), seconds=20)[0]
                for way in (proxying.EXPLICIT, proxying.TRANSPARENT)]
    require(statuses in ([0, 0], [56, 35]), f'{name}: the two ways differ, or fail: {statuses}')
    return statuses == [0, 0]


def come_back(lab):
    gateway.start_again(lab.options)
    gateway.wait_for_path(lab.options)

    def taken():
        status = policy.status(lab.options)
        return status['running'] and set(status['taken']) == {status['published']}
    wait_for(taken, 'each worker takes the policy')


def kill_amid(lab, family):
    """Kill it while it has transfers to do."""
    command = ['--limit-rate', '100k', '-o', '/dev/null', '--max-time', '20']
    transfers = [lab.start(*proxying.curl(family, way, proxying.DENIED, '1m'), *command)
                 for way in (proxying.EXPLICIT, proxying.TRANSPARENT)]
    wait_for(lambda: lab.in_use()['connections'] >= 4, 'both transfers are under way')
    processes.kill('sluiced')
    for transfer in transfers:
        transfer.kill()
        transfer.wait()


def check(lab, family):
    at_first = hugepage_octets()
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / 'policy.json'
        file.write_text(json.dumps(opposite()))
        proxying.apply(lab, file)
    try:
        generation = proxying.published(lab)
        kill_amid(lab, family)
        come_back(lab)
        require(proxying.published(lab) == generation, f'not generation {generation}: {policy.status(lab.options)}')
        require(not fetches(lab, family, proxying.ALLOWED) and fetches(lab, family, proxying.DENIED),
                'after the crash another policy is in force than before')
        require(hugepage_octets() == at_first, f'{at_first} octets of hugepages became {hugepage_octets()}')

        processes.kill('sluiced')
        for path in plan.REGION.iterdir():
            path.unlink()
        come_back(lab)
        require(not fetches(lab, family, proxying.ALLOWED) and fetches(lab, family, proxying.DENIED),
                'after the region was emptied another policy is in force than the one that was kept')
        require(hugepage_octets() == at_first, f'{at_first} octets of hugepages became {hugepage_octets()}')
    finally:
        if processes.pid_of('sluiced') is None:
            come_back(lab)
        proxying.apply(lab)
    require(fetches(lab, family, proxying.ALLOWED) and not fetches(lab, family, proxying.DENIED),
            'the first policy is in force again')
    return f'generation {generation}, {at_first >> 20} MB of hugepages'
