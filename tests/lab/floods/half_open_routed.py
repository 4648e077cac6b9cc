# SPDX-License-Identifier: BSD-3-Clause
"""A million half-open attempts from addresses behind the client's host, which takes the answers and is silent: honest
clients connect, what is established goes on, and memory stays as it is."""

from flooding import half_open_attempts
from parts import plan


def check(lab, family):
    return half_open_attempts(lab, family, plan.BEHIND_CLIENT[family])
