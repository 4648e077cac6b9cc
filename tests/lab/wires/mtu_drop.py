# SPDX-License-Identifier: BSD-3-Clause
"""When the MTU of the way drops in the middle of a transfer and a router says so, the transfer goes on in smaller
packets."""

from parts import gateway, network, plan
from testbed import require

ONCE = 'both ends remember the smaller MTU for ten minutes'
SMALLEST = {4: (1280, 576), 6: (1280,)}


def check(lab, family):
    refused = []
    for mtu in SMALLEST[family]:
        before = gateway.wire_counters()
        with lab.wire(f'rate=50mbit,delay=2ms,mtu={mtu}@500ms,icmp=on'):
            lab.traffic(family, 'echo', connections=2, octets=4 << 20, seconds=60)
        after = gateway.wire_counters()
        network.ip(plan.CLIENT.namespace, f'-{family}', 'route', 'flush', 'cache')
        for way in ('up', 'down'):
            count = after[way]['too_big'] - before[way]['too_big']
            require(0 < count < 2000, f'MTU {mtu}: {count} frames were too big {way}')
            refused.append(f'{mtu} {way}: {count}')
    return 'frames refused: ' + ', '.join(refused)
