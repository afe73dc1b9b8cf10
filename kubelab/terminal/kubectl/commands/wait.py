"""kubectl wait (kubectl/pkg/cmd/wait/wait.go)."""

from __future__ import annotations

from typing import Any

from kubelab.cluster.api.errors import ApiError, not_found
from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.arguments import kind_of
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import ADVANCED, Command
from kubelab.terminal.kubectl.errors import CommandError, kept, raise_all, told
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.printers.output import printer
from kubelab.terminal.kubectl.resources import Builder, Info
from kubelab.terminal.kubectl.shared_flags import ALL, ALL_NAMESPACES, FIELD_SELECTOR, LOCAL, OUTPUT, SELECTOR
from kubelab.terminal.kubectl.waiting import WEEK, full_name
from kubelab.terminal.kubectl.wanted import Wanted, wanted_of
from kubelab.terminal.tool import Poll, Sleep, Steps

_NOTHING = "no matching resources found"
_LOOK_AGAIN = 0.5  # seconds between two looks for objects that are not there yet


def run(call: Call) -> Steps:
    """Waits for objects, one after the other."""
    state = call.state
    wanted = wanted_of(call.flags.text("for"))
    show = printer(call, "condition met")
    if "targets" not in state:
        timeout = call.flags.seconds("timeout")
        state["deadline"] = call.ctx.now + (WEEK if timeout < 0 else timeout)
        yield from _find(call, wanted)
    while state["targets"]:
        kind_name, namespace, name, given = state["targets"][0]
        kind = kind_of(call.kinds, kind_name)
        target = Info(kind, namespace, name, given)
        try:
            done = yield from _await(call, wanted, target)
        except (ApiError, CommandError) as error:
            state.setdefault("problems", []).append(kept(error))
            done = None
        if done is not None:
            show(done)
        state["targets"] = state["targets"][1:]
    raise_all([told(problem) for problem in state.get("problems", ())])
    return 0


def _builder(call: Call) -> Builder:
    return Builder.of(
        call,
        all=False,
        empty_selects_all=call.flags.on("all"),
        fields=call.flags.text("field-selector"),
        latest=True,
        flatten=True,
        go_on=True,
        local=call.flags.on("local"),
    )


def _find(call: Call, wanted: Wanted) -> Steps:
    """Finds out what is waited for; with --for=create, waits until it is there."""
    state = call.state
    while True:
        infos, errors = _builder(call).select().infos()
        targets = [
            [full_name(info.kind), item["metadata"].get("namespace", ""), item["metadata"]["name"], _typed(info, item)]
            for info in infos
            for item in (info.object["items"] if info.is_list else [info.object])
        ]
        missing = [error for error in errors if getattr(error, "reason", "") == "NotFound"]
        if wanted.kind != "create" or (targets and not errors) or (errors and not missing):
            break
        if call.ctx.now >= state["deadline"]:
            raise CommandError("timed out waiting for the condition")
        yield Sleep(min(call.ctx.now + _LOOK_AGAIN, state["deadline"]))
    if wanted.kind == "delete":
        errors = [error for error in errors if error not in missing]
    if not targets and not errors and wanted.kind != "delete":
        raise CommandError(_NOTHING)
    state["targets"] = targets
    if errors:
        if not targets:
            raise_all(errors)
        state["problems"] = [kept(error) for error in errors if isinstance(error, ApiError | CommandError)]
    return 0


def _typed(info: Info, item: Object) -> Object:
    metadata = item["metadata"]
    kept = {name: metadata[name] for name in ("name", "namespace", "uid") if name in metadata}
    return {"apiVersion": info.kind.api_version, "kind": info.kind.name, "metadata": kept}


def _await(call: Call, wanted: Wanted, target: Info) -> Any:
    """Waits for one object; returns it as it is then."""
    state, kind = call.state, target.kind
    late = f"timed out waiting for the condition on {kind.plural}/{target.name}"
    is_new = state.get("at") != [kind.plural, target.namespace, target.name]
    state["at"] = [kind.plural, target.namespace, target.name]
    if is_new and wanted.kind != "delete" and call.flags.seconds("timeout") and call.ctx.now >= state["deadline"]:
        raise CommandError(late)  # the time of all objects together is over, and nobody looks at the others any more
    while True:
        found = call.api.find(kind, target.namespace, target.name)
        if wanted.kind == "delete":
            if found is None or found["metadata"]["uid"] != target.object["metadata"].get("uid"):
                return target.object
        elif found is None:
            raise not_found(kind, target.name)
        elif wanted.kind == "create" or wanted.met(found):
            return found
        if not call.flags.seconds("timeout"):
            raise CommandError(f"condition not met for {kind.plural}/{target.name}")
        if call.ctx.now >= state["deadline"]:
            raise CommandError(late)
        yield Poll(state["deadline"])


COMMAND = Command(
    path="wait",
    usage="wait ([-f FILENAME] | resource.group/resource.name | resource.group [(-l label | --all)]) "
    "[--for=create|--for=delete|--for condition=available|--for=jsonpath='{}'[=value]]",
    short="Wait until objects are as you want them",
    run=run,
    group=ADVANCED,
    rank=50,
    suggest_for=("list", "ps"),
    long="""
Wait until objects are as you want them.

Of each object, the status is looked at until it has the condition that --for names.

With "create" or "delete" in --for, the command waits until the objects exist, or until they do no longer.

A line tells when an object has met the condition; -o prints the object instead.
""",
    examples="""
# Until the Pod "busybox1" is ready
kubectl wait --for=condition=Ready pod/busybox1

# Until it is not; without a second equals sign, "true" is meant (upper and lower case are the same)
kubectl wait --for=condition=Ready=false pod/busybox1

# Until it runs
kubectl wait --for=jsonpath='{.status.phase}'=Running pod/busybox1

# Until it is ready, told by a path
kubectl wait --for='jsonpath={.status.conditions[?(@.type=="Ready")].status}=True' pod/busybox1

# Until the Service "loadbalancer" has an ingress
kubectl wait --for=jsonpath='{.status.loadBalancer.ingress}' service/loadbalancer

# Until the Secret "busybox1" exists, for 30s at the most
kubectl create secret generic busybox1
kubectl wait --for=create secret/busybox1 --timeout=30s

# Until the Pod "busybox1" is gone, for 60s at the most
kubectl delete pod/busybox1
kubectl wait --for=delete pod/busybox1 --timeout=60s
""",
    flags=(
        ALL,
        ALL_NAMESPACES,
        FIELD_SELECTOR,
        Flag("filename", "strings", [], "that say which objects are meant.", short="f"),
        Flag(
            "for",
            "string",
            "",
            "What to wait for: [create|delete|condition=condition-name[=condition-value]|"
            "jsonpath='{JSONPath expression}'=[JSONPath value]]. A condition's value is true by default; "
            "upper and lower case are the same.",
        ),
        LOCAL,
        *OUTPUT,
        Flag("recursive", "bool", True, "Look for files in the directories below that of -f, --filename.", short="R"),
        SELECTOR,
        Flag(
            "timeout",
            "duration",
            30.0,
            "How long to wait. Zero looks once and does not wait; a negative time is a week.",
        ),
    ),
)
