"""`manage.py prepare PRESET [MINOR]`: makes what its clusters are born from, so that nobody has to wait for it."""

import os
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from kubelab.cluster.cluster import DEFAULT_VERSION
from kubelab.labs import bootstrapping
from kubelab.labs.operating import OperatorCommand
from kubelab.labs.preparing import GENTLE


class Command(OperatorCommand):
    help = "Make the template of a preset's clusters, so that the first one is there as quickly as the others."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("preset")
        parser.add_argument("minor", nargs="?", default=DEFAULT_VERSION, help="Kubernetes minor version, e.g. 1.36")

    def handle(self, *args: Any, preset: str, minor: str, **options: Any) -> None:
        os.nice(GENTLE)
        try:
            bootstrapping.template_for(preset, minor.removeprefix("v"), time.time())
        except ValueError as error:
            raise CommandError(str(error)) from None
