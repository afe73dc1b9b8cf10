"""`manage.py cluster`: clusters from the operator's command line.

NAME is the operator's own cluster; a learner's is USER/NAME or its public id.
"""

import json
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.core.management.base import CommandError
from django.db import IntegrityError

from kubelab.cluster import faults
from kubelab.cluster.clock import moment, rfc3339
from kubelab.cluster.cluster import DEFAULT_PRESET, DEFAULT_VERSION
from kubelab.labs import creation
from kubelab.labs.gateway.kubeconfig import kubeconfig
from kubelab.labs.keeping import act_on
from kubelab.labs.models import Lab
from kubelab.labs.naming import lab_named, owner_named, path_of
from kubelab.labs.operating import OperatorCommand


class Command(OperatorCommand):
    help = "Create, list, show, reset, delete clusters, let their virtual time pass, break something in them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        create = actions.add_parser("create", help="make a cluster")
        create.add_argument("name")
        create.add_argument("--preset", default=DEFAULT_PRESET)
        create.add_argument(
            "--version", dest="minor", default=DEFAULT_VERSION, help="Kubernetes minor version, e.g. 1.36"
        )
        create.add_argument("--owner", help="whose it is; without it the operator's own")
        create.add_argument("--seed", type=int, help="what its chance is drawn from, to make the same one again")
        create.add_argument("--now", type=float, help="its virtual time, in seconds since the epoch")
        actions.add_parser("list", help="list all clusters")
        for action, text in (("show", "tell about a cluster"), ("reset", "start it over"), ("delete", "delete it")):
            actions.add_parser(action, help=text).add_argument("name")
        actions.add_parser("kubeconfig", help="print what other clients reach it with").add_argument("name")
        advance = actions.add_parser("advance", help="let virtual seconds pass")
        advance.add_argument("name")
        advance.add_argument("seconds", type=float)
        fault = actions.add_parser("fault", help="break something, or put it right; without a fault: list them")
        fault.add_argument("name")
        fault.add_argument("fault", nargs="*", help="its name and its target, e.g. power-off worker-1")

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        getattr(self, action)(**options)

    def create(self, name: str, preset: str, minor: str, owner: str | None, **options: Any) -> None:
        if not name or "/" in name:
            raise CommandError('a cluster\'s name has at least one letter and no "/"')
        whose = owner_named(owner)
        if Lab.objects.filter(owner=whose, name=name).exists():
            raise CommandError(f'cluster "{name}" exists already')
        seed, now = options["seed"], options["now"]
        try:
            now = None if now is None else moment(now)
            lab = creation.create(whose, name, preset, minor.removeprefix("v"), seed=seed, now=now)
        except ValueError as error:
            raise CommandError(str(error)) from None
        except IntegrityError:
            raise CommandError(f'cluster "{name}" exists already') from None
        self.stdout.write(f"{path_of(lab)} created ({lab.preset}, v{lab.version})")

    def list(self, **_: Any) -> None:
        for lab in Lab.objects.select_related("owner").order_by("pk").iterator():
            self.stdout.write(
                f"{path_of(lab)}\t{lab.preset}\tv{lab.version}\trevision {lab.revision}\t{rfc3339(lab.now)}"
            )

    def show(self, name: str, **_: Any) -> None:
        lab = lab_named(name)
        shown = {
            "name": lab.name,
            "owner": lab.owner.username if lab.owner else None,
            "id": lab.public_id,
            "preset": lab.preset,
            "version": lab.version,
            "seed": lab.seed,
            "revision": lab.revision,
            "now": rfc3339(lab.now),
            "rate": lab.rate,
            "paused": lab.paused,
            "rows": lab.rows,
            "bytes": sum(len(data) for data in lab.segment_set.values_list("data", flat=True)),
        }
        self.stdout.write(json.dumps(shown, indent=2))

    def kubeconfig(self, name: str, **_: Any) -> None:
        self.stdout.write(kubeconfig(lab_named(name)), ending="")

    def reset(self, name: str, **_: Any) -> None:
        lab = lab_named(name)
        creation.reset(lab.pk)
        self.stdout.write(f"{name} reset")

    def delete(self, name: str, **_: Any) -> None:
        creation.delete(lab_named(name).pk)
        self.stdout.write(f"{name} deleted")

    def advance(self, name: str, seconds: float, **_: Any) -> None:
        if seconds < 0:
            raise CommandError("virtual time passes forwards only")
        with act_on(lab_named(name).pk, seconds=None) as act:
            try:
                until = moment(act.cluster.clock.now + seconds)
            except ValueError as error:
                raise CommandError(str(error)) from None
            act.run_until(until, None)
            act.touch("now")
        self.stdout.write(f"{name} is at {rfc3339(act.lab.now)}")

    def fault(self, name: str, fault: Sequence[str], **_: Any) -> None:
        lab = lab_named(name)
        if not fault:
            for each in faults.FAULTS.values():
                self.stdout.write(f"{each.name:<14} {each.summary}")
            return
        line = " ".join(fault)
        with act_on(lab.pk, seconds=None) as act:
            try:
                faults.inject(act.cluster, line)
            except faults.FaultError as error:
                raise CommandError(str(error)) from None
        self.stdout.write(f"{name}: {line}")
