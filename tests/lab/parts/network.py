# SPDX-License-Identifier: BSD-3-Clause
"""Namespaces, interfaces, addresses and routes."""

import contextlib
import ctypes
import os
import pathlib
import shutil
import subprocess

from . import plan

CLONE_NEWNET = 0x40000000
RESOLVERS = pathlib.Path('/etc/netns')  # `ip netns exec` puts files from here over those in /etc


def run(*arguments, **keywords):
    """Run a command that must succeed; returns what it prints."""
    result = subprocess.run([str(argument) for argument in arguments], capture_output=True, text=True, **keywords)
    if result.returncode != 0:
        raise plan.LabError(f'{" ".join(map(str, arguments))}: {result.stderr.strip() or result.stdout.strip()}')
    return result.stdout


def ip(namespace, *arguments):
    return run('ip', '-n', namespace, *arguments)


@contextlib.contextmanager
def inside(namespace):
    """Be in a network namespace: sockets that are made within belong to it, and stay there."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open('/proc/thread-self/ns/net') as home, open(f'/run/netns/{namespace}') as there:
        if libc.setns(there.fileno(), CLONE_NEWNET) != 0:
            raise plan.LabError(f'cannot enter {namespace}: {os.strerror(ctypes.get_errno())}')
        try:
            yield
        finally:
            libc.setns(home.fileno(), CLONE_NEWNET)


def set_sysctl(namespace, name, value):
    with inside(namespace):
        path = pathlib.Path('/proc/sys/net') / name
        if path.exists():
            path.write_text(str(value))


def namespaces():
    return [side.namespace for side in plan.SIDES] + [plan.GATEWAY_NAMESPACE]


def exists(namespace):
    return pathlib.Path(f'/run/netns/{namespace}').exists()


def choose_congestion_control(namespace):
    """CUBIC, or Reno where namespaces may not have it. BBR was seen to fall to 2 kbit/s for minutes after losses."""
    try:
        set_sysctl(namespace, 'ipv4/tcp_congestion_control', 'cubic')
    except PermissionError:
        set_sysctl(namespace, 'ipv4/tcp_congestion_control', 'reno')


def make_namespaces():
    for namespace in namespaces():
        run('ip', 'netns', 'add', namespace)
        set_sysctl(namespace, 'ipv6/conf/all/accept_ra', 0)
        set_sysctl(namespace, 'ipv6/conf/default/accept_ra', 0)
        set_sysctl(namespace, 'ipv4/conf/all/rp_filter', 0)
        set_sysctl(namespace, 'ipv4/conf/default/rp_filter', 0)
        choose_congestion_control(namespace)
        ip(namespace, 'link', 'set', 'lo', 'up')
    # The gateway's kernel only carries frames: it must not answer, ask or announce anything.
    set_sysctl(plan.GATEWAY_NAMESPACE, 'ipv6/conf/all/disable_ipv6', 1)
    set_sysctl(plan.GATEWAY_NAMESPACE, 'ipv6/conf/default/disable_ipv6', 1)


def remove_namespaces():
    for namespace in namespaces():
        if exists(namespace):
            run('ip', 'netns', 'delete', namespace)
        shutil.rmtree(RESOLVERS / namespace, ignore_errors=True)
    with contextlib.suppress(OSError):
        RESOLVERS.rmdir()


def make_veth(namespace, name, peer_namespace, peer):
    """A pair of virtual Ethernet interfaces, up, that put whole frames with finished checksums on their cable."""
    ends = ((namespace, name), (peer_namespace, peer))
    run('ip', 'link', 'add', name, 'netns', namespace, 'type', 'veth', 'peer', 'name', peer, 'netns', peer_namespace)
    for where, end in ends:
        run('nsenter', f'--net=/run/netns/{where}', 'ethtool', '-K', end, 'tx', 'off', 'gso', 'off', 'tso', 'off',
            'gro', 'off')
    for where, end in ends:
        if where == plan.GATEWAY_NAMESPACE:
            ip(where, 'link', 'set', end, 'up', 'arp', 'off')


def make_cables(options):
    """The interfaces that are there before Sluice starts."""
    for side in plan.SIDES:
        near = side.port_end
        if options.wired(side):
            if options.veth_ports:
                make_veth(plan.GATEWAY_NAMESPACE, side.port_end, plan.GATEWAY_NAMESPACE, side.link_end)
            near = side.wire_end
        elif not options.veth_ports:
            continue
        make_veth(plan.GATEWAY_NAMESPACE, near, side.namespace, side.name)


def place_taps(options):
    """The TAPs appear in the gateway's namespace; those that are a host's own interface move to the host."""
    for side in plan.SIDES:
        if options.veth_ports:
            continue
        if options.wired(side):
            ip(plan.GATEWAY_NAMESPACE, 'link', 'set', tap_name(options, side), 'up', 'arp', 'off')
        else:
            ip(plan.GATEWAY_NAMESPACE, 'link', 'set', side.name, 'netns', side.namespace)


def tap_name(options, side):
    return side.port_end if options.wired(side) else side.name


def wire_ends(options, side):
    """What the wire joins: the host's end and Sluice's."""
    return side.wire_end, side.link_end if options.veth_ports else tap_name(options, side)


def set_addresses(options):
    for side in plan.SIDES:
        # A TAP comes with the address that Sluice itself uses.
        ip(side.namespace, 'link', 'set', side.name, 'address', side.host_mac)
        ip(side.namespace, 'link', 'set', side.name, 'up')
        for family in options.families:
            # A duplicate cannot be: let the address be used at once.
            flags = ('nodad',) if family == 6 else ()
            ip(side.namespace, 'address', 'replace', f'{side.host[family]}/{plan.PREFIX_LENGTH[family]}', 'dev', side.name,
               *flags)
            ip(side.namespace, f'-{family}', 'route', 'replace', 'default', 'via', side.gateway[family])


def set_resolver(options):
    """Names are asked of the server's DNS by whatever `lab exec` starts on either side."""
    for side in plan.SIDES:
        folder = RESOLVERS / side.namespace
        folder.mkdir(parents=True, exist_ok=True)
        lines = [f'nameserver {plan.SERVER.host[family]}\n' for family in options.families]
        (folder / 'resolv.conf').write_text(''.join(lines))
