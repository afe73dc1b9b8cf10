"""Large clusters' templates, made beforehand or while a learner waits, by a process of their own.

Bootstrapping 5,000 nodes takes half a minute and most of a gigabyte: the server neither stops for it nor keeps the
memory. `manage.py prepare` is that process; an operator may run it as well.
"""

import atexit
import logging
import os
import subprocess
import sys
import time

from django.conf import settings

from kubelab.cluster.cluster import DEFAULT_VERSION
from kubelab.cluster.presets import load_preset
from kubelab.labs import bootstrapping, reconciler

LARGE = 500  # machines; a cluster of fewer is bootstrapped in a second, while its learner waits
AFTER_START = 60.0  # seconds: what a server that has just started is asked for comes first
AGAIN = 3600.0  # seconds between two looks whether what is to be ready is ready
GENTLE = 5  # of nice(1): the server comes first, yet a busy one does not hold this up for long

logger = logging.getLogger(__name__)
_processes: dict[tuple[str, str], "subprocess.Popen[bytes]"] = {}
_started = time.time()


def is_ready(preset: str, version: str) -> bool:
    """Tell whether a cluster can be born now without a long wait."""
    return len(load_preset(preset).machines) < LARGE or bootstrapping.has_template(preset, version, time.time())


def prepare(preset: str, version: str) -> bool:
    """See to it that a template is being made; False when the last attempt of this process has failed.

    Its next call tries again.
    """
    process = _processes.get((preset, version))
    if process is None:
        _processes[preset, version] = start(preset, version)
        return True
    if process.poll() is not None:
        del _processes[preset, version]
        if process.returncode or not is_ready(preset, version):  # it may be another KubeLab by now
            logger.error("%s v%s was not prepared: exit code %s", preset, version, process.returncode)
            return False
    return True


def start(preset: str, version: str) -> "subprocess.Popen[bytes]":
    """Start the process that makes a template."""
    command = [sys.executable, "manage.py", "prepare", preset, version]
    environment = {**os.environ, "KUBELAB_DATA": str(settings.DATA_DIR)}
    nowhere = subprocess.DEVNULL
    return subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, stdin=nowhere, stdout=nowhere)


def prepare_beforehand() -> float | None:
    """A duty of the reconciler: what `PREPARE` names is ready before somebody asks for it."""
    if time.time() < _started + AFTER_START:
        return _started + AFTER_START
    for preset in settings.PREPARE:
        if not is_ready(preset, DEFAULT_VERSION):
            prepare(preset, DEFAULT_VERSION)
    return time.time() + AGAIN if settings.PREPARE else None


@atexit.register
def stop() -> None:
    """End what is being made: nobody waits for it any more."""
    for process in _processes.values():
        process.terminate()


reconciler.also_due.append(prepare_beforehand)
