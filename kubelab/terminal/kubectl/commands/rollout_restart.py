"""kubectl rollout restart, pause and resume (kubectl/pkg/cmd/rollout, polymorphichelpers/objectrestarter.go ...)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from kubelab.cluster.api.errors import ApiError
from kubelab.cluster.objects import Object, annotations_of
from kubelab.terminal.kubectl import rollouts
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import Command, Run
from kubelab.terminal.kubectl.connection import STRATEGIC
from kubelab.terminal.kubectl.errors import CommandError, raise_all
from kubelab.terminal.kubectl.resources import Info
from kubelab.terminal.kubectl.shared_flags import OUTPUT
from kubelab.terminal.kubectl.typed import typed_printer

RESTARTED_AT = "kubectl.kubernetes.io/restartedAt"
_TWICE = (
    "if restart has already been triggered within the past second, please wait before attempting to trigger another"
)

# Given a workload and the time, returns the patch; an empty one changes nothing.
Change = Callable[[Object, str], Object]


def _restart(obj: Object, now: str) -> Object:
    if obj["kind"] not in rollouts.ROLLED_OUT:
        raise CommandError("restarting is not supported")
    if obj["spec"].get("paused"):
        raise CommandError("can't restart paused deployment (run rollout resume first)")
    if annotations_of({"metadata": obj["spec"]["template"].get("metadata") or {}}).get(RESTARTED_AT) == now:
        return {}
    return {"spec": {"template": {"metadata": {"annotations": {RESTARTED_AT: now}}}}}


def _pause(obj: Object, now: str) -> Object:
    if obj["kind"] != "Deployment":
        raise CommandError("pausing is not supported")
    if obj["spec"].get("paused"):
        raise CommandError("is already paused")
    return {"spec": {"paused": True}}


def _resume(obj: Object, now: str) -> Object:
    if obj["kind"] != "Deployment":
        raise CommandError("resuming is not supported")
    if not obj["spec"].get("paused"):
        raise CommandError("is not paused")
    return {"spec": {"paused": None}}


def _runs(done: str, change: Change) -> Run:
    def run(call: Call) -> None:
        rollouts.required(call)
        infos, errors = rollouts.builder(call, go_on=True, flatten=True).select().infos()
        items = [item for info in infos for item in _items(info)]
        if not items and not errors:
            call.err(f"No resources found in {call.namespace} namespace.\n")
        show = typed_printer(call, done)
        now = f"{datetime.fromtimestamp(call.ctx.now, UTC):%Y-%m-%dT%H:%M:%SZ}"
        for info, obj in items:
            try:
                show(_patched(call, info, obj, change, now))
            except (CommandError, ApiError) as error:
                errors.append(error)
        raise_all(errors)

    return run


def _items(info: Info) -> list[tuple[Info, Object]]:
    objects = info.object["items"] if info.is_list else [info.object]
    return [(info, {"apiVersion": info.kind.api_version, "kind": info.kind.name, **obj}) for obj in objects]


def _patched(call: Call, info: Info, obj: Object, change: Change, now: str) -> Object:
    name = obj["metadata"]["name"]
    try:
        patch = change(obj, now)
    except CommandError as error:
        raise CommandError(f'error: {info.kind.resource} "{name}" {error}') from None
    if not patch:
        raise CommandError(f"failed to create patch for {name}: {_TWICE}")
    options = {"fieldManager": call.flags.text("field-manager")}
    try:
        return call.api.call(
            "patch", info.kind, obj["metadata"].get("namespace", ""), name,
            options=options, body=patch, content_type=STRATEGIC,
        )  # fmt: skip
    except ApiError as error:
        raise CommandError(f"failed to patch: {error.message}") from None


_FLAGS = (*rollouts.WORKLOAD_FLAGS, *OUTPUT, rollouts.FIELD_MANAGER)

RESTART = Command(
    path="rollout restart",
    usage="rollout restart RESOURCE",
    short="Replace the Pods of a workload by new ones",
    run=_runs("restarted", _restart),
    long="""
Replace the Pods of a workload by new ones.

They are replaced as in any rollout, a few at a time.
""",
    examples="""
# All Deployments of the namespace test-namespace
kubectl rollout restart deployment -n test-namespace

# One Deployment
kubectl rollout restart deployment/nginx

# A DaemonSet
kubectl rollout restart daemonset/abc

# The Deployments with the label app=nginx
kubectl rollout restart deployment --selector=app=nginx
""",
    flags=_FLAGS,
)
PAUSE = Command(
    path="rollout pause",
    usage="rollout pause RESOURCE",
    short="Hold a workload's rollout",
    run=_runs("paused", _pause),
    long="""
Hold a workload's rollout.

Its controller does not act on changes of the Pod template until "kubectl rollout resume" lets it. Only Deployments can be paused.
""",  # noqa: E501
    examples="""
# Hold the rollout of the Deployment nginx. Its Pods go on as they are;
# changes of its template have no effect while it is paused
kubectl rollout pause deployment/nginx
""",
    flags=_FLAGS,
)
RESUME = Command(
    path="rollout resume",
    usage="rollout resume RESOURCE",
    short="Let a paused workload's rollout go on",
    run=_runs("resumed", _resume),
    long="""
Let a paused workload's rollout go on.

Its controller acts on changes of the Pod template again. Only Deployments can be paused and resumed.
""",
    examples="""
# Let the rollout of a paused Deployment go on
kubectl rollout resume deployment/nginx
""",
    flags=_FLAGS,
)
