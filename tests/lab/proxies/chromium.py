# SPDX-License-Identifier: BSD-3-Clause
"""Chromium shows the pages that policy allows, gets files whole, and says of other pages that they cannot be had, in
both ways."""

import browsing
import proxying
from parts import plan
from testbed import Skipped, require

SECONDS = 90
TRIES = 5
ERRORS = {proxying.EXPLICIT: 'ERR_TUNNEL_CONNECTION_FAILED', proxying.TRANSPARENT: 'ERR_SSL_UNRECOGNIZED_NAME_ALERT'}

SIZES = (0, 1, 50 << 20)
# A page that fetches what its address names behind "?", and shows the SHA-256 of that.
DIGEST_PAGE = """<!DOCTYPE html><title>digest</title><body><script type="module">
const answer = await fetch(location.search.slice(1));
const digest = await crypto.subtle.digest("SHA-256", await answer.arrayBuffer());
document.body.textContent = Array.from(new Uint8Array(digest), octet => octet.toString(16).padStart(2, "0")).join("");
</script></body>
"""


def run(lab, *command):
    """Chromium gives a page up where interfaces change, as they may still do in a lab that has just come up."""
    for _ in range(TRIES):
        shown = lab.run(*command, seconds=SECONDS)
        if 'ERR_NETWORK_CHANGED' not in shown.stdout + shown.stderr:
            break
    return shown


def fetch(lab, family, way):
    path = plan.NGINX_ROOT / 'digest.html'
    path.write_text(DIGEST_PAGE)
    try:
        for octets in SIZES:
            with proxying.served_file(octets) as file, browsing.home() as folder:
                shown = run(lab, *browsing.chromium(folder, family, way, '--virtual-time-budget=60000', '--dump-dom',
                                                    f'https://{proxying.ALLOWED}/{path.name}?{file.name}'))
                require(f'<body>{file.digest}' in shown.stdout,
                        f'{way}, {octets} octets: not {file.digest}: {shown.stdout[-2000:]} {shown.stderr[-2000:]}')
    finally:
        path.unlink()


def browse(lab, family, way):
    page = (plan.NGINX_ROOT / 'index.html').read_text().strip()
    with browsing.home() as folder, proxying.FlowLog() as log:
        for name, words in ((proxying.ALLOWED, page), (proxying.DENIED, ERRORS[way])):
            shown = run(lab, *browsing.chromium(folder, family, way, '--dump-dom', f'https://{name}/'))
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
        fetch(lab, family, way)
