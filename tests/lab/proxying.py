# SPDX-License-Identifier: BSD-3-Clause
"""What the proxy's behaviours have in common: strangers' clients, the two ways through Sluice, and the flow log."""

import collections
import contextlib
import dataclasses
import functools
import hashlib
import json
import os
import re
import subprocess
import tempfile

import jsonschema

from parts import plan, policy
from testbed import require, wait_for

EXPLICIT, TRANSPARENT = 'E1', 'T1'
ALLOWED, DENIED = 'www.a.test', 'www.b.test'
ALSO_ALLOWED = 'server.test'
PROXY_PORT = 3128
CHUNK = 1 << 20
PEM = re.compile(r'-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----', re.DOTALL)


def bracketed(address):
    return f'[{address}]' if ':' in address else address


def proxy_of(family):
    """The explicit proxy as clients write it, without a scheme."""
    return f'{bracketed(plan.CLIENT.gateway[family])}:{PROXY_PORT}'


# What is fetched

@dataclasses.dataclass(frozen=True)
class File:
    name: str
    octets: int
    digest: str


@contextlib.contextmanager
def served_file(octets):
    """A file of random octets on the lab's server, for a while."""
    digest = hashlib.sha256()
    path = plan.NGINX_ROOT / f'random-{octets}'
    try:
        with open(path, 'wb') as file:
            for begin in range(0, octets, CHUNK):
                chunk = os.urandom(min(CHUNK, octets - begin))
                digest.update(chunk)
                file.write(chunk)
        yield File(path.name, octets, digest.hexdigest())
    finally:
        path.unlink(missing_ok=True)


def request_for(path):
    """For clients that know TLS and no HTTP. The server ends the connection after an answer to HTTP/1.0."""
    return f'GET /{path} HTTP/1.0\r\nHost: {ALLOWED}\r\n\r\n'.encode()


def server_certificate():
    return PEM.search((plan.AUTHORITY / 'server.pem').read_text())[0]


# Strangers' clients: each is a function of family, way, name of the server, and path if it speaks HTTP; which returns a
# command that writes what it gets to standard output.

def curl(family, way, name, path):
    # Without DNS, which a bad wire may lose.
    address = f'{name}:443:{bracketed(plan.SERVER.host[family])}'
    through = ['--proxy', f'http://{proxy_of(family)}'] if way == EXPLICIT else ['--resolve', address]
    return ['curl', '-sS', *through, '--cacert', plan.CA_FILE, '-w', '%{stderr}%{certs}', f'https://{name}/{path}']


def wget(family, way, name, path):
    """GnuTLS in Debian. It tells no certificate, but refuses a server that has not the private key of this one."""
    through = ['-e', f'https_proxy=http://{proxy_of(family)}/'] if way == EXPLICIT else [f'-{family}', '--no-proxy']
    return ['wget', '-nv', *through, '--tries=1', f'--ca-certificate={plan.CA_FILE}',
            f'--pinnedpubkey={plan.AUTHORITY / "server.public"}', '-O', '-', f'https://{name}/{path}']


def s_client(family, way, name, _=None):
    connect = f'{bracketed(plan.SERVER.host[family])}:443' if way == TRANSPARENT else f'{name}:443'
    through = ['-proxy', proxy_of(family)] if way == EXPLICIT else []
    return ['openssl', 's_client', *through, '-connect', connect, '-servername', name, '-verify_hostname', name,
            '-CAfile', plan.CA_FILE, '-verify_return_error', '-showcerts']


def gnutls_cli(family, way, name, certificate='/dev/null'):
    """It cannot speak CONNECT. What it says goes to a file that nobody reads, or answers would have that in them."""
    require(way == TRANSPARENT, 'gnutls-cli knows no proxies')
    return ['gnutls-cli', '--x509cafile', plan.CA_FILE, '--sni-hostname', name, '--verify-hostname', name,
            '--save-cert', certificate, '--port', '443', plan.SERVER.host[family]]


def receive(lab, command, request=b'', seconds=120):
    """Run a client and read to the end of what it writes: its exit status, the SHA-256 of that, what it complained of.
    With a request, that is sent first, and of what it writes the head of an HTTP answer is left out."""
    digest = hashlib.sha256()
    words = ['timeout', str(seconds), 'ip', 'netns', 'exec', plan.CLIENT.namespace, *map(str, command)]
    with tempfile.TemporaryFile() as complaints, \
            subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints) as process:
        process.stdin.write(request)
        process.stdin.flush()
        head = b''
        while request and b'\r\n\r\n' not in head:
            piece = process.stdout.read1(CHUNK)
            if not piece:
                break
            head += piece
        digest.update(head.partition(b'\r\n\r\n')[2])
        for piece in iter(functools.partial(process.stdout.read, CHUNK), b''):
            digest.update(piece)
        # Until now, as clients end when their input does.
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        status = process.wait()
        complaints.seek(0)
        return status, digest.hexdigest(), complaints.read().decode(errors='replace')


def sizes(lab):
    return (0, 1, 1 << 30) if lab.full else (0, 1, 50 << 20)


def download_all(lab, family, way, fetch, octets_of=sizes):
    """Fetch a file of each size by fetch(file), which returns what receive() does; each gives the log one flow."""
    for octets in octets_of(lab):
        with served_file(octets) as file, FlowLog() as log:
            status, digest, complaints = fetch(file)
            require(status == 0 and digest == file.digest,
                    f'{way}, {octets} octets: status {status}, SHA-256 {digest}, not {file.digest}: {complaints}')
            flow, = log.ended(1)
            judge_allowed(flow[-1], family, way, octets)


# The flow log

@functools.cache
def validator():
    schema = json.loads((plan.SOURCE / 'docs/reference/flow-log.schema.json').read_text())
    return jsonschema.Draft202012Validator(schema)


class FlowLog:
    """The lines that are written to the log from now on."""

    def __init__(self, host=None):
        self.host = host  # only flows that name it
        self.begin = plan.FLOW_LOG.stat().st_size

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def lines(self):
        with open(plan.FLOW_LOG, 'rb') as file:
            file.seek(self.begin)
            whole = file.read().rpartition(b'\n')[0]
        found = [json.loads(line) for line in whole.splitlines()]
        return [line for line in found if self.host in (None, line.get('host'))]

    def flows(self):
        """The lines of each flow, those that end first at first."""
        flows = collections.defaultdict(list)
        for line in self.lines():
            require(line['event'] != 'dropped', f'lines are missing: {line}')
            flows[line['flow']].append(line)
        return list(flows.values())

    def ended(self, count, seconds=20):
        """Wait for the end of so many flows; each must have a decision before, and fit the schema."""
        def all_ended():
            return sum(line['event'] == 'end' for line in self.lines()) >= count
        wait_for(all_ended, lambda: f'{count} flows end in the log: {self.flows()}', seconds)
        flows = self.flows()
        require(len(flows) == count, f'{count} flows were made, the log tells of {len(flows)}: {flows}')
        for flow in flows:
            require([line['event'] for line in flow][0] == 'decision' and flow[-1]['event'] == 'end',
                    f'a decision, and in the end an end: {flow}')
            for line in flow:
                faults = [error.message for error in validator().iter_errors(line)]
                require(not faults, f'does not fit the schema: {line}: {faults}')
        return flows


def failures(log):
    """The reasons of the flows that have ended otherwise than by their ends."""
    return collections.Counter(line['reason'] for line in log.lines()
                               if line['event'] == 'end' and not line['reason'].startswith('closed-by-'))


def judge_allowed(line, family, way, octets):
    """What the log must say at the end of a flow by which `octets` were fetched."""
    server = {'ip': plan.SERVER.host[family], 'port': 443}
    told = line['server']
    require({'ip': told.get('ip'), 'port': told['port']} == server, f'server {server}: {line}')
    require(told.get('original_ip') == (server['ip'] if way == TRANSPARENT else None), f'original_ip: {line}')
    require((line['flow_type'], line['action'], line['row']) == (way, 'allow', 'sites[1]'), f'row: {line}')
    require((line['host'], line['client']['ip']) == (ALLOWED, plan.CLIENT.host[family]), f'ends: {line}')
    require(line['bytes']['s2c'] > octets, f'octets: {line}')
    require({'dns', 'connect', 'total'} == set(line['ms']), f'times: {line}')


# Policies

def published(lab):
    """The generation in force."""
    return policy.status(lab.options)['published']


def apply_command(lab, file=plan.POLICY_FILE):
    return policy.command(lab.options, 'apply', file)


def apply(lab, file=plan.POLICY_FILE):
    policy.ask(lab.options, 'apply', file)
