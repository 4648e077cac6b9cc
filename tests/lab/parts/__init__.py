# SPDX-License-Identifier: BSD-3-Clause
"""The parts of the lab, in the order in which they lean on each other: plan, processes, network, servers, gateway."""
