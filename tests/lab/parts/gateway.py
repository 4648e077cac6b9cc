# SPDX-License-Identifier: BSD-3-Clause
"""Sluice itself, what bridges its ports to the namespaces, and the bad wire."""

import contextlib
import json
import os
import pathlib
import signal
import subprocess
import time

from . import network, plan, policy, processes

MEGABYTES = 256  # of sluiced with as many mbufs as plan.Options has
MBUF_OCTETS = 2560  # of each mbuf beyond those
BRIDGE_MEGABYTES = 192  # of testpmd
HUGEPAGE_COUNT = pathlib.Path('/proc/sys/vm/nr_hugepages')
HUGEPAGES_KEPT = plan.RUN / 'hugepages'  # "before now"


def megabytes(options):
    """What sluiced takes for itself."""
    return MEGABYTES + -(-max(options.mbufs - plan.Options.mbufs, 0) * MBUF_OCTETS >> 20)


def vhost_socket(side):
    return plan.RUN / f'{side.name}.vhost'


def device(options, side):
    """The DPDK device arguments of a port."""
    number = side.number - 1
    arguments = {
        'tap': f'net_tap{number},iface={network.tap_name(options, side)}',
        # Of one queue the driver lets nobody set the address later.
        'virtio-user': f'net_virtio_user{number},path={vhost_socket(side)},queues={options.workers},queue_size=1024,'
                       f'mac={side.gateway_mac}',
        # One queue, however many workers: of a veth the driver believes no more.
        'af_xdp': f'net_af_xdp{number},iface={side.port_end},start_queue=0,queue_count=1',
        'af_packet': f'net_af_packet{number},iface={side.port_end},qpairs={options.workers}',
    }[options.ports]
    return arguments if options.port_kind == 'plain' else f'{options.port_kind}:{arguments}'


def port(options, side):
    return {'name': side.name, 'device': device(options, side), 'mac': side.gateway_mac, 'mtu': 1500,
            'addresses': [f'{side.gateway[family]}/{plan.PREFIX_LENGTH[family]}' for family in options.families]}


def configuration(options):
    last_core = max(os.sched_getaffinity(0))
    cores = [last_core] if options.workers == 1 else list(range(options.workers))
    return {
        'memory': {'megabytes': megabytes(options), 'mbufs': options.mbufs, 'hugepages': True, 'single_file_segments': True,
                   'file_prefix': plan.HUGEPAGE_PREFIX},
        'main_core': 0,
        'workers': {'cores': cores, 'idle': 'adaptive'},
        'ports': [port(options, side) for side in plan.SIDES],
        'routes': [{'to': plan.BEHIND_CLIENT[family], 'via': plan.CLIENT.host[family], 'port': plan.CLIENT.name}
                   for family in options.families],
        'forwarding': True,
        'limits': {'icmp_per_second': 100000},  # so that a flood of pings is answered
        # Milliseconds: that all is given back can be seen soon after. Keepalives find the peers whose RST a full queue of
        # the kernel's lost.
        'tcp': {'time_wait': 2000, 'keepalive_idle': 5000, 'keepalive_interval': 1000, 'keepalive_count': 6},
        'log': {'level': 'info'},
        'control': {'socket': str(plan.CONTROL_SOCKET)},
        **(policy.configuration(options) if options.service == 'proxy' else {'test_service': plan.TEST_SERVICE}),
    }


def ask(options, question):
    """What sluiced answers on its control socket."""
    return network.run(options.sluiced, '--ask', plan.CONTROL_SOCKET, question, timeout=10)


def totals(options):
    """The line "total" of sluiced's statistics, of all workers."""
    for line in ask(options, 'stats').splitlines():
        entry = json.loads(line)
        if entry['kind'] == 'total':
            if entry['workers_missing'] != 0:
                raise plan.LabError('sluiced tells totals that lack a worker')
            return entry
    raise plan.LabError('sluiced tells no totals')


def answers(options):
    """Whether sluiced answers, and all its workers run."""
    with contextlib.suppress(plan.LabError, subprocess.TimeoutExpired):
        totals(options)
        return True
    return False


def start_bridge(options):
    """In virtio-user mode a testpmd of Debian stands for the network card: what Sluice sends comes out of a TAP."""
    devices = []
    for side in plan.SIDES:
        number = side.number - 1
        devices += ['--vdev', f'net_vhost{number},iface={vhost_socket(side)},queues={options.workers}',
                    '--vdev', f'net_tap{number},iface={network.tap_name(options, side)}']
    every_core = f'0-{os.cpu_count() - 1}'
    # By lines, or its log would tell too late how far it is.
    processes.start('bridge', [
        'stdbuf', '-oL', 'dpdk-testpmd', '--lcores', f'0@({every_core}),1@({every_core})', '--no-pci', '--no-telemetry',
        '--single-file-segments', '-m', BRIDGE_MEGABYTES, '--file-prefix', plan.HUGEPAGE_PREFIX + '-bridge', *devices,
        '--', '--forward-mode=io', '--port-topology=paired', '--nb-cores=1', '--no-mlockall', '--no-flush-rx',
        '--disable-link-check',
        f'--rxq={options.workers}', f'--txq={options.workers}', '--total-num-mbufs=16384',
    ], plan.GATEWAY_NAMESPACE, keep_input_open=True)
    # Forwarding begins after the TAPs are there; it must have begun before they are moved.
    processes.wait_until(lambda: 'Press enter to exit' in processes.log_of('bridge').read_text(errors='replace'),
                         'bridge', 'the bridge must forward')


def start_sluiced(options):
    plan.CONFIG_FILE.write_text(json.dumps(configuration(options), indent=2) + '\n')
    processes.start('sluiced', [options.sluiced, '--config', plan.CONFIG_FILE], plan.GATEWAY_NAMESPACE)
    processes.wait_until(lambda: answers(options), 'sluiced', 'Sluice must answer on its control socket', 30)


def start_again(options):
    """Start Sluice after it ended. TAPs of its own went with it, and with them what the hosts knew of their networks."""
    if options.ports == 'tap':
        processes.stop('wire')
    start_sluiced(options)
    if options.ports == 'tap':
        network.place_taps(options)
        start_wire(options)
        network.set_addresses(options)


def start_wire(options):
    for side in plan.SIDES:
        if not options.wired(side):
            continue
        plan.WIRE_FILE.write_text(options.wire + '\n')
        processes.start('wire', [options.bad_wire, '--wire-file', plan.WIRE_FILE, '--counters', plan.WIRE_COUNTERS,
                                 *network.wire_ends(options, side)], plan.GATEWAY_NAMESPACE)
        processes.wait_until(lambda: 'joined' in processes.log_of('wire').read_text(), 'wire', 'the wire must join')


def _wire_pid():
    pid = processes.pid_of('wire')
    if pid is None:
        raise plan.LabError('no wire runs; start the lab with --wire SPEC (an empty SPEC is a perfect wire)')
    return pid


def change_wire(specification):
    pid = _wire_pid()
    before = processes.log_of('wire').stat().st_size
    plan.WIRE_FILE.write_text(specification + '\n')
    os.kill(pid, signal.SIGHUP)

    def answer():
        with open(processes.log_of('wire')) as log:
            log.seek(before)
            return log.readline()
    processes.wait_until(answer, 'wire', 'the wire must read its specification')
    if 'now' not in answer():
        raise plan.LabError(answer().strip())


def wire_counters():
    pid = _wire_pid()
    plan.WIRE_COUNTERS.unlink(missing_ok=True)
    os.kill(pid, signal.SIGUSR1)
    processes.wait_until(plan.WIRE_COUNTERS.exists, 'wire', 'the wire must write its counters')
    return json.loads(plan.WIRE_COUNTERS.read_text())


def reserve_hugepages(options):
    """Raise the number of hugepages so far that the lab finds enough free ones."""
    needed = megabytes(options) + (BRIDGE_MEGABYTES if options.ports == 'virtio-user' else 0)
    needed += policy.region_megabytes(options) if options.service == 'proxy' else 0
    memory = {}
    for line in pathlib.Path('/proc/meminfo').read_text().splitlines():
        name, value = line.split(':')
        memory[name] = int(value.split()[0])
    wanted = -(-needed * 1024 // memory['Hugepagesize'])
    missing = wanted - (memory['HugePages_Free'] - memory['HugePages_Rsvd'])
    if missing > 0:
        before = memory['HugePages_Total']
        HUGEPAGES_KEPT.write_text(f'{before} {before + missing}\n')
        HUGEPAGE_COUNT.write_text(str(before + missing))
        now = int(HUGEPAGE_COUNT.read_text())
        if now < before + missing:
            raise plan.LabError(f'{missing} more hugepages are needed, the kernel found {now - before}')
    if not any(line.split()[1:3] == [str(plan.HUGEPAGES), 'hugetlbfs']
               for line in pathlib.Path('/proc/mounts').read_text().splitlines()):
        plan.HUGEPAGES.mkdir(exist_ok=True)
        network.run('mount', '-t', 'hugetlbfs', 'hugetlbfs', plan.HUGEPAGES)
        print(f'hugetlbfs is now mounted at {plan.HUGEPAGES}, and stays so')


def release_hugepages():
    if plan.HUGEPAGES.is_dir():
        for file in plan.HUGEPAGES.glob(f'{plan.HUGEPAGE_PREFIX}*map_*'):
            file.unlink()
    if not HUGEPAGES_KEPT.exists():
        return
    before, raised = map(int, HUGEPAGES_KEPT.read_text().split())
    if int(HUGEPAGE_COUNT.read_text()) == raised:
        HUGEPAGE_COUNT.write_text(str(before))
    HUGEPAGES_KEPT.unlink()


def wait_for_path(options, seconds=20):
    """Until a ping passes through all of it in each family: neighbours are known and the lab is warm."""
    end = time.monotonic() + seconds
    for family in options.families:
        while True:
            command = ['ip', 'netns', 'exec', plan.CLIENT.namespace, 'ping', '-n', '-c', '1', '-W', '1',
                       plan.SERVER.host[family]]
            if subprocess.run(command, capture_output=True, check=False).returncode == 0:
                break
            if time.monotonic() > end:
                raise plan.LabError(f'no ping from {plan.CLIENT.host[family]} reaches {plan.SERVER.host[family]} '
                                    f'through Sluice within {seconds} s; logs are in {plan.LOGS}')
