# SPDX-License-Identifier: BSD-3-Clause
"""A million half-open attempts from addresses on the client's link that nobody has: besides what holds of those from
behind it, asking for so many neighbours pushes out none that exists."""

from flooding import half_open_attempts

NOBODY = {4: '10.77.1.128/25', 6: 'fd77:1::/64'}


def check(lab, family):
    return half_open_attempts(lab, family, NOBODY[family])
