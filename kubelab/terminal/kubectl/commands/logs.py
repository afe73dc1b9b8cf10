"""kubectl logs (kubectl/pkg/cmd/logs/logs.go, polymorphichelpers/logsforobject.go)."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from kubelab.cluster.api.errors import NotFound
from kubelab.cluster.api.subresources import log
from kubelab.cluster.objects import Object, annotations_of
from kubelab.terminal.kubectl import pods, streams
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import TROUBLESHOOTING, Command
from kubelab.terminal.kubectl.errors import CommandError, message_of
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.resources import PROBLEMS, Builder
from kubelab.terminal.kubectl.rfc3339 import TimeError, parse_time
from kubelab.terminal.kubectl.shared_flags import SELECTOR
from kubelab.terminal.tool import Poll, Steps, Wait

_USAGE = "logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]"
_REQUIRED = f"expected '{_USAGE}'.\nPOD or TYPE/NAME is a required argument for the logs command"
_SELECTED_TAIL = 10


def run(call: Call) -> Steps:
    """Prints logs, or follows them."""
    state = call.state
    if "logs" not in state:
        options = _options(call)
        timeout = pods.running_timeout(call)
        objects = _objects(call)
        _validate(call, options)
        state["logs"] = yield from _requests(call, objects, options, timeout)
        _refuse_too_many(call)
    return (yield from _follow(call) if call.flags.on("follow") else _print_all(call))


def _options(call: Call) -> dict[str, str]:
    """Returns the query parameters of the requests."""
    flags, args = call.flags, call.args
    if (not args and not flags.text("selector")) or len(args) > 2:
        raise call.usage(_REQUIRED)
    if len(args) == 1 and flags.text("selector"):
        raise call.usage("only a selector (-l) or a POD name is allowed")
    options = {"container": args[1] if len(args) == 2 else flags.text("container")}
    if flags.on("previous"):
        options["previous"] = "true"
    if flags.on("timestamps"):
        options["timestamps"] = "true"
    if flags.text("since-time"):
        try:
            parse_time(flags.text("since-time"))
        except TimeError as error:
            raise CommandError(str(error)) from None
        options["sinceTime"] = flags.text("since-time")
    if flags.number("limit-bytes"):
        options["limitBytes"] = str(flags.number("limit-bytes"))
    if flags.seconds("since"):
        options["sinceSeconds"] = str(round(flags.seconds("since")))
    tail = flags.number("tail")
    if flags.text("selector") and tail == -1 and not flags.changed("tail"):
        options["tailLines"] = str(_SELECTED_TAIL)
    elif tail != -1:
        options["tailLines"] = str(tail)
    return options


def _objects(call: Call) -> list[Object]:
    if call.args:
        return [_named(call, call.args[0])]
    infos: list[Any] = []
    Builder.of(call, args=["pods"], one_type=True).select().visit(infos.append)
    items: list[Object] = [item for info in infos for item in info.object["items"]]
    if not items:
        call.err(f"No resources found in {call.namespace} namespace.\n")
    return [{"kind": "Pod", "apiVersion": "v1", **item} for item in items]


def _named(call: Call, word: str) -> Object:
    try:
        return pods.named(call, word, labels="").object
    except NotFound as error:
        where = f' in namespace "{call.namespace}"'
        raise CommandError(f"error from server (NotFound): {error.message}{where}") from None


def _validate(call: Call, options: dict[str, str]) -> None:
    flags = call.flags
    if flags.text("since-time") and flags.seconds("since"):
        raise CommandError("at most one of `sinceTime` or `sinceSeconds` may be specified")
    if flags.on("all-containers") and options["container"]:
        raise CommandError(f"--all-containers=true should not be specified with container name {options['container']}")
    if flags.changed("container") and len(call.args) == 2:
        raise CommandError("only one of -c or an inline [CONTAINER] arg is allowed")
    if flags.number("limit-bytes") < 0:
        raise CommandError("--limit-bytes must be greater than 0")
    if int(options.get("sinceSeconds", "0")) < 0:
        raise CommandError("--since must be greater than 0")
    if int(options.get("tailLines", "0")) < -1:
        raise CommandError("--tail must be greater than or equal to -1")


def _requests(
    call: Call, objects: list[Object], options: dict[str, str], timeout: float
) -> Generator[Wait, Any, list[Object]]:
    """Works out whose logs are meant; one entry a container."""
    found: list[Object] = []
    for obj in objects:
        chosen = [obj]
        if obj["kind"] != "Pod":
            chosen = yield from _pods_of(call, obj, timeout)
        for pod in chosen:
            for name in _containers(call, pod, options["container"]):
                metadata = pod["metadata"]
                where = {"namespace": metadata["namespace"], "pod": metadata["name"]}
                found.append({**where, "options": {**options, "container": name}})
    return found


def _pods_of(call: Call, obj: Object, timeout: float) -> Generator[Wait, Any, list[Object]]:
    try:
        pods.selector_of(obj)
    except CommandError as error:
        raise CommandError(f"cannot get the logs from {pods.go_type(obj)}: {error}") from None
    found = yield from pods.pods_of(call, obj, timeout, pods.by_logging)
    if len(found) > 1 and not call.flags.on("all-pods"):
        call.err(f"Found {len(found)} pods, using pod/{found[0]['metadata']['name']}\n")
        return found[:1]
    return found


def _containers(call: Call, pod: Object, asked: str) -> list[str]:
    spec = pod["spec"]
    if call.flags.on("all-containers"):
        fields = ("initContainers", "containers", "ephemeralContainers")
        return [each["name"] for field in fields for each in spec.get(field) or ()]
    name = asked or _annotated(call, pod)
    if not name:
        name = spec["containers"][0]["name"]
        if not call.flags.on("all-pods"):
            pods.tell_default(call, pod)
    if pods.find_container(pod, name) is None:
        others = f" out of: {pods.container_names(pod)}" if call.minor >= 35 else ""
        raise CommandError(f"container {name} is not valid for pod {pod['metadata']['name']}{others}")
    return [name]


def _annotated(call: Call, pod: Object) -> str:
    name: str = annotations_of(pod).get(pods.DEFAULT_CONTAINER, "")
    if name and pods.find_container(pod, name) is None:
        call.err(f'Default container name "{name}" not found in pod {pod["metadata"]["name"]}\n')
        return ""
    return name


def _refuse_too_many(call: Call) -> None:
    count, most = len(call.state["logs"]), call.flags.number("max-log-requests")
    if call.flags.on("follow") and count > 1 and count > most:
        raise CommandError(
            f"you are attempting to follow {count} log streams, but maximum allowed concurrency is {most}, "
            "use --max-log-requests to increase the limit"
        )


def _print_all(call: Call) -> Steps:
    for source in call.state["logs"]:
        try:
            part = streams.read_log(call, source["namespace"], source["pod"], source["options"])
        except PROBLEMS as error:
            _tolerate(call, error)
            continue
        lines = log.wanted(part.lines, source["options"], call.ctx.now)
        _tell(call, source, log.cut(log.text(lines, source["options"]), source["options"]))
        yield from call.ctx.drained()
    return 0


def _follow(call: Call) -> Steps:
    sources: list[Object] = call.state["logs"]
    while True:
        due = [moment for source in sources if (moment := _read_on(call, source)) is not None]
        if all(source.get("ended") for source in sources):
            return 0
        yield from call.ctx.drained()
        yield Poll(min(due, default=None))


def _read_on(call: Call, source: Object) -> float | None:
    """Tells what is new in one log; returns when more is known to come."""
    if source.get("ended"):
        return None
    options, position = source["options"], source.get("position")
    try:
        part = streams.read_log(call, source["namespace"], source["pod"], options, position)
    except PROBLEMS as error:
        _tolerate(call, error)
        source["ended"] = True
        return None
    lines = part.lines if position is not None else log.wanted(part.lines, options, call.ctx.now)
    text = log.text(lines, options)
    if "limitBytes" in options:
        text = log.cut(text, options)
        left = int(options["limitBytes"]) - len(text.encode("utf-8", "surrogateescape"))
        options["limitBytes"] = str(left)
        part.ended = part.ended or left <= 0
    _tell(call, source, text)
    source |= {"position": part.position, "ended": part.ended}
    return part.due


def _tolerate(call: Call, error: Exception) -> None:
    if not call.flags.on("ignore-errors"):
        raise error
    call.say(f"error: {message_of(error).removeprefix('Error from server (BadRequest): ')}")


def _tell(call: Call, source: Object, text: str) -> None:
    if call.flags.on("prefix") or call.flags.on("all-pods"):
        prefix = f"[pod/{source['pod']}/{source['options']['container']}] "
        text = "".join(prefix + line for line in text.splitlines(keepends=True))
    call.out(text)


COMMAND = Command(
    path="logs",
    usage=_USAGE,
    short="Show what a container has written",
    run=run,
    group=TROUBLESHOOTING,
    rank=20,
    long="""
Show what the processes of a container have written to their output. If there is only one, it need not be named.
""",
    examples="""
# The log of the Pod nginx, which has one container
kubectl logs nginx

# Each line with the names of the Pod and the container before it
kubectl logs nginx --prefix

# The first 500 bytes of it
kubectl logs nginx --limit-bytes=500

# Wait up to 20 seconds until the Pod runs
kubectl logs nginx --pod-running-timeout=20s

# The logs of all containers of the Pod
kubectl logs nginx --all-containers=true

# The logs of all Pods of the Deployment nginx
kubectl logs deployment/nginx --all-pods=true

# The logs of all containers of the Pods with the label app=nginx
kubectl logs -l app=nginx --all-containers=true

# The same, ten logs at a time at the most
kubectl logs -l app=nginx --max-log-requests=10

# The log of the container ruby before it was restarted
kubectl logs -p -c ruby web-1

# Follow the log of the Pod nginx, whatever errors there are
kubectl logs nginx -f --ignore-errors=true

# Follow the log of the container ruby
kubectl logs -f -c ruby web-1

# Follow the logs of all containers of the Pods with the label app=nginx
kubectl logs -f -l app=nginx --all-containers=true

# The last 20 lines
kubectl logs --tail=20 nginx

# What was written in the last hour
kubectl logs --since=1h nginx

# What was written since a moment, with times
kubectl logs nginx --since-time=2024-08-30T06:00:00Z --timestamps=true

# Do not check the kubelet's certificate
kubectl logs --insecure-skip-tls-verify-backend nginx

# The log of the first container of the Job hello
kubectl logs job/hello

# The log of the container nginx-1 of the Deployment nginx
kubectl logs deployment/nginx -c nginx-1
""",
    flags=(
        Flag("all-containers", "bool", False, "Show the logs of all containers of the Pods."),
        Flag("all-pods", "bool", False, "Show the logs of all Pods. Implies --prefix."),
        Flag("container", "string", "", "Show the log of this container", short="c"),
        Flag("follow", "bool", False, "Go on as more is written.", short="f"),
        Flag("ignore-errors", "bool", False, "With several logs: go on when one of them cannot be had"),
        Flag(
            "insecure-skip-tls-verify-backend",
            "bool",
            False,
            "Do not check who the kubelet is that the logs come from; for kubelets whose certificates have expired.",
        ),
        Flag("limit-bytes", "int64", 0, "How many bytes to show at the most. No limit by default."),
        Flag("max-log-requests", "int", 5, "How many logs may be followed at the same time. 5 by default."),
        Flag(
            "pod-running-timeout",
            "duration",
            20.0,
            "How long (5s, 2m, 3h; more than zero) to wait until a Pod runs",
        ),
        Flag("prefix", "bool", False, "Put the names of the Pod and the container before each line"),
        Flag("previous", "bool", False, "Show the log of the container before its last restart.", short="p"),
        SELECTOR,
        Flag("since", "duration", 0.0, "Only what was written in the last 5s, 2m, or 3h. All by default."),
        Flag("since-time", "string", "", "Only what was written since then (RFC3339). Not with --since."),
        Flag("tail", "int64", -1, "Only this many last lines. All by default (-1), but 10 with a selector."),
        Flag("timestamps", "bool", False, "Put the time before each line"),
    ),
)  # fmt: skip
