"""kubectl apply set-last-applied (kubectl/pkg/cmd/apply/apply_set_last_applied.go)."""

from __future__ import annotations

from kubelab.terminal.kubectl.applying import described
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.changing import LAST_APPLIED, dry_run, last_applied
from kubelab.terminal.kubectl.command import Command
from kubelab.terminal.kubectl.connection import MERGE
from kubelab.terminal.kubectl.errors import CommandError, with_source
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.printers.json import compact_json
from kubelab.terminal.kubectl.printers.output import printer
from kubelab.terminal.kubectl.resources import Builder, Info
from kubelab.terminal.kubectl.shared_flags import DRY_RUN, OUTPUT, filename_flags


def run(call: Call) -> None:
    """Notes in the annotation that what the files say was applied."""
    dry = dry_run(call)
    show = printer(call, "configured", dry_run=dry)
    for info, text in _checked(call):
        if dry != "client":
            options = {"dryRun": "All"} if dry == "server" else {}
            body = {"metadata": {"annotations": {LAST_APPLIED: text}}}
            info.object = call.api.call(
                "patch", info.kind, info.namespace, info.name, options=options, body=body, content_type=MERGE
            )
        show(info.object)


def _checked(call: Call) -> list[tuple[Info, str]]:
    """Returns what is to be noted, once it is known that all of it can be; objects are as the server has them then."""
    checked: list[tuple[Info, str]] = []

    def check(info: Info) -> None:
        text = compact_json(info.object) + "\n"
        if not info.name:
            verb = f"retrieving current configuration of:\n{described(info)}\nfrom server for:"
            raise with_source(verb, info.source, CommandError("resource name may not be empty"))
        info.object = call.api.get(info.kind, info.namespace, info.name)
        noted = last_applied(info.object)
        if noted is None and not call.flags.on("create-annotation"):
            raise CommandError(
                f"no last-applied-configuration annotation found on resource: {info.name}, to create the annotation, "
                "run the command with --create-annotation"
            )
        if noted == text:
            call.say(f"set-last-applied {info.name}: no changes required.")
        else:
            checked.append((info, text))

    Builder.of(call, args=(), flatten=True).select().visit(check)
    return checked


COMMAND = Command(
    path="apply set-last-applied",
    usage="apply set-last-applied -f FILENAME",
    short="Note that what a file says was applied last to an object",
    run=run,
    long="""
Note that what a file says was applied last to an object, as though 'kubectl apply -f <file>' had been run, and change
nothing else of the object.
""",
    examples="""
# What deploy.yaml says was applied last
kubectl apply set-last-applied -f deploy.yaml

# The same for each file of a directory
kubectl apply set-last-applied -f path/

# The same where nothing was noted so far
kubectl apply set-last-applied -f deploy.yaml --create-annotation=true
""",
    flags=(
        *(flag for flag in filename_flags("that hold what was applied last") if flag.name == "filename"),
        *OUTPUT,
        Flag("create-annotation", "bool", False, "If true, note it even where nothing was noted so far"),
        DRY_RUN,
    ),
)
