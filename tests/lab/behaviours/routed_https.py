# SPDX-License-Identifier: BSD-3-Clause
"""Linux on one side uses Linux on the other through Sluice: DNS, and HTTPS with a verified certificate."""

from parts import plan
from testbed import require


def check(lab, family):
    name, octets = ('1g', 1 << 30) if lab.full else ('10m', 10 << 20)
    result = lab.run('curl', '-sS', f'-{family}', '--cacert', plan.CA_FILE, '-o', '/dev/null', '-w',
                     '%{http_version} %{size_download} %{time_total}', f'https://www.a.test/{name}', seconds=300)
    require(result.returncode == 0, result.stderr)
    version, size, seconds = result.stdout.split()
    require((version, int(size)) == ('2', octets), result.stdout)
    page = lab.run('curl', '-sS', f'-{family}', '--cacert', plan.CA_FILE, 'https://b.test/')
    require(page.stdout == (plan.NGINX_ROOT / 'index.html').read_text(), page.stdout + page.stderr)
    return f'{octets} octets in {seconds} s'
