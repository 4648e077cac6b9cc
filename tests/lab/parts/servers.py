# SPDX-License-Identifier: BSD-3-Clause
"""The strangers in the server's namespace: DNS (unbound) and HTTPS (nginx) with a certification authority of its own."""

import socket

from . import network, plan, processes

NAMES = ('a.test', '*.a.test', 'b.test', '*.b.test', 'server.test')
PATIENCE = 1000  # seconds that the server bears with slow clients, so that it is never the one to give up
FILES = {'1k': 1 << 10, '1m': 1 << 20, '10m': 10 << 20, '100m': 100 << 20, '1g': 1 << 30}


def start(options):
    make_authority()
    start_dns(options)
    start_nginx(options)


def make_authority():
    """A CA and a certificate for NAMES, made for this lab alone."""
    plan.AUTHORITY.mkdir(mode=0o700)
    folder = plan.AUTHORITY
    curve = ('-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes')
    network.run('openssl', 'req', '-x509', *curve, '-days', 30, '-subj', '/O=Sluice lab/CN=Sluice lab CA',
                '-keyout', folder / 'ca.key', '-out', plan.CA_FILE,
                '-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign,cRLSign')
    network.run('openssl', 'req', '-new', *curve, '-subj', f'/CN={NAMES[0]}', '-keyout', folder / 'server.key',
                '-out', folder / 'server.request')
    names = ','.join(f'DNS:{name}' for name in NAMES)
    addresses = ','.join(f'IP:{address}' for address in plan.SERVER.host.values())
    (folder / 'server.extensions').write_text(
        'basicConstraints = critical, CA:FALSE\nkeyUsage = critical, digitalSignature\n'
        'extendedKeyUsage = serverAuth\nsubjectKeyIdentifier = hash\nauthorityKeyIdentifier = keyid\n'
        f'subjectAltName = {names},{addresses}\n')
    network.run('openssl', 'x509', '-req', '-in', folder / 'server.request', '-CA', plan.CA_FILE, '-CAkey',
                folder / 'ca.key', '-CAcreateserial', '-days', 30, '-extfile', folder / 'server.extensions', '-out',
                folder / 'server.pem')
    network.run('openssl', 'x509', '-in', folder / 'server.pem', '-noout', '-pubkey', '-out', folder / 'server.public')


def listeners(options):
    """Name, address and port of each listener in the server's namespace."""
    ports = (('dns', 53), ('http', 80), ('https', 443))
    return [(name, plan.SERVER.host[family], port) for name, port in ports for family in options.families]


def start_dns(options):
    addresses = [plan.SERVER.host[family] for family in options.families]
    types = {4: 'A', 6: 'AAAA'}
    answers = [f'local-data: "test. 60 IN {types[family]} {plan.SERVER.host[family]}"' for family in options.families]
    lines = ['server:', *(f'interface: {address}' for address in addresses),
             'access-control: 0.0.0.0/0 allow', 'access-control: ::/0 allow', 'num-threads: 1', 'username: ""',
             'chroot: ""', f'directory: "{plan.RUN}"', f'pidfile: "{plan.RUN}/unbound.pid"', 'do-daemonize: no',
             'use-syslog: no', 'log-queries: yes', 'module-config: "iterator"', 'so-rcvbuf: 0',
             'local-zone: "." refuse', 'local-zone: "test." redirect', *answers, 'remote-control:',
             'control-enable: no']
    configuration = plan.RUN / 'unbound.conf'
    configuration.write_text('\n'.join(lines) + '\n')
    processes.start('unbound', ['unbound', '-d', '-c', configuration], plan.SERVER.namespace)
    processes.wait_until(lambda: all_accept([53], addresses), 'unbound', 'DNS must answer')


def start_nginx(options):
    plan.NGINX_ROOT.mkdir()
    (plan.NGINX_ROOT / 'index.html').write_text('the server of the lab\n')
    for name, size in FILES.items():
        # Sparse: they cost no memory, and their octets are all zero.
        with open(plan.NGINX_ROOT / name, 'wb') as file:
            file.truncate(size)
    brackets = {4: '{}', 6: '[{}]'}
    addresses = {family: plan.SERVER.host[family] for family in options.families}
    listen = ''.join(f'listen {brackets[family].format(address)}:80; '
                     f'listen {brackets[family].format(address)}:443 ssl http2;\n'
                     for family, address in addresses.items())
    temporary = ''.join(f'{kind}_temp_path {plan.RUN}/nginx-{kind};\n'
                        for kind in ('client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'))
    configuration = plan.RUN / 'nginx.conf'
    configuration.write_text(f'''daemon off;
user root;
worker_processes 1;
pid {plan.RUN}/nginx.pid;
error_log {plan.LOGS}/nginx-error.log info;
events {{ worker_connections 4096; }}
http {{
access_log {plan.LOGS}/nginx-access.log;
{temporary}
default_type application/octet-stream;
sendfile on;
keepalive_requests 100000;
keepalive_timeout {PATIENCE}s;
send_timeout {PATIENCE}s;
ssl_certificate {plan.AUTHORITY}/server.pem;
ssl_certificate_key {plan.AUTHORITY}/server.key;
ssl_protocols TLSv1.2 TLSv1.3;
ssl_ecdh_curve X25519:prime256v1;
server {{
{listen}
server_name .test;
root {plan.NGINX_ROOT};
}}
}}
''')
    plan.LOGS.mkdir(exist_ok=True)
    processes.start('nginx', ['nginx', '-c', configuration, '-e', plan.LOGS / 'nginx-error.log'],
                    plan.SERVER.namespace)
    processes.wait_until(lambda: all_accept([80, 443], addresses.values()), 'nginx', 'HTTPS must answer')


def all_accept(ports, addresses):
    """Whether something accepts connections at each of these, within the server's namespace."""
    with network.inside(plan.SERVER.namespace):
        for port in ports:
            for address in addresses:
                try:
                    socket.create_connection((address, port), timeout=1).close()
                except OSError:
                    return False
    return True
