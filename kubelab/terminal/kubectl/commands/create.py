"""kubectl create -f: objects from files (kubectl/pkg/cmd/create/create.go); its generators have files of their own."""

from __future__ import annotations

from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.changing import dry_run, no_arguments, saved, validation, write_options
from kubelab.terminal.kubectl.command import BASIC_BEGINNER, Command
from kubelab.terminal.kubectl.editing import Outcome, edit
from kubelab.terminal.kubectl.errors import CommandError, raise_all, with_source
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.getting import raw
from kubelab.terminal.kubectl.printers.output import printer
from kubelab.terminal.kubectl.recording import RECORD, recorded
from kubelab.terminal.kubectl.resources import PROBLEMS, Builder, Info
from kubelab.terminal.kubectl.shared_flags import (
    DRY_RUN,
    OUTPUT,
    SAVE_CONFIG,
    SELECTOR,
    VALIDATE,
    field_manager,
    filename_flags,
)
from kubelab.terminal.tool import Steps


def run(call: Call) -> Steps | None:
    """Creates what the files say."""
    flags = call.flags
    if not flags.items("filename") and not flags.text("kustomize"):
        if call.args:
            raise call.usage(f"Unexpected args: [{' '.join(call.args)}]")
        raise CommandError("must specify one of -f and -k")
    no_arguments(call)
    if flags.text("raw"):
        if flags.on("edit") or flags.text("selector"):
            other = "--edit" if flags.on("edit") else "--selector (-l)"
            raise CommandError(f"--raw and {other} are mutually exclusive")
        raw.send(call, "POST")
        return None
    if flags.on("edit"):
        return _edited(call)
    dry = dry_run(call)
    options = write_options(call, dry=dry, validate=validation(call))
    show = printer(call, "created", dry_run=dry)
    created = 0

    def create(info: Info) -> None:
        nonlocal created
        obj = recorded(call, saved(call, info.object))
        if dry != "client":
            try:
                obj = call.api.call("create", info.kind, info.namespace, options=options, body=obj)
            except PROBLEMS as error:
                raise with_source("creating", info.source, error) from None
        created += 1
        show(obj)

    Builder.of(call, args=(), go_on=True, flatten=True, validating=True).select().visit(create)
    if not created:
        raise CommandError("no objects passed to create")
    return None


def _edited(call: Call) -> Steps:
    """Opens an editor with each object before it is created."""
    options = write_options(call, validate=validation(call))
    if "objects" not in call.state:
        infos, errors = Builder.of(call, args=(), go_on=True, flatten=True, validating=True).select().infos()
        raise_all(errors)
        call.keep("objects", [info.object for info in infos])

    def save(edited: list[Info], _outcome: Outcome) -> None:
        for info in edited:
            obj = call.api.call("create", info.kind, info.namespace, options=options, body=saved(call, info.object))
            printer(call, "created")(obj)

    for obj in call.ctx.each(call.state["objects"]):
        yield from edit(call, [obj], save)
        call.state.pop("edit", None)
    return 0


COMMAND = Command(
    path="create",
    usage="create -f FILENAME",
    short="Create an object from a file or from stdin",
    run=run,
    group=BASIC_BEGINNER,
    rank=10,
    long="""
Create an object from a file or from stdin.

Files may be JSON or YAML.
""",
    examples="""
# The Pod of pod.json
kubectl create -f ./pod.json

# The Pod of a manifest on standard input
cat pod.json | kubectl create -f -

# The objects of registry.yaml, changed in an editor as JSON before they are created
kubectl create -f registry.yaml --edit -o json
""",
    flags=(
        RECORD,
        *filename_flags("that hold what to create."),
        *OUTPUT,
        SAVE_CONFIG,
        VALIDATE,
        DRY_RUN,
        SELECTOR,
        field_manager("kubectl-create"),
        Flag("edit", "bool", False, "Open the editor before creating"),
        Flag("raw", "string", "", "Path to POST the file to at the server."),
        Flag("windows-line-endings", "bool", False, "With --edit=true: end lines as Windows does."),
    ),
)
