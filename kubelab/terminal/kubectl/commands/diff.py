"""kubectl diff: what apply would change (kubectl/pkg/cmd/diff/diff.go).

The live objects and what would become of them are written as YAML into two directories below /tmp, and `diff -u -N`
or $KUBECTL_EXTERNAL_DIFF compares these.
"""

from __future__ import annotations

import re

from kubelab.cluster.api.errors import ApiError
from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Object, with_metadata
from kubelab.terminal.kubectl.applying import CLIENT_SIDE, SERVER_SIDE, three_way_patch, warn_if_deleting
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.changing import LAST_APPLIED, no_arguments
from kubelab.terminal.kubectl.command import ADVANCED, Command
from kubelab.terminal.kubectl.connection import APPLY
from kubelab.terminal.kubectl.errors import CommandError, Exit, PlainError, render
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.logging import klog_warning
from kubelab.terminal.kubectl.printers.output import without_managed_fields
from kubelab.terminal.kubectl.printers.yaml import to_yaml
from kubelab.terminal.kubectl.pruning import allowlist, left_over
from kubelab.terminal.kubectl.resources import PROBLEMS, Builder, Info
from kubelab.terminal.kubectl.shared_flags import SELECTOR, SHOW_MANAGED_FIELDS, field_manager, filename_flags
from kubelab.terminal.tool import Steps

_TROUBLE = 2  # above 1, which says that there are differences
_MASK, _BEFORE, _AFTER = "***", "*** (before)", "*** (after)"
_SAFE = re.compile(r"[a-zA-Z0-9-=]+")


def run(call: Call) -> Steps:
    """Compares what is with what the files would make of it; ends with 1 where that differs."""
    if "directories" not in call.state:
        try:
            _prepare(call)
        except PROBLEMS as error:
            _remove(call)
            raise _trouble(error) from None
    argv = _program(call)
    code = yield from call.ctx.run([*argv, *call.state["directories"]])
    _remove(call)
    if code == 127:
        raise CommandError(
            f'failed to run "{argv[0]}": exec: "{argv[0]}": executable file not found in $PATH', _TROUBLE
        )
    if code:
        raise Exit(code)
    return 0


def _trouble(error: Exception) -> Exception:
    """Returns the error with an exit code that does not mean a difference."""
    text, code = render(error)
    return PlainError(text, code + 1)


def _prepare(call: Call) -> None:
    flags = call.flags
    no_arguments(call)
    if not flags.items("filename") and not flags.text("kustomize"):
        raise CommandError("must specify one of -f and -k")
    if flags.on("force-conflicts") and not flags.on("server-side"):
        raise CommandError("--force-conflicts only works with --server-side")
    kinds = allowlist(call) if flags.on("prune") else []
    cluster = call.ctx.machine.cluster
    names = []
    for side in ("LIVE", "MERGED"):
        number = cluster.random.index(2**32, "diff", side, cluster.store.revision, call.ctx.now)
        names.append(f"/tmp/{side}-{number}")
        call.ctx.files.mkdir(names[-1], 0o700)
    call.keep("directories", names)
    seen: list[Info] = []
    Builder.of(call, args=(), flatten=True).select().visit(lambda info: _write(call, info, names, seen))
    if flags.on("prune"):
        _write_pruned(call, names[0], kinds, seen)


def _write_pruned(call: Call, directory: str, kinds: list[Kind], seen: list[Info]) -> None:
    """Shows what apply would prune as something that goes away."""
    namespaces = {info.namespace for info in seen if info.kind.namespaced}
    for kind, obj in left_over(call, kinds, namespaces, [info.object["metadata"].get("uid") for info in seen]):
        metadata = obj["metadata"]
        name = _file_name(kind, metadata.get("namespace", ""), metadata["name"])
        call.ctx.files.write(f"{directory}/{name}", to_yaml(obj))


def _file_name(kind: Kind, namespace: str, name: str) -> str:
    group = f"{kind.group}." if kind.group else ""
    return f"{group}{kind.version}.{kind.name}.{namespace}.{name}"


def _write(call: Call, info: Info, directories: list[str], seen: list[Info]) -> None:
    if not info.name:
        raise CommandError("resource name may not be empty")
    live = call.api.find(info.kind, info.namespace, info.name)
    try:
        merged = _merged(call, info, live)
    except ApiError as error:
        if error.reason == "Conflict" and live is not None:
            kind = f"{info.kind.api_version}, Kind={info.kind.name}"
            klog_warning(call, "diff.go:723", f"Object ({kind}: {info.name}) keeps changing, diffing without lock")
        raise
    if live is not None:
        warn_if_deleting(call, live)
    shown = [live, merged]
    if not call.flags.on("show-managed-fields"):
        shown = [obj and without_managed_fields(obj) for obj in shown]
    if (info.kind.group, info.kind.name) == ("", "Secret"):
        shown = list(_masked(shown[0], shown[1] or {}))
    name = _file_name(info.kind, info.namespace, info.name)
    for directory, obj in zip(directories, shown, strict=True):
        call.ctx.files.write(f"{directory}/{name}", to_yaml(obj) if obj else "")
    info.object = live or info.object
    seen.append(info)


def _merged(call: Call, info: Info, live: Object | None) -> Object:
    """Returns what applying the manifest would come to."""
    flags = call.flags
    server_side = flags.on("server-side")
    manager = flags.text("field-manager")
    if not flags.changed("field-manager"):
        manager = SERVER_SIDE if server_side else CLIENT_SIDE
    options = {"fieldManager": manager, "dryRun": "All"}
    if server_side:
        options["force"] = "true" if flags.on("force-conflicts") else "false"
        return call.api.call(
            "patch", info.kind, info.namespace, info.name, options=options, body=info.object, content_type=APPLY
        )
    if live is None:
        return call.api.call("create", info.kind, info.namespace, options=options, body=info.object)
    patch, content_type = three_way_patch(call, info, live, _modified(info.object))
    if not patch:
        return live
    return call.api.call(
        "patch", info.kind, info.namespace, info.name, options=options, body=patch, content_type=content_type
    )


def _modified(manifest: Object) -> Object:
    """Returns a manifest as it is compared: without the annotation that apply would put."""
    annotations = (manifest.get("metadata") or {}).get("annotations") or {}
    return with_metadata(manifest, annotations={k: v for k, v in annotations.items() if k != LAST_APPLIED})


def _masked(before: Object | None, after: Object) -> tuple[Object | None, Object]:
    """Returns two states of a Secret with its values hidden; changed ones can be told apart."""
    old, new = dict((before or {}).get("data") or {}), dict(after.get("data") or {})
    shown_old, shown_new = dict.fromkeys(old, _MASK), dict.fromkeys(new, _MASK)
    for key in old.keys() & new.keys():
        if old[key] != new[key]:
            shown_old[key], shown_new[key] = _BEFORE, _AFTER
    masked_before = {**before, "data": shown_old} if before and old else before
    return masked_before, {**after, "data": shown_new} if new else after


def _program(call: Call) -> list[str]:
    external = call.ctx.env.get("KUBECTL_EXTERNAL_DIFF")
    if not external:
        return ["diff", "-u", "-N"]
    program, *words = external.split(" ")
    argv = [program]
    for word in words:
        if _SAFE.fullmatch(word):
            argv.append(word)
        else:
            allowed = "only Alphanumeric (case-insensitive), dash and equal are allowed"
            klog_warning(call, "diff.go:211", f"invalid argument is ignored: {word}, {allowed}")
    return argv


def _remove(call: Call) -> None:
    for directory in call.state.pop("directories", ()):
        if call.ctx.files.exists(directory):
            call.ctx.files.remove_tree(directory)


COMMAND = Command(
    path="diff",
    usage="diff -f FILENAME",
    short="Compare what is with what a file would make of it",
    run=run,
    group=ADVANCED,
    rank=10,
    long="""
Compare objects as they are with what they would be once the files were applied.

The output is YAML throughout. KUBECTL_EXTERNAL_DIFF names another program than "diff", with parameters if it needs
some; the two directories with the states are given to it. "diff" is called with "-u" (lines around the differences)
and "-N" (new files count as empty ones before).

Exit status: 0 No differences were found. 1 Differences were found. >1 Kubectl or diff failed with an error.

Note: another program should keep to that convention.
""",
    examples="""
# What pod.json would change
kubectl diff -f pod.json

# A manifest on standard input
cat service.yaml | kubectl diff -f -
""",
    flags=(
        *filename_flags("that hold what to compare"),
        Flag("concurrency", "int", 1, "How many objects to compare at the same time. Has no effect here."),
        field_manager(CLIENT_SIDE),
        Flag("force-conflicts", "bool", False, "If true, take over fields that others manage, with --server-side."),
        Flag("prune", "bool", False, "Count objects that would be pruned."),
        Flag("prune-allowlist", "array", [], "Kinds that --prune looks at, written <group/version/kind>"),
        SELECTOR,
        Flag("server-side", "bool", False, "If true, the server merges, and keeps track of who manages which field."),
        SHOW_MANAGED_FIELDS,
    ),
)
