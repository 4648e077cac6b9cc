# SPDX-License-Identifier: BSD-3-Clause
"""What the proxy needs besides gateway.json: the region, its images on disk, and a policy that sluicectl pushes."""

import ipaddress
import json
import shutil
import subprocess

from . import network, plan

EXAMPLE = plan.SOURCE / 'docs/examples/policy-lab.json'
COUNTERS = 256
WITHOUT_REGION = ('check', 'sni')  # commands of sluicectl
OF_SLUICED = ('stats', 'flows')  # that ask it


def configuration(options):
    """What gateway.json says for the proxy alone."""
    return {
        'dns': {'servers': [{'address': plan.SERVER.host[family]} for family in options.families]},
        'flow_log': {'path': str(plan.FLOW_LOG)},
        'region': {'folder': str(plan.REGION), 'kept': str(plan.KEPT), 'slot_megabytes': options.slot_megabytes,
                   'counters': COUNTERS},
    }


def region_megabytes(options):
    """Three slots, which are rounded up, and the state."""
    return 3 * (options.slot_megabytes + 2) + 6


def command(options, *arguments):
    """A command of sluicectl that finds the lab's region and control socket."""
    places = ('--region', plan.REGION, '--state', plan.KEPT)
    if arguments[0] in WITHOUT_REGION:
        places = ()
    elif arguments[0] in OF_SLUICED:
        places = ('--socket', plan.CONTROL_SOCKET)
    return [str(word) for word in (options.sluicectl, *arguments, *places)]


def ask(options, *arguments):
    """What sluicectl prints; LabError if it is refused."""
    return network.run(*command(options, *arguments), timeout=30)


def first_policy(options):
    """The example, which readers know, but for listeners at addresses that this lab has not."""
    policy = json.loads(EXAMPLE.read_text())
    for service in policy['services']:
        explicit = service.get('explicit', {'listeners': []})
        explicit['listeners'] = [listener for listener in explicit['listeners']
                                 if ipaddress.ip_address(listener['address']).version in options.families]
    return policy


def apply_first(options):
    plan.POLICY_FILE.write_text(json.dumps(first_policy(options), indent=2) + '\n')
    ask(options, 'apply', plan.POLICY_FILE)


def proxies(options):
    """Address and port of each explicit listener of the policy that the lab starts with."""
    return [listener for service in first_policy(options)['services']
            for listener in service.get('explicit', {'listeners': []})['listeners']]


def remove_region():
    shutil.rmtree(plan.REGION, ignore_errors=True)


def status(options):
    """What `sluicectl status --json` tells."""
    return json.loads(subprocess.run(command(options, 'status', '--json'), capture_output=True, text=True, check=True,
                                     timeout=30).stdout)
