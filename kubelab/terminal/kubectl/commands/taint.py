"""kubectl taint (kubectl/pkg/cmd/taint/taint.go, utils.go)."""

from __future__ import annotations

from kubelab.cluster.kinds.names import label_value, qualified_name
from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.arguments import kind_of
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.changing import dry_run
from kubelab.terminal.kubectl.command import CLUSTER, Command
from kubelab.terminal.kubectl.connection import STRATEGIC
from kubelab.terminal.kubectl.errors import CommandError, Failures, PlainError, raise_all
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.resources import Builder, Info
from kubelab.terminal.kubectl.shared_flags import DRY_RUN, OUTPUT, SELECTOR, VALIDATE, field_manager
from kubelab.terminal.kubectl.typed import typed_printer

_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")


def run(call: Call) -> None:
    """Puts taints on nodes and takes them off."""
    flags = call.flags
    dry = dry_run(call)
    resources, specs = _sorted(call)
    try:
        added, removed = _parsed(specs)
    except CommandError as error:
        raise call.usage(error.message) from None
    _validate(call, resources, added, removed)
    args = resources if not flags.on("all") and not flags.text("selector") else ["node"]
    infos, errors = Builder.of(call, args=args, go_on=True, flatten=True, latest=True).select().infos()
    for info in infos:
        for node in info.object["items"] if info.is_list else [info.object]:
            try:
                _taint(call, info, node, added, removed, dry)
            except Failures as failures:
                errors += failures.errors
            except CommandError as error:
                errors.append(error)
    raise_all(errors)


def _sorted(call: Call) -> tuple[list[str], list[str]]:
    """Tells what names nodes from what says taints."""
    resources: list[str] = []
    specs: list[str] = []
    for word in call.args:
        if "=" in word or ":" in word or word.endswith("-"):
            specs.append(word)
        elif specs:
            raise CommandError(f"all resources must be specified before taint changes: {word}")
        else:
            resources.append(word)
    if not resources:
        raise CommandError("one or more resources must be specified as <resource> <name>")
    if not specs:
        raise CommandError("at least one taint update is required")
    return resources, specs


def _parsed(specs: list[str]) -> tuple[list[Object], list[Object]]:
    """Returns the taints to put on and those to take off; the latter without an effect mean all of a key."""
    added: list[Object] = []
    removed: list[Object] = []
    for spec in specs:
        if spec.endswith("-"):
            taint = _taint_of(spec[:-1])
            removed.append({"key": taint["key"], "effect": taint["effect"]})
            continue
        taint = _taint_of(spec)
        if not taint["effect"]:
            raise CommandError(f"invalid taint spec: {spec}")
        if any(_same(taint, other) for other in added):
            raise CommandError(
                "duplicated taints with the same key and effect: "
                f"{{{taint['key']} {taint.get('value', '')} {taint['effect']} <nil>}}"
            )
        added.append(taint)
    return added, removed


def _taint_of(spec: str) -> Object:
    key, value, effect = spec, None, ""
    parts = spec.split(":")
    if len(parts) > 2:
        raise CommandError(f"invalid taint spec: {spec}")
    if len(parts) == 2:
        effect = parts[1]
        if effect not in _EFFECTS:
            raise CommandError(f"invalid taint effect: {effect}, unsupported taint effect")
        pair = parts[0].split("=")
        if len(pair) > 2:
            raise CommandError(f"invalid taint spec: {spec}")
        key = pair[0]
        if len(pair) == 2:
            value = pair[1]
            wrong = label_value(value)
            if wrong:
                raise CommandError(f"invalid taint spec: {spec}, {'; '.join(wrong)}")
    wrong = qualified_name(key)
    if wrong:
        raise CommandError(f"invalid taint spec: {spec}, {'; '.join(wrong)}")
    return {"key": key, "effect": effect, **({"value": value} if value else {})}


def _validate(call: Call, resources: list[str], added: list[Object], removed: list[Object]) -> None:
    try:
        kind = kind_of(call.kinds, resources[0].lower())
    except CommandError as error:
        raise PlainError(error.message) from None
    if kind.name != "Node":
        raise CommandError(f"invalid resource type {resources[0].lower()}, only node types are supported")
    clashes = [
        f"{gone['key']}={gone['effect']}"
        for taint in added
        for gone in removed
        if taint["key"] == gone["key"] and gone["effect"] in ("", taint["effect"])
    ]
    if clashes:
        raise CommandError(
            f"can not both modify and remove the following taint(s) in the same command: {', '.join(clashes)}"
        )
    selector = call.flags.text("selector")
    if call.flags.on("all") and selector:
        raise CommandError("setting 'all' parameter with a non empty selector is prohibited")
    if not call.flags.on("all") and not selector and len(resources) < 2:
        raise CommandError("at least one resource name must be specified since 'all' parameter is not set")


def _same(taint: Object, other: Object) -> bool:
    return bool(taint["key"] == other["key"] and taint["effect"] == other["effect"])


def _taint(call: Call, info: Info, node: Object, added: list[Object], removed: list[Object], dry: str) -> None:
    name, old = node["metadata"]["name"], node["spec"].get("taints") or []
    overwrite = call.flags.on("overwrite")
    if not overwrite:
        there = [taint["key"] for taint in added if any(_same(taint, other) for other in old)]
        if there:
            raise CommandError(
                f"node {name} already has {','.join(there)} taint(s) with same effect(s) and --overwrite is false"
            )
    new = [*added, *(taint for taint in old if not any(_same(taint, other) for other in added))]
    grown = len(new) != len(old)
    new, deleted = _without(new, removed)
    operation = "modified" if (grown and deleted) or overwrite else "tainted" if grown else "untainted"
    show = typed_printer(call, operation)  # which says nothing of a dry run here, as in life
    if dry == "client":
        show({**node, "apiVersion": "v1", "kind": "Node", "spec": {**node["spec"], "taints": new}})
        return
    options = {"fieldManager": call.flags.text("field-manager")} | ({"dryRun": "All"} if dry == "server" else {})
    patch = {"spec": {"taints": new or None}}
    show(call.api.call("patch", info.kind, "", name, options=options, body=patch, content_type=STRATEGIC))


def _without(taints: list[Object], removed: list[Object]) -> tuple[list[Object], bool]:
    """Takes taints off; tells whether the last of them was there."""
    missing: list[str] = []
    deleted = False
    for gone in removed:
        left = [taint for taint in taints if taint["key"] != gone["key"] or gone["effect"] not in ("", taint["effect"])]
        deleted = len(left) != len(taints)
        if not deleted:
            missing.append(f'taint "{gone["key"]}{":" if gone["effect"] else ""}{gone["effect"]}" not found')
        taints = left
    if missing:
        raise Failures([CommandError(message) for message in missing])
    return taints, deleted


COMMAND = Command(
    path="taint",
    usage="taint NODE NAME KEY_1=VAL_1:TAINT_EFFECT_1 ... KEY_N=VAL_N:TAINT_EFFECT_N",
    short="Put taints on nodes, or take them off",
    run=run,
    group=CLUSTER,
    rank=70,
    long="""
Put taints on nodes, or take them off.

*  A taint is written key=value:effect.
*  The key begins with a letter or digit and may have letters, digits, hyphens, dots and underscores, 253 at the most.
*  A DNS subdomain and a '/' may stand before it, as in example.com/my-app.
*  The value may be left out. It begins with a letter or digit and may have the same signs as a key, 63 at the most.
*  The effect is NoSchedule, PreferNoSchedule or NoExecute.
*  Only nodes can have taints.
""",
    examples="""
# Put a taint with the key 'dedicated', the value 'special-user' and the effect 'NoSchedule' on the node 'foo'
# With --overwrite, a taint of that key and effect gets the new value
kubectl taint nodes foo dedicated=special-user:NoSchedule

# Take the taint with the key 'dedicated' and the effect 'NoSchedule' off the node 'foo'
kubectl taint nodes foo dedicated:NoSchedule-

# Take all taints with the key 'dedicated' off it
kubectl taint nodes foo dedicated-

# Put a taint on all nodes with the label myLabel=X
kubectl taint node -l myLabel=X  dedicated=foo:PreferNoSchedule

# Put a taint without a value on the node 'foo'
kubectl taint nodes foo bar:NoSchedule
""",
    flags=(
        Flag("all", "bool", False, "Select all nodes of the cluster"),
        *OUTPUT,
        DRY_RUN,
        field_manager("kubectl-taint"),
        Flag("overwrite", "bool", False, "If true, a taint that is there already may get another value."),
        SELECTOR,
        VALIDATE,
    ),
)
