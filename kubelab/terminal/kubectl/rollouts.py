"""The history of a workload's rollouts: a Deployment's ReplicaSets, the ControllerRevisions of the others.

Source: kubectl/pkg/polymorphichelpers/history.go, rollback.go; kubectl/pkg/util/deployment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.api.errors import ApiError
from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Object, annotations_of, controller_ref
from kubelab.cluster.selectors import from_label_selector
from kubelab.terminal.kubectl.describing.description import INDENT, Description
from kubelab.terminal.kubectl.describing.template import pod_template
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.golang import quote
from kubelab.terminal.kubectl.resources import Builder
from kubelab.terminal.kubectl.shared_flags import SELECTOR, filename_flags

if TYPE_CHECKING:
    from kubelab.terminal.kubectl.call import Call

REVISION = "deployment.kubernetes.io/revision"
CHANGE_CAUSE = "kubernetes.io/change-cause"
HASH_LABEL = "pod-template-hash"
ROLLED_OUT = ("Deployment", "DaemonSet", "StatefulSet")
_VISITED = (*ROLLED_OUT, "Job", "Pod", "ReplicaSet", "ReplicationController", "CronJob")
WORKLOAD_FLAGS = (*filename_flags("that say which workload is meant."), SELECTOR)
FIELD_MANAGER = Flag(
    "field-manager",
    "string",
    "kubectl-rollout",
    "Name under which the server notes who owns the fields that are written.",
)


def required(call: Call) -> None:
    """Refuses a call that names nothing.

    Raises:
        CommandError: neither arguments nor files are given.
    """
    if not call.args and not call.flags.items("filename") and not call.flags.text("kustomize"):
        raise CommandError("required resource not specified")


def builder(call: Call, **options: object) -> Builder:
    """Returns what the call's arguments mean."""
    return Builder.of(call, empty_selects_all=True, latest=True, **options)


def group_kind(kind: Kind) -> str:
    """Returns a kind as messages name it: "Deployment.apps", "Pod"."""
    return f"{kind.name}.{kind.group}" if kind.group else kind.name


def refuse_others(kind: Kind, what: str, retrieving: str) -> None:
    """Refuses kinds that have no rollouts.

    Raises:
        CommandError: it is such a kind.
    """
    if kind.name in ROLLED_OUT:
        return
    if kind.name in _VISITED:
        raise CommandError(f"no {what} has been implemented for {quote(group_kind(kind))}")
    elem = f"{{{kind.group} {kind.name}}}"
    raise CommandError(
        f"error retrieving {retrieving} for {quote(group_kind(kind))}, no visitor method exists for {elem}"
    )


def history(call: Call, kind: Kind, namespace: str, name: str) -> tuple[Object, dict[int, Object]]:
    """Returns a workload and what holds its past, by revision.

    Raises:
        CommandError: the workload cannot be had.
    """
    try:
        owner = call.api.get(kind, namespace, name)
    except ApiError as error:
        word = {"Deployment": "deployment", "StatefulSet": "Statefulset"}.get(kind.name, kind.name)
        raise CommandError(f"failed to retrieve {word} {name}: {error.message}") from None
    found: dict[int, Object] = {}
    for past in _pasts(call, kind, owner):
        number = revision_of(past)
        if number is not None:
            found[number] = past
    return owner, dict(sorted(found.items()))


def _pasts(call: Call, kind: Kind, owner: Object) -> list[Object]:
    resource = "replicasets" if kind.name == "Deployment" else "controllerrevisions"
    held = call.kinds.find(resource)
    if held is None:
        return []
    selector = str(from_label_selector(owner["spec"].get("selector")))
    found = call.api.list(held, owner["metadata"]["namespace"], labels=selector)
    typed = {"apiVersion": held.api_version, "kind": held.name}
    uid = owner["metadata"]["uid"]
    return [{**typed, **each} for each in found if (controller_ref(each) or {}).get("uid") == uid]


def revision_of(past: Object) -> int | None:
    """Returns which revision a ReplicaSet or ControllerRevision is."""
    if "revision" in past:
        return int(past["revision"])
    text = annotations_of(past).get(REVISION, "")
    return int(text) if text.isdigit() else None


def template_of(past: Object) -> Object:
    """Returns the Pod template that a ReplicaSet or ControllerRevision keeps, with the cause of its change."""
    if past["kind"] != "ReplicaSet":
        template = past["data"]["spec"]["template"]
        return {name: value for name, value in template.items() if name != "$patch"}
    template = past["spec"]["template"]
    cause = annotations_of(past).get(CHANGE_CAUSE, "")
    if not cause:
        kept: Object = template
        return kept
    metadata = template.get("metadata") or {}
    annotations = {**(metadata.get("annotations") or {}), CHANGE_CAUSE: cause}
    return {**template, "metadata": {**metadata, "annotations": annotations}}


def cause_of(past: Object) -> str:
    """Returns why there is this revision, "<none>" where nobody said."""
    return annotations_of(past).get(CHANGE_CAUSE, "") or "<none>"


class _Plain(Description):
    """A description whose tabs stay as they are: `rollout history` does not line them up."""

    def put(self, text: str, level: int = 0) -> None:
        """Writes text, indented by levels of two spaces."""
        self._pieces.append(INDENT * level + text)


def template_text(call: Call, template: Object) -> str:
    """Returns a Pod template as kubectl describes it here."""
    out = _Plain(call.api, now=call.ctx.now, minor=call.minor, with_events=False)
    pod_template(out, template)
    return out.text()
