# SPDX-License-Identifier: BSD-3-Clause
"""openssl s_client gets each file whole, through CONNECT and transparently, and sees the server's own certificate."""

import proxying
from testbed import require


def check(lab, family):
    for way in (proxying.EXPLICIT, proxying.TRANSPARENT):
        command = proxying.s_client(family, way, proxying.ALLOWED)
        proxying.download_all(lab, family, way, lambda file: proxying.receive(
            lab, [*command, '-quiet'], proxying.request_for(file.name)))
        with proxying.FlowLog() as log:
            shown = proxying.PEM.search(lab.run(*command).stdout)
            log.ended(1)
        require(shown and shown[0] == proxying.server_certificate(), f'{way}: another certificate than the server\'s')
