"""What `kubectl label` and `kubectl annotate` share: KEY=VALUE and KEY- of labels or annotations of many objects.

The rules of kubectl/pkg/cmd/label/label.go and annotate/annotate.go, which differ in their words only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubelab.cluster.objects import Object, with_metadata
from kubelab.terminal.kubectl.changing import dry_run
from kubelab.terminal.kubectl.connection import MERGE
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.printers.json import compact_json
from kubelab.terminal.kubectl.printers.output import printer
from kubelab.terminal.kubectl.recording import RECORD, recorded
from kubelab.terminal.kubectl.resources import Builder, Info
from kubelab.terminal.kubectl.shared_flags import (
    ALL,
    ALL_NAMESPACES,
    DRY_RUN,
    FIELD_SELECTOR,
    LOCAL,
    OUTPUT,
    SELECTOR,
    field_manager,
    filename_flags,
)
from kubelab.terminal.kubectl.three_way import json_merge_patch

if TYPE_CHECKING:
    from kubelab.terminal.kubectl.call import Call


@dataclass(frozen=True)
class Changes:
    """What is to be put and what is to be taken away."""

    put: dict[str, str]
    remove: list[str]


def change_flags(command: str, what: str) -> tuple[Flag, ...]:
    """Returns the flags of `label` or `annotate`; `what` is "labels" or "annotations"."""
    return (
        RECORD,
        *filename_flags(f"that say whose {what} are meant."),
        *OUTPUT,
        ALL,
        ALL_NAMESPACES,
        DRY_RUN,
        field_manager(f"kubectl-{command}"),
        FIELD_SELECTOR,
        Flag("list", "bool", False, f"If true, show the {what} of the object."),
        LOCAL,
        Flag("overwrite", "bool", False, f"If true, {what} that are there may get another value."),
        Flag(
            "resource-version",
            "string",
            "",
            "Change the one object only if it still has this version.",
        ),
        SELECTOR,
    )


def split_arguments(args: Sequence[str], noun: str) -> tuple[list[str], list[str]]:
    """Splits the arguments into those that name objects and those that say what to change.

    Raises:
        CommandError: an object is named after a change.
    """
    resources: list[str] = []
    pairs: list[str] = []
    for word in args:
        if ("=" in word and word[0] != "=") or (word.endswith("-") and word != "-"):
            pairs.append(word)
        elif pairs:
            raise CommandError(f"all resources must be specified before {noun} changes: {word}")
        else:
            resources.append(word)
    return resources, pairs


class MetadataChange:
    """One call of `label` or `annotate`.

    Args:
        noun: "label" or "annotation".
        field: the field of the metadata.
        resources: the arguments that name objects.
    """

    def __init__(self, call: Call, noun: str, field: str, resources: list[str], changes: Changes) -> None:
        self.call = call
        self.noun = noun
        self.field = field
        self.changes = changes
        self.resources = resources
        self.dry = dry_run(call)
        self.only_here = self.dry == "client" or call.flags.on("local") or call.flags.on("list")

    def check(self) -> None:
        """Checks the flags and arguments against each other.

        Raises:
            CommandError: with what is wrong.
        """
        flags = self.call.flags
        files = flags.items("filename") or flags.text("kustomize")
        if flags.on("list") and flags.text("output"):
            raise CommandError("--list and --output may not be specified together")
        for name in ("selector", "field-selector"):
            if flags.on("all") and flags.text(name):
                raise CommandError(f"cannot set --all and --{name} at the same time")
        if flags.on("local"):
            if self.dry == "server":
                raise CommandError("cannot specify --local and --dry-run=server - did you mean --dry-run=client?")
            if self.resources:
                raise CommandError(
                    "can only use local files by -f pod.yaml or --filename=pod.json when --local=true is set"
                )
            if not files:
                raise CommandError("one or more files must be specified as -f pod.yaml or --filename=pod.json")
        elif not self.resources and not files:
            raise CommandError("one or more resources must be specified as <resource> <name> or <resource>/<name>")
        if not self.changes.put and not self.changes.remove and not flags.on("list"):
            raise CommandError(f"at least one {self.noun} update is required")

    def run(self) -> None:
        """Changes all objects that are meant.

        Raises:
            ApiError, CommandError, Failures: with what went wrong.
        """
        flags = self.call.flags
        selection = Builder.of(
            self.call, args=self.resources, fields=flags.text("field-selector"), local=flags.on("local"),
            all=False, empty_selects_all=flags.on("all"), go_on=True, flatten=True, latest=not flags.on("local"),
        ).select()  # fmt: skip
        if flags.text("resource-version") and not selection.single:
            raise CommandError("--resource-version may only be used with a single resource")
        selection.visit(lambda info: self._visit(info, selection.single))

    def _visit(self, info: Info, single: bool) -> None:
        if not info.is_list:
            self._change(info, single)
            return
        for item in info.object["items"]:
            whole = {"apiVersion": info.kind.api_version, "kind": info.kind.name, **item}
            metadata = item["metadata"]
            self._change(Info(info.kind, metadata.get("namespace", ""), metadata["name"], whole), single)

    def _change(self, info: Info, single: bool) -> None:
        before = info.object
        present: dict[str, str] = before["metadata"].get(self.field) or {}
        if not self.only_here:
            self._tell_missing(present)
        after = self._changed(before, present)
        if self.call.flags.on("list"):
            self._list(info, after, single)
            return
        operation = self._operation(before, after)
        if not self.only_here:
            after = self._send(info, before, after)
        printer(self.call, operation, dry_run=self.dry)(after)

    def _changed(self, before: Object, present: dict[str, str]) -> Object:
        if not self.call.flags.on("overwrite"):
            self._refuse_overwriting(present)
        kept = {key: value for key, value in {**present, **self.changes.put}.items() if key not in self.changes.remove}
        after = before
        if kept != present:
            after = with_metadata(before, **{self.field: kept or None}) if kept or present else before
        after = recorded(self.call, after)
        version = self.call.flags.text("resource-version")
        return with_metadata(after, resourceVersion=version) if version else after

    def _tell_missing(self, present: dict[str, str]) -> None:
        """Says which of the keys that are to be taken away are not there."""

    def _refuse_overwriting(self, present: dict[str, str]) -> None:
        raise NotImplementedError

    def _operation(self, before: Object, after: Object) -> str:
        raise NotImplementedError

    def _send(self, info: Info, before: Object, after: Object) -> Object:
        options = {"fieldManager": self.call.flags.text("field-manager")}
        if self.dry == "server":
            options["dryRun"] = "All"
        patch = json_merge_patch(before, after)
        return self.call.api.call(
            "patch", info.kind, info.namespace, info.name, options=options, body=patch, content_type=MERGE
        )

    def _list(self, info: Info, obj: Object, single: bool) -> None:
        indent = ""
        if not single:
            indent = " "
            self.call.say(f"Listing {self.field} for {info.kind.name}.{info.kind.group}/{info.name}:")
        for key, value in sorted((obj["metadata"].get(self.field) or {}).items()):
            self.call.say(f"{indent}{key}={value}")


def size_of(obj: Object) -> int:
    """Returns how long an object is as JSON."""
    return len(compact_json(obj))
