# SPDX-License-Identifier: BSD-3-Clause
"""wget (GnuTLS) gets each file whole, through CONNECT and transparently, from a server whose public key is its own."""

import proxying


def check(lab, family):
    for way in (proxying.EXPLICIT, proxying.TRANSPARENT):
        proxying.download_all(lab, family, way, lambda file: proxying.receive(
            lab, proxying.wget(family, way, proxying.ALLOWED, file.name)))
