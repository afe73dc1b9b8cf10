"""kubectl replace (kubectl/pkg/cmd/replace/replace.go)."""

from __future__ import annotations

from kubelab.cluster.api.errors import ApiError
from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.changing import dry_run, saved, subresource, validation, write_options
from kubelab.terminal.kubectl.command import ADVANCED, Command
from kubelab.terminal.kubectl.commands.delete import CASCADE, FORCE, GRACE_PERIOD, TIMEOUT, propagation
from kubelab.terminal.kubectl.errors import CommandError, raise_all, with_source
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.getting import raw
from kubelab.terminal.kubectl.printers.output import Print, printer
from kubelab.terminal.kubectl.resources import PROBLEMS, Builder, Info
from kubelab.terminal.kubectl.shared_flags import (
    DRY_RUN,
    OUTPUT,
    SAVE_CONFIG,
    VALIDATE,
    field_manager,
    filename_flags,
)
from kubelab.terminal.kubectl.waiting import remember, until_gone
from kubelab.terminal.tool import Steps

_PATIENCE = 300.0  # seconds until a forced replacement gives up


def run(call: Call) -> int | Steps | None:
    """Replaces the objects of the files by what these say."""
    flags = call.flags
    dry = dry_run(call)
    validate = validation(call)
    show = printer(call, "replaced", dry_run=dry)
    if not flags.items("filename") and not flags.text("kustomize"):
        raise CommandError("must specify one of -f and -k")
    if flags.number("grace-period") >= 0 and not flags.on("force"):
        raise CommandError("--grace-period must have --force specified")
    if flags.seconds("timeout") and not flags.on("force"):
        raise CommandError("--timeout must have --force specified")
    if flags.on("force") and dry:
        raise CommandError("--dry-run can not be used when --force is set")
    subresource(call)
    if flags.text("raw"):
        raw.send(call, "PUT")
        return 0
    options = write_options(call, dry=dry, validate=validate)
    if flags.on("force"):
        return _by_force(call, show, options)
    _in_place(call, dry, show, options)
    return 0


def _builder(call: Call) -> Builder:
    return Builder.of(
        call, args=(), go_on=True, flatten=True, validating=True, subresource=call.flags.text("subresource")
    )


def _in_place(call: Call, dry: str, show: Print, options: dict[str, str]) -> None:
    def replace(info: Info) -> None:
        obj = saved(call, info.object)
        if dry != "client":
            try:
                obj = _put(call, info, obj, options)
            except PROBLEMS as error:
                raise with_source("replacing", info.source, error) from None
        show(obj)

    _builder(call).select().visit(replace)


def _put(call: Call, info: Info, obj: Object, options: dict[str, str]) -> Object:
    """Updates the object; without a resourceVersion in the file, the one that it has (Helper.Replace)."""
    metadata = obj["metadata"]
    if not info.name:
        raise CommandError("resource name may not be empty")
    if not metadata.get("resourceVersion"):
        try:
            live = call.api.get(info.kind, info.namespace, info.name, subresource=info.subresource)
            version = live["metadata"].get("resourceVersion")
            obj = {**obj, "metadata": {**metadata, "resourceVersion": version}}
        except ApiError:
            pass  # then the server says what is wrong with the update
    return call.api.call(
        "update", info.kind, info.namespace, info.name, subresource=info.subresource, options=options, body=obj
    )


def _by_force(call: Call, show: Print, options: dict[str, str]) -> Steps:
    """Deletes the objects, waits until they are gone, and creates them anew."""
    if "gone" not in call.state:
        infos, errors = _builder(call).select().infos()
        raise_all(errors)
        _delete(call, infos)
        remember(call, infos, call.flags.seconds("timeout") or _PATIENCE)
    yield from until_gone(call)
    created = 0

    def create(info: Info) -> None:
        nonlocal created
        body = saved(call, info.object)
        obj = call.api.call("create", info.kind, info.namespace, options=options, body=body)
        created += 1
        show(obj)

    _builder(call).select().visit(create)
    if not created:
        raise CommandError("no objects passed to replace")
    return 0


def _delete(call: Call, infos: list[Info]) -> None:
    grace = call.flags.number("grace-period") or 1  # zero would lose data by a slip
    policy = propagation(call)
    for info in infos:
        body: Object = {"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": policy}
        if grace > 0:
            body["gracePeriodSeconds"] = grace
        try:
            answer = call.api.call("delete", info.kind, info.namespace, info.name, body=body)
        except PROBLEMS as error:
            if getattr(error, "reason", "") != "NotFound":
                raise with_source("deleting", info.source, error) from None
            continue
        uid = (answer.get("details") or {}).get("uid") or (answer.get("metadata") or {}).get("uid", "")
        info.object = {"metadata": {"uid": uid}}
        group = f".{info.kind.group}" if info.kind.group else ""
        where = f" from {info.namespace} namespace" if call.minor >= 34 and info.kind.namespaced else ""
        call.say(f"{info.kind.name}{group}".lower() + f' "{info.name}" deleted{where}')


COMMAND = Command(
    path="replace",
    usage="replace -f FILENAME",
    short="Replace an object by what a file or stdin says",
    run=run,
    group=ADVANCED,
    rank=30,
    long="""
Replace an object by what a file or stdin says.

Files may be JSON or YAML. The whole object must be there: 'kubectl get TYPE NAME -o yaml' gives the one that stands.
""",
    examples="""
# The Pod of pod.json
kubectl replace -f ./pod.json

# The Pod of a manifest on standard input
cat pod.json | kubectl replace -f -

# Another tag for the image of a Pod with one container
kubectl get pod mypod -o yaml | sed 's/\\(image: myimage\\):.*$/\\1:v4/' | kubectl replace -f -

# Delete the object and create it again
kubectl replace --force -f ./pod.json
""",
    flags=(
        *filename_flags("that hold what takes the objects' place."),
        *OUTPUT,
        CASCADE,
        DRY_RUN,
        field_manager("kubectl-replace"),
        FORCE,
        GRACE_PERIOD,
        Flag("raw", "string", "", "Path to PUT the file to at the server."),
        SAVE_CONFIG,
        Flag("subresource", "string", "", "Replace this subresource of the object instead of the object."),
        TIMEOUT,
        VALIDATE,
        Flag("wait", "bool", False, "If true, wait until what is deleted is gone, finalizers included."),
    ),
)
