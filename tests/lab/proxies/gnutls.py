# SPDX-License-Identifier: BSD-3-Clause
"""gnutls-cli, which knows no proxies, gets each file whole and sees the server's own certificate."""

import pathlib
import tempfile

import proxying
from testbed import require


def sizes(lab):
    """It takes 2 MB a second, from whatever server."""
    return (0, 1, (50 if lab.full else 5) << 20)


def check(lab, family):
    way = proxying.TRANSPARENT
    with tempfile.TemporaryDirectory() as folder:
        seen = pathlib.Path(folder) / 'certificate.pem'
        command = proxying.gnutls_cli(family, way, proxying.ALLOWED, seen)
        proxying.download_all(lab, family, way, lambda file: proxying.receive(
            lab, [*command, '--logfile', pathlib.Path(folder) / 'log'], proxying.request_for(file.name)), sizes)
        shown = proxying.PEM.search(seen.read_text())
        require(shown and shown[0] == proxying.server_certificate(), 'another certificate than the server\'s')
