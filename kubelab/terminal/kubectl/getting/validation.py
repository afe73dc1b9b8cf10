"""What cannot be asked of kubectl get, and how it says so."""

from __future__ import annotations

from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.getting.raw import check_path

_NO_TYPE = (
    'You must specify the type of resource to get. Use "kubectl api-resources" for a complete list of supported '
    "resources.\n\n"
)
_REQUIRED = (
    "Required resource not specified.\n"
    'Use "kubectl explain <resource>" for a detailed description of that resource (e.g. kubectl explain pods).'
)

_UNSORTED = {
    True: "warning: --watch requested, --sort-by will be ignored for watch events received\n",
    False: "warning: --watch-only requested, --sort-by will be ignored\n",
}


def validate(call: Call) -> None:
    """Checks the flags and arguments against each other.

    Raises:
        CommandError: with what is wrong.
    """
    flags = call.flags
    watching = flags.on("watch") or flags.on("watch-only")
    named = bool(call.args or flags.items("filename") or flags.text("kustomize"))
    if not flags.text("raw"):
        if watching and flags.text("sort-by"):
            call.err(_UNSORTED[flags.on("watch")])
        elif not watching and not named:
            call.err(_NO_TYPE)
            raise call.usage(_REQUIRED)
    if flags.text("raw"):
        _validate_raw(call)
    output = flags.text("output")
    if flags.on("show-labels") and output not in ("", "wide"):
        raise CommandError(f"--show-labels option cannot be used with {output} printer")
    if flags.on("output-watch-events") and not watching:
        raise CommandError("--output-watch-events option can only be used with --watch or --watch-only")


def _validate_raw(call: Call) -> None:
    flags = call.flags
    if flags.on("watch") or flags.on("watch-only") or flags.text("selector"):
        raise CommandError(
            "--raw may not be specified with other flags that filter the server request or alter the output"
        )
    if flags.text("output"):
        raise CommandError("--raw and --output are mutually exclusive")
    check_path(call)
    if call.args:
        raise CommandError("arguments may not be passed when --raw is specified")
