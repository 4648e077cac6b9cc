# SPDX-License-Identifier: BSD-3-Clause
"""curl gets each file whole, through CONNECT and transparently, from a server whose certificate is its own."""

import proxying
from testbed import require


def check(lab, family):
    for way in (proxying.EXPLICIT, proxying.TRANSPARENT):
        def fetch(file):
            status, digest, words = proxying.receive(lab, proxying.curl(family, way, proxying.ALLOWED, file.name))
            certificate = proxying.PEM.search(words)
            require(certificate is not None, words)
            require(certificate[0] == proxying.server_certificate(), f'{way}: another certificate than the server\'s')
            return status, digest, words
        proxying.download_all(lab, family, way, fetch)
