"""ApplySets: an object that keeps what kinds and namespaces belong to what was applied together (KEP-3659, alpha).

Source: kubectl/pkg/cmd/apply/applyset.go, applyset_pruner.go.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from kubelab.cluster.api.errors import ApiError
from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Object, with_metadata
from kubelab.terminal.kubectl.client import client_release
from kubelab.terminal.kubectl.connection import APPLY
from kubelab.terminal.kubectl.errors import CommandError, raise_all
from kubelab.terminal.kubectl.golang import quote
from kubelab.terminal.kubectl.logging import klog_warning
from kubelab.terminal.kubectl.resources import Info

if TYPE_CHECKING:
    from kubelab.terminal.kubectl.call import Call

ENABLED = "KUBECTL_APPLYSET"
_TOOL = "kubectl"
_MANAGER = f"{_TOOL}-applyset"
_PREFIX = "applyset.kubernetes.io/"
_ID, _PART_OF, _PARENT_TYPE = f"{_PREFIX}id", f"{_PREFIX}part-of", f"{_PREFIX}is-parent-type"
_BY, _NAMESPACES, _KINDS = f"{_PREFIX}tooling", f"{_PREFIX}additional-namespaces", f"{_PREFIX}contains-group-kinds"
_OWN_PARENTS = ("secrets", "configmaps")


class ApplySet:
    """What --applyset names.

    Raises:
        CommandError: there is no such kind, or it cannot be what keeps a set.
    """

    def __init__(self, call: Call, dry: str, validation: str) -> None:
        reference = call.flags.text("applyset")
        kind_name, slash, name = reference.partition("/")
        self._call, self._dry = call, dry
        self._options = {"fieldManager": _MANAGER, "fieldValidation": validation}
        if not (name if slash else reference):
            raise CommandError(f"invalid parent reference {quote(reference)}: name cannot be blank")
        found = call.kinds.find(kind_name if slash else "secrets")
        if found is None:
            name, _, group = kind_name.partition(".")
            why = f"no matches for {group}/, Resource={name}"
            raise CommandError(f"invalid parent reference {quote(reference)}: {why}")
        self._kind = found
        self._name = name if slash else reference
        self._namespace = call.namespace if self._kind.namespaced and call.explicit_namespace else ""
        self._current: tuple[set[str], set[str]] = set(), set()
        self._updated: tuple[set[str], set[str]] = set(), set()

    def check(self) -> None:
        """Refuses what cannot keep a set.

        Raises:
            CommandError, Failures: it cannot.
        """
        errors: list[Exception] = []
        if self._kind.namespaced and not self._namespace:
            errors.append(CommandError("namespace is required to use namespace-scoped ApplySet"))
        if self._kind.group or self._kind.plural not in _OWN_PARENTS:
            definitions = self._call.kind("customresourcedefinitions.apiextensions.k8s.io")
            allowed = [obj["metadata"]["name"] for obj in self._call.api.list(definitions, labels=_PARENT_TYPE)]
            if f"{self._kind.plural}.{self._kind.group}" not in allowed:
                resource = f"{self._kind.group}/{self._kind.version}, Resource={self._kind.plural}"
                errors.append(CommandError(f"resource {quote(resource)} is not permitted as an ApplySet parent"))
        raise_all(errors)

    @property
    def id(self) -> str:
        """The set's name in labels: a hash of what its parent is."""
        text = ".".join((self._name, self._namespace, self._kind.name, self._kind.group))
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
        return f"applyset-{digest}-v1"

    def begin(self, infos: Collection[Info]) -> None:
        """Labels the objects, and has the parent know of all kinds before any of them is applied.

        Raises:
            ApiError, CommandError: the parent is somebody else's, or cannot be written.
        """
        for info in infos:
            labels = (info.object.get("metadata") or {}).get("labels") or {}
            if _PART_OF in labels:
                raise CommandError(f"ApplySet label {quote(_PART_OF)} already set in input data")
            info.object = with_metadata(info.object, labels={**labels, _PART_OF: self.id})
        self._fetch()
        kinds, namespaces = self._updated
        for info in infos:
            kinds.add(_group_kind(info.kind))
            if info.kind.namespaced and info.namespace:
                namespaces.add(info.namespace)
        self._write(self._current[0] | kinds, self._current[1] | namespaces)

    def left_over(self, kept: Collection[str]) -> Iterator[tuple[Kind, Object]]:
        """Yields the set's objects that are not among those that are kept."""
        call = self._call
        for name in sorted(self._current[0]):
            kind = next((each for each in call.kinds.served() if _group_kind(each) == name), None)
            if kind is None:
                raise CommandError(f"could not find mapping for kind in {quote(_KINDS)} annotation: {name}")
            for namespace in sorted(self._current[1]) if kind.namespaced else [""]:
                for obj in call.api.list(kind, namespace, labels=f"{_PART_OF}={self.id}"):
                    if obj["metadata"]["uid"] not in kept:
                        yield kind, {"apiVersion": kind.api_version, "kind": kind.name, **obj}

    def end(self) -> None:
        """Lets the parent forget the kinds and namespaces that have nothing of the set any more.

        Raises:
            CommandError: it cannot be written.
        """
        try:
            self._write(*self._updated)
        except CommandError as error:
            raise CommandError(f"apply and prune succeeded, but ApplySet update failed: {error}") from None

    @property
    def _label(self) -> str:
        return quote(f"{self._kind.plural}.{self._kind.group}/{self._name}")

    def _fetch(self) -> None:
        parent = self._call.api.find(self._kind, self._namespace, self._name)
        if parent is None:
            if self._kind.group or self._kind.plural not in _OWN_PARENTS:
                raise CommandError("custom resource ApplySet parents cannot be created automatically")
            return
        labels, annotations = (parent["metadata"].get(field) or {} for field in ("labels", "annotations"))
        if _BY not in annotations:
            raise CommandError(
                f"ApplySet parent object {self._label} already exists and is missing required annotation {quote(_BY)}"
            )
        tool = annotations[_BY].rpartition("/")[0] or annotations[_BY]
        if tool != _TOOL:
            raise CommandError(
                f"ApplySet parent object {self._label} already exists and is managed by tooling {quote(tool)} instead "
                f"of {quote(_TOOL)}"
            )
        if _ID not in labels:
            raise CommandError(f"ApplySet parent object {self._label} exists and does not have required label {_ID}")
        if labels[_ID] != self.id:
            raise CommandError(
                f"ApplySet parent object {self._label} exists and has incorrect value for label {quote(_ID)} "
                f"(got: {labels[_ID]}, want: {self.id})"
            )
        if _KINDS not in annotations:
            raise CommandError(
                f"parsing ApplySet annotation on {self._label}: kubectl requires the {quote(_KINDS)} annotation to be "
                "set on all ApplySet parent objects"
            )
        kinds, namespaces = (set(filter(None, annotations.get(key, "").split(","))) for key in (_KINDS, _NAMESPACES))
        self._current = kinds, namespaces | ({self._namespace} if self._namespace else set())

    def _write(self, kinds: set[str], namespaces: set[str]) -> None:
        if self._dry == "client":
            return
        metadata: Object = {
            "name": self._name,
            "annotations": {
                _BY: f"{_TOOL}/{client_release(self._call.ctx.machine)}",
                _KINDS: ",".join(sorted(kinds)),
                _NAMESPACES: ",".join(sorted(namespaces - {self._namespace})),
            },
            "labels": {_ID: self.id},
        }
        if self._namespace:
            metadata["namespace"] = self._namespace
        body = {"apiVersion": self._kind.api_version, "kind": self._kind.name, "metadata": metadata}
        try:
            try:
                self._send(body, "false")
            except ApiError as error:
                if error.reason != "Conflict":
                    raise
                klog_warning(
                    self._call,
                    "applyset.go:446",
                    f"WARNING: failed to update ApplySet: {error.message}\nApplySet field manager {_MANAGER} should "
                    "own these fields. Retrying with conflicts forced.",
                )
                self._send(body, "true")
        except ApiError as error:
            raise CommandError(f"failed to update ApplySet: {error.message}") from None

    def _send(self, body: Object, force: str) -> None:
        options = {**self._options, "force": force, **({"dryRun": "All"} if self._dry == "server" else {})}
        self._call.api.call(
            "patch", self._kind, self._namespace, self._name, options=options, body=body, content_type=APPLY
        )


def _group_kind(kind: Kind) -> str:
    return f"{kind.name}.{kind.group}" if kind.group else kind.name
