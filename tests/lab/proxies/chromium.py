# SPDX-License-Identifier: BSD-3-Clause
"""Chromium shows the pages that policy allows, and says of the others that they cannot be had, in both ways."""

import browsing
import proxying
from parts import plan
from testbed import Skipped, require

SECONDS = 90
ERRORS = {proxying.EXPLICIT: 'ERR_TUNNEL_CONNECTION_FAILED', proxying.TRANSPARENT: 'ERR_SSL_UNRECOGNIZED_NAME_ALERT'}


def browse(lab, family, way):
    page = (plan.NGINX_ROOT / 'index.html').read_text().strip()
    with browsing.home() as folder, proxying.FlowLog() as log:
        for name, words in ((proxying.ALLOWED, page), (proxying.DENIED, ERRORS[way])):
            shown = lab.run(*browsing.chromium(folder, family, way, '--dump-dom', f'https://{name}/'), seconds=SECONDS)
            # Some versions write the error of a page only into the page, some only beside it.
            require(words in shown.stdout or name == proxying.DENIED and words in shown.stderr,
                    f'{way} {name}: {shown.stdout[-2000:]} {shown.stderr[-2000:]}')
        verdicts = {(line['host'], line['action'], line['flow_type']) for line in log.lines()
                    if line.get('host') in (proxying.ALLOWED, proxying.DENIED)}
        require(verdicts == {(proxying.ALLOWED, 'allow', way), (proxying.DENIED, 'deny', way)}, f'{verdicts}')


def check(lab, family):
    if lab.full:
        ways = (proxying.EXPLICIT, proxying.TRANSPARENT)
    elif lab.options.workers == 1:
        ways = (proxying.EXPLICIT if family == 4 else proxying.TRANSPARENT,)
    else:
        raise Skipped('a browser takes seconds for each page: in full size, or with one worker')
    for way in ways:
        browse(lab, family, way)
