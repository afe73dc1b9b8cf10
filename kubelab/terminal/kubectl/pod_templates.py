"""What the `kubectl set` commands share: objects with a Pod template are changed here and patched there.

The rules of kubectl/pkg/cmd/set/helper.go and polymorphichelpers/updatepodspec.go.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from fnmatch import translate
from typing import TYPE_CHECKING

from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Object
from kubelab.cluster.schema.definitions import name_of
from kubelab.terminal.kubectl.changing import dry_run
from kubelab.terminal.kubectl.connection import STRATEGIC
from kubelab.terminal.kubectl.errors import CommandError, raise_all
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.printers.output import printer
from kubelab.terminal.kubectl.printers.structs import as_struct
from kubelab.terminal.kubectl.recording import recorded
from kubelab.terminal.kubectl.resources import LOCAL_NEEDS_FILES, PROBLEMS, Builder, Info
from kubelab.terminal.kubectl.shared_flags import (
    ALL,
    DRY_RUN,
    LOCAL,
    OUTPUT,
    SELECTOR,
    field_manager,
    filename_flags,
)
from kubelab.terminal.kubectl.three_way import two_way_patch

if TYPE_CHECKING:
    from kubelab.terminal.kubectl.call import Call

Change = Callable[[Object], Object | None]
_TEMPLATES: dict[tuple[str, str], tuple[str, ...]] = {
    ("", "Pod"): ("spec",),
    ("", "ReplicationController"): ("spec", "template", "spec"),
    ("apps", "Deployment"): ("spec", "template", "spec"),
    ("apps", "DaemonSet"): ("spec", "template", "spec"),
    ("apps", "ReplicaSet"): ("spec", "template", "spec"),
    ("apps", "StatefulSet"): ("spec", "template", "spec"),
    ("batch", "Job"): ("spec", "template", "spec"),
    ("batch", "CronJob"): ("spec", "jobTemplate", "spec", "template", "spec"),
}
SET_FLAGS = (
    *filename_flags("that say which objects are meant."),
    *OUTPUT,
    ALL,
    DRY_RUN,
    field_manager("kubectl-set"),
    LOCAL,
)
SET_FLAGS_WITH_SELECTOR = (*SET_FLAGS, SELECTOR)
CONTAINERS = Flag("containers", "string", "*", "The containers that are meant; * and ? may stand in it", short="c")
ALL_AND_SELECTOR = "cannot set --all and --selector at the same time"
NO_RESOURCES = "one or more resources must be specified as <resource> <name> or <resource>/<name>"


def check_local(call: Call) -> None:
    """Refuses --local together with --dry-run=server."""
    if call.flags.on("local") and dry_run(call) == "server":
        raise CommandError("cannot specify --local and --dry-run=server - did you mean --dry-run=client?")


def meant(call: Call, resources: Sequence[str], **options: object) -> list[Info]:
    """Returns the objects that a `set` command is about, those of lists each for itself.

    Raises:
        ApiError, CommandError, Failures: they cannot be found.
    """
    local = call.flags.on("local")
    if local and resources:
        raise CommandError(LOCAL_NEEDS_FILES)
    infos, errors = (
        Builder.of(
            call, args=resources, all=False, empty_selects_all=call.flags.on("all"),
            local=local, go_on=True, flatten=True, latest=not local, **options,
        )
        .select()
        .infos()
    )  # fmt: skip
    raise_all(errors)
    return [each for info in infos for each in flattened(info)]


def flattened(info: Info) -> list[Info]:
    """Returns the objects of a list each for itself, as the builder's Flatten does."""
    if not info.is_list:
        return [info]
    kind = info.kind
    return [
        Info(kind, item["metadata"].get("namespace", ""), item["metadata"]["name"],
             {"apiVersion": kind.api_version, "kind": kind.name, **item})
        for item in info.object["items"]
    ]  # fmt: skip


def with_pod_spec(kind: Kind, obj: Object, change: Change) -> Object | None:
    """Returns an object whose Pod spec is changed; None when `change` returns None.

    Raises:
        CommandError: it has no Pod spec.
    """
    path = _TEMPLATES.get((kind.group, kind.name))
    if path is None:
        raise CommandError(f"the object is not a pod or does not have a pod template: *{kind.version}.{kind.name}")
    return _changed(obj, path, change)


def _changed(obj: Object, path: Sequence[str], change: Change) -> Object | None:
    if not path:
        return change(obj)
    inner = _changed(obj.get(path[0]) or {}, path[1:], change)
    return None if inner is None else {**obj, path[0]: inner}


def changed_containers(spec: Object, wanted: str, change: Change) -> tuple[Object, int]:
    """Returns a Pod spec with its matching containers changed, the init containers too, and how many matched."""
    pattern = re.compile(translate(wanted))
    count = 0
    changed = dict(spec)
    for field in ("containers", "initContainers"):
        containers = []
        for container in spec.get(field) or ():
            if pattern.fullmatch(container.get("name", "")):
                count += 1
                container = change(container) or container
            containers.append(container)
        if containers:
            changed[field] = containers
    return changed, count


class Patcher:
    """Patches objects, or only prints them, and gathers what goes wrong.

    Args:
        operation: what is told of an object without -o: "image updated".
        failing: what stands before the server's words when it refuses; without it, they are raised at once.
    """

    def __init__(self, call: Call, operation: str, failing: str = "") -> None:
        self._call = call
        self._failing = failing
        self.dry = dry_run(call)
        self._print = printer(call, operation, dry_run=self.dry, typed=True)
        self.only_here = call.flags.on("local") or self.dry == "client"
        self.errors: list[Exception] = []

    def fail(self, text: str) -> None:
        """Notes an error."""
        self.errors.append(CommandError(text))

    def change(self, info: Info, change: Change) -> Object | None:
        """Returns the changed object, None where it cannot be changed or is not."""
        try:
            found = change(info.object)
            return recorded(self._call, found) if found is not None else None
        except PROBLEMS as error:
            self.fail(f"error: {info.kind.plural}/{info.name} {error}\n")
            return None

    def change_pod(self, info: Info, change: Change) -> Object | None:
        """Returns the object with its Pod spec changed, None where it cannot be changed or is not."""
        return self.change(info, lambda obj: with_pod_spec(info.kind, obj, change))

    def patch_of(self, info: Info, after: Object) -> Object:
        """Returns the strategic merge patch that makes the object what `after` is."""
        kind, version = info.kind, self._call.ctx.machine.cluster.version
        return two_way_patch(version, name_of(version, kind.group, kind.version, kind.name), info.object, after)

    def send(self, info: Info, after: Object, patch: Object) -> None:
        """Patches the object, unless it is a dry run, and prints it."""
        call = self._call
        if not self.only_here:
            options = {"fieldManager": call.flags.text("field-manager")}
            if self.dry == "server":
                options["dryRun"] = "All"
            try:
                after = call.api.call(
                    "patch", info.kind, info.namespace, info.name,
                    options=options, body=patch, content_type=STRATEGIC,
                )  # fmt: skip
            except PROBLEMS as error:
                if not self._failing:
                    raise
                self.fail(f"{self._failing} {error}")
                return
        self._print(as_struct(call.ctx.machine.cluster.version, info.kind, after))

    def send_changed(self, info: Info, after: Object | None) -> None:
        """Does the same where there is something to patch."""
        patch = self.patch_of(info, after) if after is not None else {}
        if after is not None and patch:
            self.send(info, after, patch)

    def finish(self) -> None:
        """Raises what went wrong."""
        raise_all(self.errors)
