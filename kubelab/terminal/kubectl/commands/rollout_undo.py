"""kubectl rollout undo (kubectl/pkg/cmd/rollout/rollout_undo.go, polymorphichelpers/rollback.go)."""

from __future__ import annotations

from kubelab.cluster.api.errors import ApiError
from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Object, annotations_of
from kubelab.terminal.kubectl import rollouts
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.changing import dry_run
from kubelab.terminal.kubectl.command import Command
from kubelab.terminal.kubectl.connection import JSON_PATCH, STRATEGIC
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.printers.output import DRY_RUN_WORDS, name_of
from kubelab.terminal.kubectl.resources import Info
from kubelab.terminal.kubectl.shared_flags import DRY_RUN, OUTPUT
from kubelab.terminal.kubectl.typed import typed_printer

# What a Deployment keeps of its own when the annotations of an old ReplicaSet come back.
_OWN = {
    "kubectl.kubernetes.io/last-applied-configuration",
    rollouts.REVISION,
    "deployment.kubernetes.io/revision-history",
    "deployment.kubernetes.io/desired-replicas",
    "deployment.kubernetes.io/max-replicas",
    "deprecated.deployment.rollback.to",
}


def run(call: Call) -> None:
    """Goes back to an earlier revision of workloads."""
    rollouts.required(call)
    dry = dry_run(call)

    def undo(info: Info) -> None:
        for obj in info.object["items"] if info.is_list else [info.object]:
            typed = {"apiVersion": info.kind.api_version, "kind": info.kind.name, **obj}
            rollouts.refuse_others(info.kind, "rollbacker", "rollbacker")
            result = _undo(call, info.kind, typed["metadata"], call.flags.number("to-revision"), dry)
            if call.flags.text("output") or call.flags.text("template"):
                typed_printer(call, result, dry_run=dry)(typed)
            else:
                call.out(f"{name_of(typed)} {result}{DRY_RUN_WORDS.get(dry, '')}\n")

    rollouts.builder(call, go_on=True, flatten=True).select().visit(undo)


def _undo(call: Call, kind: Kind, metadata: Object, revision: int, dry: str) -> str:
    """Goes back; returns what is said of it."""
    if revision < 0:
        raise _unknown(revision)
    owner, found = rollouts.history(call, kind, metadata["namespace"], metadata["name"])
    past = _chosen(kind, owner, found, revision)
    template = past["spec"]["template"] if kind.name == "Deployment" else rollouts.template_of(past)
    if dry == "client":
        text = rollouts.template_text(call, template)
        return text if kind.name == "Deployment" else f"will roll back to {text}"
    if kind.name == "Deployment":
        if owner["spec"].get("paused"):
            which = f" deployment/{metadata['name']}" if call.minor >= 34 else ""
            raise CommandError(
                "you cannot rollback a paused deployment; resume it first with "
                f"'kubectl rollout resume{which}' and try again"
            )
        template = _without_hash(template)
    if template == owner["spec"]["template"]:
        return f"skipped rollback (current template already matches revision {revision})"
    _restore(call, kind, owner, past, template, revision, dry)
    return "rolled back"


def _chosen(kind: Kind, owner: Object, found: dict[int, Object], revision: int) -> Object:
    if revision:
        if revision not in found:
            raise _unknown(revision)
        return found[revision]
    if len(found) < 2:
        if kind.name == "Deployment":
            raise CommandError(f'no rollout history found for deployment "{owner["metadata"]["name"]}"')
        raise CommandError("no last revision to roll back to")
    return found[sorted(found)[-2]]


def _unknown(revision: int) -> CommandError:
    return CommandError(f"unable to find specified revision {revision} in history")


def _without_hash(template: Object) -> Object:
    metadata = template.get("metadata") or {}
    labels = {key: value for key, value in (metadata.get("labels") or {}).items() if key != rollouts.HASH_LABEL}
    return {**template, "metadata": {**metadata, "labels": labels}}


def _restore(call: Call, kind: Kind, owner: Object, past: Object, template: Object, revision: int, dry: str) -> None:
    metadata = owner["metadata"]
    options = {"dryRun": "All"} if dry == "server" else {}
    body: object = past.get("data")
    content_type = STRATEGIC
    if kind.name == "Deployment":
        annotations = {key: value for key, value in annotations_of(owner).items() if key in _OWN}
        annotations |= {key: value for key, value in annotations_of(past).items() if key not in _OWN}
        content_type = JSON_PATCH
        body = [
            {"op": "replace", "path": "/spec/template", "value": template},
            {"op": "replace", "path": "/metadata/annotations", "value": annotations},
        ]
    try:
        call.api.call(
            "patch", kind, metadata["namespace"], metadata["name"],
            options=options, body=body, content_type=content_type,
        )  # fmt: skip
    except ApiError as error:
        raise CommandError(f"failed restoring revision {revision}: {error.message}") from None


COMMAND = Command(
    path="rollout undo",
    usage="rollout undo (TYPE NAME | TYPE/NAME) [flags]",
    short="Go back to an earlier revision",
    run=run,
    long="Go back to an earlier revision of a workload.",
    examples="""
# Go back to the revision before the latest one
kubectl rollout undo deployment/abc

# Go back to revision 3 of a DaemonSet
kubectl rollout undo daemonset/abc --to-revision=3

# Only have the server check it
kubectl rollout undo --dry-run=server deployment/abc
""",
    flags=(
        *rollouts.WORKLOAD_FLAGS,
        *OUTPUT,
        DRY_RUN,
        Flag("to-revision", "int64", 0, "The revision to go back to. 0 is the one before the latest."),
    ),
)
