# SPDX-License-Identifier: BSD-3-Clause
"""What policy denies is told each client in its own tongue: 403 with Proxy-Status instead of a tunnel, or alert 112."""

import proxying
from parts import plan
from testbed import require


def refusal(lab, family):
    """The answer to a CONNECT as it comes."""
    with lab.socket(family) as client:
        client.connect((plan.CLIENT.gateway[family], proxying.PROXY_PORT))
        target = f'{proxying.DENIED}:443'
        client.sendall(f'CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n'.encode())
        answer = b''
        while piece := client.recv(4096):
            answer += piece
    return answer.decode('ascii')


def try_client(lab, family, way, command, words):
    with proxying.FlowLog() as log:
        status, _, complaints = proxying.receive(lab, command)
        require(status != 0 and words in complaints, f'{way}, status {status}, not "{words}": {complaints}')
        (*_, end), = log.ended(1)
    require((end['flow_type'], end['action'], end['reason'], end['row'], end['host'], end['close']) ==
            (way, 'deny', 'denied-row', 'sites[0]', proxying.DENIED,
             'response' if way == proxying.EXPLICIT else 'alert'), f'{end}')
    require(end['bytes'] == {'c2s': 0, 's2c': 0}, f'no server may hear of it: {end}')
    require(end['server'] == {'port': 443} | ({} if way == proxying.EXPLICIT else
            {'original_ip': plan.SERVER.host[family]}), f'where it was to go, and no address that was dialled: {end}')


def check(lab, family):
    with proxying.FlowLog() as log:
        answer = refusal(lab, family)
        log.ended(1)
    head = answer.partition('\r\n\r\n')[0].split('\r\n')
    require(head[0].split(' ')[:2] == ['HTTP/1.1', '403'], answer)
    require('Proxy-Status: "sluice"; error=http_request_denied; details="denied-row"' in head, answer)

    way, name = proxying.EXPLICIT, proxying.DENIED
    try_client(lab, family, way, proxying.curl(family, way, name, ''), 'response 403')
    try_client(lab, family, way, proxying.wget(family, way, name, ''), 'Proxy tunneling failed: Forbidden')
    try_client(lab, family, way, proxying.s_client(family, way, name), '403 Forbidden')
    way = proxying.TRANSPARENT
    try_client(lab, family, way, proxying.curl(family, way, name, ''), 'unrecognized name')
    try_client(lab, family, way, proxying.wget(family, way, name, ''), 'alert [112]')
    try_client(lab, family, way, proxying.s_client(family, way, name), 'SSL alert number 112')
    try_client(lab, family, way, proxying.gnutls_cli(family, way, name), 'A TLS fatal alert has been received')
