"""kubectl config view (kubectl/pkg/cmd/config/view.go)."""

from __future__ import annotations

import base64
from collections.abc import Callable

from kubelab.cluster.file_errors import FileError
from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import Command
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.kubeconfig import Kubeconfig
from kubelab.terminal.kubectl.kubeconfig_editing import starting
from kubelab.terminal.kubectl.kubeconfig_schema import FIELDS, config_object
from kubelab.terminal.kubectl.printers.output import printer
from kubelab.terminal.kubectl.shared_flags import output_flags

_OMITTED, _REDACTED = "DATA+OMITTED", "REDACTED"
_SECRETS = ("token", "password")
_FILES = ("certificate-authority", "client-certificate", "client-key")


def run(call: Call) -> None:
    """Shows the kubeconfig."""
    flags = call.flags
    if call.args:
        raise call.usage(f"unexpected arguments: [{' '.join(call.args)}]")
    if not flags.on("merge") and not flags.text("kubeconfig"):
        raise CommandError("if merge==false a precise file must be specified")
    config = starting(call)
    current = config.current
    clusters, users, contexts = config.clusters, config.users, config.contexts
    if flags.on("minify"):
        current = flags.text("context") or current
        clusters, users, contexts = _minified(config, current)
    change: Callable[[Object], Object] = _shortened
    if flags.on("flatten"):
        clusters = {name: _flattened(call, entry) for name, entry in clusters.items()}
        users = {name: _flattened(call, entry) for name, entry in users.items()}
    if flags.on("raw") or flags.on("flatten"):
        change = _as_it_is
    shown = config_object(
        {name: change(entry) for name, entry in clusters.items()},
        {name: change(entry) for name, entry in users.items()},
        contexts,
        current,
        config.preferences,
    )
    show = printer(call, typed=True)
    if flags.text("output") == "name":
        call.say("config/<unknown>")
        return
    show(shown)


def _minified(config: Kubeconfig, current: str) -> tuple[dict[str, Object], dict[str, Object], dict[str, Object]]:
    """Leaves what the current context needs (clientcmd/api/helpers.go, MinifyConfig)."""
    if not current:
        raise CommandError("current-context must exist in order to minify")
    if current not in config.contexts:
        raise CommandError(f"cannot locate context {current}")
    context = config.contexts[current]
    found: list[dict[str, Object]] = []
    for word, entries in (("user", config.users), ("cluster", config.clusters)):
        name = context.get(word) or ""
        if name and name not in entries:
            raise CommandError(f"cannot locate {word} {name}")
        found.append({name: entries[name]} if name else {})
    users, clusters = found
    return clusters, users, {current: context}


def _shortened(entry: Object) -> Object:
    """Hides secrets and leaves out long data."""
    shown = dict(entry)
    for fields in (FIELDS["cluster"], FIELDS["user"]):
        shown |= {name: _OMITTED for name, kind in fields.items() if kind == "bytes" and entry.get(name)}
    return shown | {name: _REDACTED for name in _SECRETS if entry.get(name)}


def _as_it_is(entry: Object) -> Object:
    return entry


def _flattened(call: Call, entry: Object) -> Object:
    """Puts the content of files in the place of their names."""
    shown = dict(entry)
    for name in _FILES:
        path = shown.pop(name, "")
        if not path:
            continue
        if shown.get(f"{name}-data"):
            raise CommandError("cannot have values for both path and contents")
        try:
            data = call.ctx.files.read_bytes(call.ctx.path(path))
        except FileError as error:
            raise CommandError(f"open {path}: {error.reason.lower()}") from None
        shown[f"{name}-data"] = base64.b64encode(data).decode()
    return shown


COMMAND = Command(
    path="config view",
    usage="config view [flags]",
    short="Show the kubeconfig, all its files together",
    run=run,
    long="""
Show the kubeconfig, all its files together, or one of them.

With --output jsonpath={...} single values can be picked.
""",
    examples="""
# The kubeconfig of all files together
kubectl config view

# The same with certificates and secrets
kubectl config view --raw

# The password of the user e2e
kubectl config view -o jsonpath='{.users[?(@.name == "e2e")].user.password}'
""",
    flags=(
        *output_flags(default="yaml"),
        Flag("flatten", "bool", False, "Put the content of certificate files in; no other file is needed then"),
        Flag("merge", "bool", True, "Take all kubeconfig files together"),
        Flag("minify", "bool", False, "Leave out what the current context does not use"),
        Flag("raw", "bool", False, "Show certificates and secrets"),
    ),
)
