# SPDX-License-Identifier: BSD-3-Clause
"""Processes that outlive the command that starts them. Each has a file in the run directory with its pid and the time of
its start, by which it is known again and never mistaken for another process that got the same number."""

import os
import pathlib
import signal
import subprocess
import time

from . import plan

PIDS = plan.RUN / 'pids'
STOP_SECONDS = 15


def _start_time(pid):
    """Clock ticks since boot at which a process began, None if there is none. A zombie is none, unless it has threads
    that have not ended: what the process holds is theirs too."""
    process = pathlib.Path(f'/proc/{pid}')
    try:
        fields = (process / 'stat').read_text().rsplit(')', 1)[1].split()
        ended = fields[0] in 'ZX' and len(list((process / 'task').iterdir())) <= 1
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if ended else int(fields[19])


def names():
    return sorted(path.name for path in PIDS.iterdir()) if PIDS.is_dir() else []


def pid_of(name):
    """The pid of a process of the lab that runs, else None."""
    try:
        pid, start_time = map(int, (PIDS / name).read_text().split())
    except (FileNotFoundError, ValueError):
        return None
    return pid if _start_time(pid) == start_time else None


def log_of(name):
    return plan.LOGS / f'{name}.log'


def start(name, arguments, namespace, keep_input_open=False):
    """Start a process in a network namespace; what it says goes to its log."""
    PIDS.mkdir(parents=True, exist_ok=True)
    plan.LOGS.mkdir(parents=True, exist_ok=True)
    standard_input = os.open('/dev/null', os.O_RDONLY)
    if keep_input_open:
        # Whoever holds both ends of a FIFO never finds its end.
        os.close(standard_input)
        fifo = plan.RUN / f'{name}.input'
        os.mkfifo(fifo)
        standard_input = os.open(fifo, os.O_RDWR)
    # Not `ip netns exec`: it would mount another /sys, and with that hide what drivers look for there.
    with open(log_of(name), 'ab') as log:
        process = subprocess.Popen(['nsenter', f'--net=/run/netns/{namespace}', *map(str, arguments)],
                                   stdin=standard_input, stdout=log, stderr=log, start_new_session=True)
    os.close(standard_input)
    start_time = _start_time(process.pid)
    if start_time is not None:
        (PIDS / name).write_text(f'{process.pid} {start_time}\n')
    return process


def wait_until(condition, name, what, seconds=20):
    """Wait for a condition that a process of the lab brings about; tells its last words if it does not."""
    end = time.monotonic() + seconds
    while not condition():
        dead = pid_of(name) is None
        if dead or time.monotonic() > end:
            words = log_of(name).read_text(errors='replace')[-3000:] if log_of(name).exists() else ''
            state = 'ended' if dead else f'did not do it within {seconds} s'
            raise plan.LabError(f'{what}: {name} {state}. Its log, {log_of(name)}, ends:\n{words}')
        time.sleep(0.02)


def stop(name):
    """End a process: by SIGTERM, and by SIGKILL if that is ignored. Says whether it ended by SIGTERM."""
    pid = pid_of(name)
    clean = True
    if pid is not None:
        os.kill(pid, signal.SIGTERM)
        clean = _wait_for_end(name, STOP_SECONDS)
        if not clean:
            os.kill(pid, signal.SIGKILL)
            _wait_for_end(name, STOP_SECONDS)
    (PIDS / name).unlink(missing_ok=True)
    (plan.RUN / f'{name}.input').unlink(missing_ok=True)
    return clean


def kill(name):
    """End a process as a crash would."""
    pid = pid_of(name)
    if pid is not None:
        os.kill(pid, signal.SIGKILL)
        _wait_for_end(name, STOP_SECONDS)


def _wait_for_end(name, seconds):
    end = time.monotonic() + seconds
    while pid_of(name) is not None:
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True
