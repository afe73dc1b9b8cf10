"""kubectl patch (kubectl/pkg/cmd/patch/patch.go)."""

from __future__ import annotations

from typing import Any

from kubelab.cluster.api import jsonpatch, patches, strategic
from kubelab.cluster.api.errors import BadRequest, UnsupportedMediaType
from kubelab.cluster.api.request import Undecoded
from kubelab.cluster.file_errors import FileError
from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.changing import dry_run, subresource
from kubelab.terminal.kubectl.command import ADVANCED, Command
from kubelab.terminal.kubectl.connection import JSON_PATCH, MERGE, STRATEGIC
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.golang import quote
from kubelab.terminal.kubectl.manifests import YamlError, load_yaml
from kubelab.terminal.kubectl.printers.output import printer
from kubelab.terminal.kubectl.recording import RECORD, record
from kubelab.terminal.kubectl.resources import Builder, Info
from kubelab.terminal.kubectl.shared_flags import DRY_RUN, LOCAL, OUTPUT, field_manager, filename_flags
from kubelab.terminal.shell.escapes import readable

_TYPES = {"json": JSON_PATCH, "merge": MERGE, "strategic": STRATEGIC}


def run(call: Call) -> None:
    """Patches the objects that are meant."""
    flags = call.flags
    dry = dry_run(call)
    _check(call, dry)
    subresource(call)
    patch = _patch(call)
    kind = flags.text("type").lower() or "strategic"
    local = flags.on("local")
    only_here = local or dry == "client"
    count = 0

    def act(info: Info) -> None:
        nonlocal count
        count += 1
        before = info.object
        after = _patched_here(call, kind, info, patch) if only_here else _send(call, dry, kind, info, patch)
        same = after == before
        if not same and not only_here:
            after = record(call, info, after, {})
        printer(call, "patched (no change)" if same else "patched")(after)

    Builder.of(call, local=local, go_on=True, flatten=True, subresource=flags.text("subresource")).select().visit(act)
    if not count:
        raise CommandError("no objects passed to patch")


def _check(call: Call, dry: str) -> None:
    flags = call.flags
    patch, file, kind = flags.text("patch"), flags.text("patch-file"), flags.text("type")
    if patch and file:
        raise CommandError("cannot specify --patch and --patch-file together")
    if not patch and not file:
        raise CommandError("must specify --patch or --patch-file containing the contents of the patch")
    if flags.on("local") and call.args:
        raise CommandError("cannot specify --local and server resources")
    if flags.on("local") and dry == "server":
        raise CommandError("cannot specify --local and --dry-run=server - did you mean --dry-run=client?")
    if kind and kind.lower() not in _TYPES:
        raise CommandError(f"--type must be one of [{' '.join(sorted(_TYPES))}], not {quote(kind)}")


def _patch(call: Call) -> Any:
    text, file = call.flags.text("patch"), call.flags.text("patch-file")
    if file:
        try:
            text = call.ctx.read_file(file)
        except FileError as error:
            raise CommandError(f"unable to read patch file: open {file}: {error.reason.lower()}") from None
    try:
        return patches.decoded(readable(text)) if text.lstrip().startswith("{") else load_yaml(text)
    except YamlError as error:
        raise CommandError(f"unable to parse {quote(call.flags.text('patch'))}: {error}") from None


def _send(call: Call, dry: str, kind: str, info: Info, patch: Any) -> Object:
    options = {"fieldManager": call.flags.text("field-manager")}
    if dry == "server":
        options["dryRun"] = "All"
    try:
        return call.api.call(
            "patch", info.kind, info.namespace, info.name,
            subresource=info.subresource, options=options, body=patch, content_type=_TYPES[kind],
        )  # fmt: skip
    except UnsupportedMediaType as error:
        what = f"{info.kind.api_version}, Kind={info.kind.name}"
        raise CommandError(f"{_TYPES[kind]} is not supported by {what}: {error.message}") from None


def _patched_here(call: Call, kind: str, info: Info, patch: Any) -> Object:
    if kind == "json":
        return _json_patched(info.object, patch)
    if kind == "strategic" and patch is None:
        return info.object
    if not isinstance(patch, dict):
        raise CommandError(patches.NO_MERGE_PATCH if kind == "merge" else "invalid JSON document")
    if kind == "merge":
        merged: Object = patches.merge(info.object, patch)
        return merged
    return strategic.merge(call.ctx.machine.cluster.version, info.kind, info.object, patch)


def _json_patched(obj: Object, patch: Any) -> Object:
    if isinstance(patch, Undecoded):
        raise CommandError(patch.why)
    try:
        patched: Object = jsonpatch.apply(obj, patch)
    except jsonpatch.PatchFailed as failed:
        raise CommandError(failed.why) from None
    except BadRequest as error:
        raise CommandError(error.message) from None
    return patched


COMMAND = Command(
    path="patch",
    usage="patch (-f FILENAME | TYPE NAME) [-p PATCH|--patch-file FILE]",
    short="Change fields of an object",
    run=run,
    group=ADVANCED,
    rank=20,
    long="""
Change fields of an object by a strategic merge patch, a JSON merge patch, or a JSON patch.

Patches may be JSON or YAML.

Note: kinds that a CustomResourceDefinition defines have no strategic merge patch.
""",
    examples="""
# A strategic merge patch, written as JSON
kubectl patch node k8s-node-1 -p '{"spec":{"unschedulable":true}}'

# The same, written as YAML
kubectl patch node k8s-node-1 -p $'spec:\\n unschedulable: true'

# The node of "node.json"
kubectl patch -f node.json -p '{"spec":{"unschedulable":true}}'

# A container's image; spec.containers[*].name is the key by which its list is merged
kubectl patch pod valid-pod -p '{"spec":{"containers":[{"name":"web","image":"new image"}]}}'

# The same by a JSON patch, which counts places
kubectl patch pod valid-pod --type='json' -p='[{"op":"replace","path":"/spec/containers/0/image","value":"new"}]'

# A deployment's size, through its subresource 'scale'
kubectl patch deployment nginx-deployment --subresource='scale' --type='merge' -p '{"spec":{"replicas":2}}'
""",
    flags=(
        RECORD,
        *filename_flags("that say which objects are meant."),
        *OUTPUT,
        DRY_RUN,
        field_manager("kubectl-patch"),
        LOCAL,
        Flag("patch", "string", "", "The patch, as JSON or YAML.", short="p"),
        Flag("patch-file", "string", "", "A file that holds the patch."),
        Flag("subresource", "string", "", "Patch this subresource of the object instead of the object."),
        Flag("type", "string", "strategic", "The kind of patch; one of [json merge strategic]"),
    ),
)
