# SPDX-License-Identifier: BSD-3-Clause
"""What the lab is made of: names, addresses and paths. Plain data; nothing here touches the machine."""

import dataclasses
import pathlib

RUN = pathlib.Path('/run/sluice-lab')
LOCK = pathlib.Path('/run/sluice-lab.lock')
HUGEPAGES = pathlib.Path('/dev/hugepages')
HUGEPAGE_PREFIX = 'sluice-lab'  # of the files in /dev/hugepages

SOURCE = pathlib.Path(__file__).resolve().parents[3]
SERVICES = ('proxy', 'test')
PORTS = ('tap', 'virtio-user', 'af_xdp', 'af_packet')
PORT_KINDS = ('plain', 'steering', 'lying')
GATEWAY_NAMESPACE = 'sluice-gateway'  # Sluice's, and both ends of the wire: the kernel is silent in it


class LabError(Exception):
    """What went wrong, as a sentence for whoever called the lab."""


@dataclasses.dataclass(frozen=True)
class Side:
    """One of the two networks that Sluice joins; the host is Linux in a namespace."""
    name: str  # also the name of its interface in its namespace and of Sluice's port
    number: int

    @property
    def namespace(self):
        return f'sluice-{self.name}'

    @property
    def host(self):
        return {4: f'10.77.{self.number}.2', 6: f'fd77:{self.number}::2'}

    @property
    def gateway(self):
        return {4: f'10.77.{self.number}.1', 6: f'fd77:{self.number}::1'}

    @property
    def host_mac(self):
        return f'02:00:00:00:{self.number:02x}:02'

    @property
    def gateway_mac(self):
        return f'02:00:00:00:{self.number:02x}:01'

    # Interfaces in the gateway's namespace, where the way of the frames needs them.
    @property
    def port_end(self):
        return f'{self.name}-port'  # veth end that Sluice takes (af_xdp, af_packet)

    @property
    def link_end(self):
        return f'{self.name}-link'  # its peer, when the wire stands between

    @property
    def wire_end(self):
        return f'{self.name}-wire'  # peer of the host's interface, when the wire stands between


CLIENT = Side('client', 1)
SERVER = Side('server', 2)
SIDES = (CLIENT, SERVER)
PREFIX_LENGTH = {4: 24, 6: 64}
# Sluice's routes send this to the client's host, which has none of these addresses and forwards nothing.
BEHIND_CLIENT = {4: '198.18.0.0/15', 6: 'fd77:ff00::/32'}


@dataclasses.dataclass(frozen=True)
class Options:
    """What `lab up` was asked for."""
    build: str  # the folder of the build
    ports: str = 'tap'
    workers: int = 1
    v6_only: bool = False
    wire: str | None = None  # None: no wire; an empty text: a perfect one
    port_kind: str = 'plain'
    mbufs: int = 16384  # of Sluice's, all workers together
    slot_megabytes: int = 4  # of the region, three times; hugepages are few
    service: str = 'proxy'  # or `test`: echo, discard and chargen

    @property
    def families(self):
        return (6,) if self.v6_only else (4, 6)

    @property
    def veth_ports(self):
        return self.ports in ('af_xdp', 'af_packet')

    def wired(self, side):
        return self.wire is not None and side is CLIENT

    @property
    def sluiced(self):
        return pathlib.Path(self.build) / 'dataplane/sluiced'

    @property
    def sluicectl(self):
        return pathlib.Path(self.build) / 'control/sluicectl'

    @property
    def bad_wire(self):
        return pathlib.Path(self.build) / 'tests/wire/bad-wire'


CONFIG_FILE = RUN / 'gateway.json'
CONTROL_SOCKET = RUN / 'control'
LOGS = RUN / 'log'
REGION = HUGEPAGES / (HUGEPAGE_PREFIX + '-region')
KEPT = RUN / 'kept'
POLICY_FILE = RUN / 'policy.json'
FLOW_LOG = RUN / 'flows.json'
WIRE_FILE = RUN / 'wire'
WIRE_COUNTERS = RUN / 'wire.json'
AUTHORITY = RUN / 'authority'
CA_FILE = AUTHORITY / 'ca.pem'
NGINX_ROOT = RUN / 'www'
TEST_SERVICE = {'echo': 7, 'discard': 9, 'chargen': 19}
