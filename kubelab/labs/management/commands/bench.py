"""`manage.py bench [NAME ...]`: how fast it is, one JSON object a line: name, value, unit, on."""

import json
import os
import platform
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from kubelab import garbage
from kubelab.labs import bench


class Command(BaseCommand):
    help = "Measure. Without a name all benches run, one after the other, each in a process of its own."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(bench.benches())}")
        parser.add_argument("--size", type=float, default=1.0, help="a part of the real size, for a quick look: 0.01")
        parser.add_argument("--here", action="store_true", help="in this process, with the database of the settings")

    def handle(self, *args: Any, names: list[str], size: float, here: bool, **options: Any) -> None:
        known = bench.benches()
        for name in names:
            if name not in known:
                raise CommandError(f'no bench "{name}"; there are {", ".join(known)}')
        failed = [name for name in names or known if not self.measure(name, size, here)]
        if failed:
            raise CommandError(f"failed: {', '.join(failed)}")

    def measure(self, name: str, size: float, here: bool) -> bool:
        if here:
            self.measure_here(name, size)
            return True
        with tempfile.TemporaryDirectory(prefix="kubelab-bench-") as folder:
            environment = {**os.environ, "KUBELAB_DATA": folder, "PYTHONHASHSEED": "0"}
            environment.pop("DATABASE_URL", None)
            manage = Path(settings.BASE_DIR) / "manage.py"
            command = [sys.executable, str(manage), "bench", name, "--here", f"--size={size}"]
            return subprocess.run(command, env=environment, check=False).returncode == 0

    def measure_here(self, name: str, size: float) -> None:
        one_core()
        garbage.hold_back()  # as the server does
        call_command("migrate", verbosity=0)
        for figure in bench.figures(name, size):
            line = {"name": figure.name, "value": round(figure.value, 3), "unit": figure.unit, "on": machine()}
            if size != 1:
                line["size"] = size
            self.stdout.write(json.dumps(line))
            self.stdout.flush()


def one_core() -> None:
    """Stay on one core, so that figures of different machines can be compared."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def machine() -> str:
    """Say what this runs on: processor, cores, Python."""
    return f"{processor()}, one of {os.cpu_count()} cores, Python {platform.python_version()}"


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
