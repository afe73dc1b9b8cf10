"""kubectl rollout status (kubectl/pkg/cmd/rollout/rollout_status.go, polymorphichelpers/rollout_status.go)."""

from __future__ import annotations

from kubelab.cluster.api.errors import ApiError
from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Object, annotations_of
from kubelab.terminal.kubectl import rollouts
from kubelab.terminal.kubectl.arguments import kind_of
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import Command
from kubelab.terminal.kubectl.errors import CommandError, kept, raise_all, told
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.waiting import full_name
from kubelab.terminal.tool import Poll, Steps

_UNSEEN = "Waiting for {} spec update to be observed...\n"


def run(call: Call) -> Steps:
    """Tells how far rollouts have got, one after the other, each again at every change until it is done."""
    state = call.state
    if "targets" not in state:
        rollouts.required(call)
        if call.flags.number("revision") < 0:
            raise CommandError(f"revision must be a positive integer: {call.flags.number('revision')}")
        if not _find(call):
            call.err(f"No resources found in {call.namespace} namespace.\n")
    while state["targets"]:
        kind_name, namespace, name = state["targets"][0]
        try:
            yield from _follow(call, kind_of(call.kinds, kind_name), namespace, name)
        except (ApiError, CommandError) as error:
            state["problems"].append(kept(error))
        state["targets"] = state["targets"][1:]
        state.pop("revision", None)
    raise_all([told(problem) for problem in state["problems"]])
    return 0


def _find(call: Call) -> bool:
    infos, errors = rollouts.builder(call, go_on=True, flatten=True).select().infos()
    found = [
        [full_name(info.kind), item["metadata"].get("namespace", ""), item["metadata"]["name"]]
        for info in infos
        for item in (info.object["items"] if info.is_list else [info.object])
    ]
    call.state.update(targets=found, problems=[kept(error) for error in errors])
    return bool(found or errors)


def _follow(call: Call, kind: Kind, namespace: str, name: str) -> Steps:
    state = call.state
    if kind.name not in rollouts.ROLLED_OUT:
        raise CommandError(f"no status viewer has been implemented for {rollouts.group_kind(kind)}")
    if "revision" not in state:
        revision, timeout = call.api.cluster.store.revision, call.flags.seconds("timeout")
        if _tell(call, kind, call.api.get(kind, namespace, name)) or not call.flags.on("watch"):
            return 0
        state |= {"revision": revision, "deadline": call.ctx.now + timeout if timeout else None}
    options = {"resourceVersion": str(state["revision"]), "fieldSelector": f"metadata.name={name}"}
    changes = call.api.watch(kind, namespace, options=options)
    try:
        while True:
            for event in changes.events():
                if event.type == "DELETED":
                    raise CommandError("object has been deleted")
                if event.type in ("ADDED", "MODIFIED") and _tell(call, kind, event.object):
                    return 0
            state["revision"] = call.api.cluster.store.revision
            if state["deadline"] is not None and call.ctx.now >= state["deadline"]:
                raise CommandError("timed out waiting for the condition")
            yield Poll(state["deadline"])
    finally:
        changes.close()


def _tell(call: Call, kind: Kind, obj: Object) -> bool:
    tell = {"Deployment": _deployment, "DaemonSet": _daemonset, "StatefulSet": _statefulset}[kind.name]
    message, done = tell(obj, call.flags.number("revision"))
    call.out(message)
    return done


def _deployment(obj: Object, revision: int) -> tuple[str, bool]:
    name, status = obj["metadata"]["name"], obj.get("status") or {}
    if revision:
        running = annotations_of(obj).get(rollouts.REVISION, "")
        if revision != int(running or 0):
            raise CommandError(
                f"desired revision ({revision}) is different from the running revision ({int(running or 0)})"
            )
    if obj["metadata"].get("generation", 0) > status.get("observedGeneration", 0):
        return _UNSEEN.format("deployment"), False
    for condition in status.get("conditions") or ():
        if condition["type"] == "Progressing" and condition.get("reason") == "ProgressDeadlineExceeded":
            raise CommandError(f'deployment "{name}" exceeded its progress deadline')
    wanted, updated = obj["spec"].get("replicas", 1), status.get("updatedReplicas", 0)
    total, available = status.get("replicas", 0), status.get("availableReplicas", 0)
    head = f'Waiting for deployment "{name}" rollout to finish: '
    if updated < wanted:
        return f"{head}{updated} out of {wanted} new replicas have been updated...\n", False
    if total > updated:
        return f"{head}{total - updated} old replicas are pending termination...\n", False
    if available < updated:
        return f"{head}{available} of {updated} updated replicas are available...\n", False
    return f'deployment "{name}" successfully rolled out\n', True


def _daemonset(obj: Object, revision: int) -> tuple[str, bool]:
    name, status = obj["metadata"]["name"], obj.get("status") or {}
    _refuse_on_delete(obj)
    if obj["metadata"].get("generation", 0) > status.get("observedGeneration", 0):
        return _UNSEEN.format("daemon set"), False
    wanted, updated = status.get("desiredNumberScheduled", 0), status.get("updatedNumberScheduled", 0)
    available = status.get("numberAvailable", 0)
    head = f'Waiting for daemon set "{name}" rollout to finish: '
    if updated < wanted:
        return f"{head}{updated} out of {wanted} new pods have been updated...\n", False
    if available < wanted:
        return f"{head}{available} of {wanted} updated pods are available...\n", False
    return f'daemon set "{name}" successfully rolled out\n', True


def _statefulset(obj: Object, revision: int) -> tuple[str, bool]:
    status, spec = obj.get("status") or {}, obj["spec"]
    _refuse_on_delete(obj)
    seen = status.get("observedGeneration", 0)
    if not seen or obj["metadata"].get("generation", 0) > seen:
        return _UNSEEN.format("statefulset"), False
    wanted, ready, updated = spec.get("replicas", 1), status.get("readyReplicas", 0), status.get("updatedReplicas", 0)
    if ready < wanted:
        return f"Waiting for {wanted - ready} pods to be ready...\n", False
    rolling = spec["updateStrategy"].get("rollingUpdate")
    if rolling is not None:
        kept = rolling.get("partition")
        if kept is not None and updated < wanted - kept:
            head = "Waiting for partitioned roll out to finish: "
            return f"{head}{updated} out of {wanted - kept} new pods have been updated...\n", False
        return f"partitioned roll out complete: {updated} new pods have been updated...\n", True
    if status.get("updateRevision") != status.get("currentRevision"):
        head = "waiting for statefulset rolling update to complete "
        return f"{head}{updated} pods at revision {status.get('updateRevision', '')}...\n", False
    head = "statefulset rolling update complete "
    return f"{head}{status.get('currentReplicas', 0)} pods at revision {status.get('currentRevision', '')}...\n", True


def _refuse_on_delete(obj: Object) -> None:
    if (obj["spec"].get("updateStrategy") or {}).get("type", "RollingUpdate") != "RollingUpdate":
        raise CommandError("rollout status is only available for RollingUpdate strategy type")


COMMAND = Command(
    path="rollout status",
    usage="rollout status (TYPE NAME | TYPE/NAME) [flags]",
    short="Tell how far a rollout has got",
    run=run,
    long="""
Tell how far a rollout has got.

It is followed until it is done; with --watch=false, its present state is told and nothing more. If another rollout begins meanwhile, that one is followed; with --revision=N the command ends when revision N is no longer the latest one.
""",  # noqa: E501
    examples="""
# Follow the rollout of a Deployment
kubectl rollout status deployment/nginx
""",
    flags=(
        *rollouts.WORKLOAD_FLAGS,
        Flag("revision", "int64", 0, "Tell of this revision only. 0 is the latest."),
        Flag("timeout", "duration", 0.0, "How long to follow it, with a unit (1s, 2m, 3h); zero means to the end."),
        Flag("watch", "bool", True, "Follow the rollout until it is done.", short="w"),
    ),
)
