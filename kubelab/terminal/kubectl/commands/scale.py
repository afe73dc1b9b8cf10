"""kubectl scale (kubectl/pkg/cmd/scale/scale.go, kubectl/pkg/scale/scale.go)."""

from __future__ import annotations

from kubelab.cluster.api.errors import ApiError
from kubelab.cluster.objects import Object, with_spec
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.changing import dry_run
from kubelab.terminal.kubectl.command import DEPLOY, Command
from kubelab.terminal.kubectl.connection import MERGE
from kubelab.terminal.kubectl.errors import CommandError, Failures, raise_all
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.golang import quote
from kubelab.terminal.kubectl.pod_templates import flattened
from kubelab.terminal.kubectl.printers.output import Print, printer
from kubelab.terminal.kubectl.recording import RECORD, record
from kubelab.terminal.kubectl.resources import Builder, Info
from kubelab.terminal.kubectl.shared_flags import ALL, DRY_RUN, OUTPUT, SELECTOR, filename_flags
from kubelab.terminal.tool import Poll, Steps

_NEW_SIZE_SINCE = 36  # minor version from which the object is shown with the size that it gets


def run(call: Call) -> Steps:
    """Sets the number of replicas of each object that is meant."""
    flags = call.flags
    dry = dry_run(call)
    show = printer(call, "scaled", dry_run=dry)
    if flags.number("replicas") < 0:
        raise CommandError("The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0")
    if flags.number("current-replicas") < -1:
        raise CommandError("The --current-replicas must specify an integer of -1 or greater")
    builder = Builder.of(call, all=False, empty_selects_all=flags.on("all"), go_on=True, flatten=True)
    infos, errors = builder.select().infos()
    infos = [each for info in infos for each in flattened(info)]
    if flags.text("resource-version") and len(infos) > 1:
        raise CommandError("cannot use --resource-version with multiple resources")
    if not infos:
        raise _nothing(call, errors)
    yield from _scale_all(call, infos, dry, show)
    raise_all(errors)
    return 0


def _nothing(call: Call, errors: list[Exception]) -> Exception:
    """Returns how it is told that nothing was found: v1.31 is silent about why, v1.36 says only that."""
    if not errors or call.minor < 32:
        return CommandError("no objects passed to scale")
    if call.minor < _NEW_SIZE_SINCE:
        return CommandError("no objects passed to scale " + ", ".join(str(error) for error in errors))
    return errors[0] if len(errors) == 1 else Failures(errors)


def _scale_all(call: Call, infos: list[Info], dry: str, show: Print) -> Steps:
    flags = call.flags
    waits = flags.seconds("timeout") and not dry
    for info in infos[call.state.get("done", 0) :]:
        size = flags.number("replicas")
        if dry != "client":
            size = _scale(call, info, dry == "server")
            if not dry:
                info.object = record(call, info, info.object, {})
            if waits:
                yield from _until_scaled(call, info)
        if call.minor >= _NEW_SIZE_SINCE and info.kind.group in ("", "apps"):
            info.object = with_spec(info.object, replicas=size)
        show(info.object)
        call.keep("done", call.state.get("done", 0) + 1)
    return 0


def _scale(call: Call, info: Info, server_dry_run: bool) -> int:
    flags = call.flags
    wanted, before, version = flags.number("replicas"), flags.number("current-replicas"), flags.text("resource-version")
    api, kind = call.api, info.kind
    options = {"dryRun": "All"} if server_dry_run else {}
    if before == -1 and not version:
        body: Object = {"spec": {"replicas": wanted}}
        scale = api.call(
            "patch", kind, info.namespace, info.name,
            subresource="scale", options=options, body=body, content_type=MERGE,
        )  # fmt: skip
        return int(scale["spec"].get("replicas", 0))
    scale = api.get(kind, info.namespace, info.name, subresource="scale")
    size, found = scale["spec"].get("replicas", 0), scale["metadata"].get("resourceVersion", "")
    if before != -1 and size != before:
        raise CommandError(f"Expected replicas to be {before}, was {size}")
    if version and found != version:
        raise CommandError(f"Expected resource version to be {version}, was {found}")
    body = {**scale, "spec": {"replicas": wanted}}
    try:
        api.call("update", kind, info.namespace, info.name, subresource="scale", options=options, body=body)
    except ApiError as error:
        raise CommandError(
            f"Scaling the resource failed with: {error.message}; Current resource version {found}"
        ) from None
    return wanted


def _until_scaled(call: Call, info: Info) -> Steps:
    state = call.state
    if "deadline" not in state:
        call.keep("deadline", call.ctx.now + call.flags.seconds("timeout"))
    while True:
        found = call.api.get(info.kind, info.namespace, info.name)
        status = found.get("status") or {}
        observed = status.get("observedGeneration", 0) >= found["metadata"].get("generation", 0)
        if observed and status.get("replicas", 0) == found["spec"].get("replicas", 0):
            state.pop("deadline", None)
            return 0
        if call.ctx.now >= state["deadline"]:
            raise CommandError(f"timed out waiting for {quote(info.name)} to be synced")
        yield Poll(state["deadline"])


COMMAND = Command(
    path="scale",
    usage="scale [--resource-version=version] [--current-replicas=count] --replicas=COUNT (-f FILENAME | TYPE NAME)",
    short="Set how many Pods a deployment, replica set, or replication controller has",
    run=run,
    group=DEPLOY,
    rank=20,
    required=("replicas",),
    long="""
Set how many Pods a deployment, replica set, replication controller, or stateful set has.

Conditions can be given: with --current-replicas or --resource-version the size is changed only if they hold, and the
server makes sure that they still do when the change arrives.
""",
    examples="""
# Replica set 'foo' gets 3 Pods
kubectl scale --replicas=3 rs/foo

# What "foo.yaml" names gets 3 Pods
kubectl scale --replicas=3 -f foo.yaml

# Deployment mysql gets 3 Pods if it has 2
kubectl scale --current-replicas=2 --replicas=3 deployment/mysql

# Several at once
kubectl scale --replicas=5 rc/example1 rc/example2 rc/example3

# Stateful set 'web' gets 3 Pods
kubectl scale --replicas=3 statefulset/web
""",
    flags=(
        RECORD,
        *filename_flags("that say which objects are meant."),
        *OUTPUT,
        ALL,
        Flag("current-replicas", "int", -1, "Scale only if there are so many replicas now; -1 for any number."),
        DRY_RUN,
        Flag("replicas", "int", 0, "How many replicas there are to be. Required."),
        Flag("resource-version", "string", "", "Scale only if the object still has this version."),
        SELECTOR,
        Flag("timeout", "duration", 0.0, "How long to wait until there are so many; zero does not wait."),
    ),
)
