"""kubectl delete (kubectl/pkg/cmd/delete/delete.go)."""

from __future__ import annotations

from typing import Any

from kubelab.cluster.kinds.kind import Kind
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.changing import dry_run
from kubelab.terminal.kubectl.command import BASIC_INTERMEDIATE, Command
from kubelab.terminal.kubectl.errors import CommandError, Failures, raise_all, with_source
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.getting import raw
from kubelab.terminal.kubectl.golang import GoError, parse_bool
from kubelab.terminal.kubectl.logging import klog_warning
from kubelab.terminal.kubectl.printers.output import DRY_RUN_WORDS
from kubelab.terminal.kubectl.resources import PROBLEMS, Builder, Info, Selection
from kubelab.terminal.kubectl.shared_flags import ALL, ALL_NAMESPACES, DRY_RUN, FIELD_SELECTOR, SELECTOR, filename_flags
from kubelab.terminal.kubectl.waiting import remember, until_gone
from kubelab.terminal.tool import Readable, Steps

_POLICIES = {"background": "Background", "foreground": "Foreground", "orphan": "Orphan"}
_AT_ONCE = (
    "Immediate deletion does not wait for confirmation that the running resource has been terminated. "
    "The resource may continue to run on the cluster indefinitely."
)
GRACE_PERIOD = Flag(
    "grace-period",
    "int",
    -1,
    "Seconds that the object has to end by itself. Negative: as it says itself. 1: at once. "
    "0 only together with --force (deletes without confirmation).",
)
FORCE = Flag(
    "force",
    "bool",
    False,
    "If true, remove the object from the API at once and do not wait for it to end. "
    "Some kinds may then be left in disorder or lose data; asks to be sure.",
)
CASCADE = Flag(
    "cascade",
    "string",
    "background",
    'Must be "background", "orphan", or "foreground": what becomes of the objects that belong to it '
    "(the Pods of a replication controller). They go as well, stay, or go first.",
    bare="background",
)
TIMEOUT = Flag("timeout", "duration", 0.0, "How long to wait for the end of the deletion; zero leaves it to the object")

_NO_IS_MEANT_SINCE = 34  # the minor version whose question says that no is the answer otherwise


def propagation(call: Call) -> str:
    """Returns the propagation policy of --cascade.

    Raises:
        CommandError: there is no such one.
    """
    value = call.flags.text("cascade")
    if value in _POLICIES:
        return _POLICIES[value]
    try:
        on = parse_bool(value)
    except GoError:
        allowed = '"background", "foreground", or "orphan"'
        raise CommandError(f"invalid cascade value ({value}). Must be {allowed}") from None
    instead = "background" if on else "orphan"
    why = f"--cascade={value} is deprecated (boolean value) and can be replaced with --cascade={instead}."
    klog_warning(call, "helpers.go:155", why)
    return _POLICIES[instead]


def run(call: Call) -> int | Steps | None:
    """Deletes what was named, then waits until it is gone."""
    if "gone" in call.state:
        return until_gone(call)
    flags = call.flags
    policy = propagation(call)
    grace = _grace(call)
    if flags.text("raw"):
        raw.send(call, "DELETE")
        return 0
    builder = Builder.of(call, fields=flags.text("field-selector"), go_on=True, need_object=False, flatten=True)
    if flags.text("output") not in ("", "name"):
        form = flags.text("output")
        raise CommandError(f"unexpected -o output mode: {form}. We only support '-o name'")
    selection = builder.select()
    if flags.on("force") and grace == 0:
        call.warn(_AT_ONCE)
    elif flags.on("force"):
        raise CommandError("--force and --grace-period greater than 0 cannot be specified together")
    if flags.on("interactive"):
        infos, errors = selection.infos()
        return _asking(call, _flattened(infos), errors, policy, grace)
    deleter = _Deleter(call, policy, grace)
    errors = _visit(selection, deleter)
    return deleter.finish(errors)


def _visit(selection: Selection, deleter: _Deleter) -> list[Exception]:
    infos, errors = selection.infos()
    for info in _flattened(infos):
        try:
            deleter.delete(info)
        except PROBLEMS as error:
            errors += error.errors if isinstance(error, Failures) else [error]
    return errors


def _flattened(infos: list[Info]) -> list[Info]:
    return [
        Info(info.kind, item["metadata"].get("namespace", ""), item["metadata"]["name"], item)
        for info in infos
        if info.is_list
        for item in info.object["items"]
    ] + [info for info in infos if not info.is_list]


def _grace(call: Call) -> int:
    grace = call.flags.number("grace-period")
    if call.flags.on("now"):
        if grace != -1:
            raise CommandError("--now and --grace-period cannot be specified together")
        grace = 1
    if grace == 0 and not call.flags.on("force"):
        return 1  # data is not lost by a slip: zero needs --force
    return 0 if call.flags.on("force") and grace < 0 else grace


class _Deleter:
    def __init__(self, call: Call, policy: str, grace: int) -> None:
        self.call = call
        self.policy = policy
        self.grace = grace
        self.dry = dry_run(call)
        self.deleted: list[Info] = []
        self.found = 0
        self._warn_scope = call.explicit_namespace and not call.flags.on("all-namespaces")

    def delete(self, info: Info) -> None:
        call = self.call
        self.found += 1
        if self._warn_scope and not info.kind.namespaced:
            call.warn("deleting cluster-scoped resources, not scoped to the provided namespace")
            self._warn_scope = False
        if self.dry != "client":
            options = {"dryRun": "All"} if self.dry == "server" else {}
            body: dict[str, Any] = {"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": self.policy}
            if self.grace >= 0:
                body["gracePeriodSeconds"] = self.grace
            try:
                answer = call.api.call("delete", info.kind, info.namespace, info.name, options=options, body=body)
            except PROBLEMS as error:
                raise with_source("deleting", info.source, error) from None
            uid = (answer.get("details") or {}).get("uid") or (answer.get("metadata") or {}).get("uid", "")
            info.object = {"metadata": {"uid": uid}}
        self.deleted.append(info)
        self._tell(info)

    def _tell(self, info: Info) -> None:
        group = f".{info.kind.group}" if info.kind.group else ""
        kind = f"{info.kind.name}{group}".lower()
        if self.call.flags.text("output") == "name":
            self.call.say(f"{kind}/{info.name}")
            return
        done = "force deleted" if self.grace == 0 else "deleted"
        where = _where(self.call, info.kind, info.namespace)
        self.call.say(f'{kind} "{info.name}" {done}{DRY_RUN_WORDS.get(self.dry, "")}{where}')

    def finish(self, errors: list[Exception]) -> int | Steps | None:
        flags = self.call.flags
        ignores = flags.on("ignore-not-found")
        if not flags.changed("ignore-not-found") and (
            flags.on("all") or flags.text("selector") or flags.text("field-selector")
        ):
            ignores = True
        if ignores:
            errors = [error for error in errors if getattr(error, "reason", "") != "NotFound"]
        raise_all(errors)
        if not self.found:
            self.call.say("No resources found")
            return 0
        if not self.deleted or self.dry or not flags.on("wait"):
            return 0
        remember(self.call, self.deleted, flags.seconds("timeout"))
        return until_gone(self.call)


def _where(call: Call, kind: Kind, namespace: str) -> str:
    """From 1.34 on kubectl says which namespace an object was deleted from."""
    if call.minor < 34 or not kind.namespaced:
        return ""
    return f" from {namespace} namespace"


def _asking(call: Call, infos: list[Info], errors: list[Exception], policy: str, grace: int) -> Steps:
    if infos and "asked" not in call.state:
        call.say(f"You are about to delete the following {len(infos)} resource(s):")
        for info in infos:
            call.say(info.reference)
        call.out(f"Do you want to continue? ({'y/n' if call.minor < _NO_IS_MEANT_SINCE else 'y/N'}): ")
        call.keep("asked", True)
    while (line := call.ctx.stdin.read_line()) is None:
        yield Readable(0)
    if line.strip().lower() not in ("y", "yes"):
        call.say("deletion is cancelled")
        return 0
    deleter = _Deleter(call, policy, grace)
    for info in infos:
        deleter.delete(info)
    result = deleter.finish(errors)
    if result is None or isinstance(result, int):
        return result or 0
    return (yield from result)


COMMAND = Command(
    path="delete",
    usage="delete ([-f FILENAME] | [-k DIRECTORY] | TYPE [(NAME | -l label | --all)])",
    short="Delete objects: those of files, by name, or by a label selector",
    run=run,
    group=BASIC_INTERMEDIATE,
    rank=40,
    long="""
Delete objects: those of files, by name, or by a label selector.

Files may be JSON or YAML. Only one way of saying which objects are meant can be used at a time.

Some objects, such as Pods, are given time to end properly. Each kind says itself how long; --grace-period overrides
that, and 1 means at once. With --force and a grace period of 0 the object is removed from the API without waiting
for the node to confirm that its processes have ended: that can leave two Pods of the same name running at once.

The command waits until the objects are really gone, unless --wait=false is given. It does not look whether an
object was changed by others in the meantime: it is deleted as it is by then.
""",
    examples="""
# The Pod whose type and name stand in pod.json
kubectl delete -f ./pod.json

# All that a directory with a kustomization.yaml makes
kubectl delete -k dir

# The Pod of a manifest on standard input
cat pod.json | kubectl delete -f -

# Pods and Services named "baz" and "foo"
kubectl delete pod,service baz foo

# Pods and Services with the label name=myLabel
kubectl delete pods,services -l name=myLabel

# A Pod, almost at once
kubectl delete pod foo --now

# A Pod on a node that is dead
kubectl delete pod foo --force

# All Pods of the namespace
kubectl delete pods --all
""",
    flags=(
        *filename_flags("that hold what to delete."),
        SELECTOR,
        FIELD_SELECTOR,
        ALL,
        ALL_NAMESPACES,
        Flag("ignore-not-found", "bool", False, "If true, it is no error that an object is not there. So with --all."),
        CASCADE,
        Flag("now", "bool", False, "If true, give the objects no time to end (the same as --grace-period=1)."),
        FORCE,
        GRACE_PERIOD,
        TIMEOUT,
        Flag("wait", "bool", True, "If true, wait until the objects are gone, finalizers included."),
        Flag("output", "string", "", 'Output format. Use "-o name" for shorter output (resource/name).', short="o"),
        Flag("raw", "string", "", "Path to DELETE at the server."),
        DRY_RUN,
        Flag("interactive", "bool", False, "If true, ask before anything is deleted.", short="i"),
    ),
)
