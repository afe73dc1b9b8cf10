"""kubectl config set-context (kubectl/pkg/cmd/config/set_context.go)."""

from __future__ import annotations

from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import Command
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.kubeconfig_editing import put, starting


def run(call: Call) -> None:
    """Changes a context or makes one."""
    flags = call.flags
    if len(call.args) > 1:
        call.help()
        raise CommandError(f"Unexpected args: [{' '.join(call.args)}]")
    name = call.args[0] if call.args else ""
    if not name and not flags.on("current"):
        raise CommandError("you must specify a non-empty context name or --current")
    if name and flags.on("current"):
        raise CommandError("you cannot specify both a context name and --current")
    config = starting(call)
    if flags.on("current"):
        if not config.current:
            raise CommandError("no current context is set")
        name = config.current
    exists = name in config.contexts
    given = {field: flags.text(field) for field in ("cluster", "user", "namespace") if flags.changed(field)}
    put(call, config, "contexts", name, {**config.contexts.get(name, {}), **given})
    call.say(f'Context "{name}" {"modified" if exists else "created"}.')


COMMAND = Command(
    path="config set-context",
    usage="config set-context [NAME | --current] [--cluster=cluster_nickname] [--user=user_nickname] "
    "[--namespace=namespace]",
    short="Change a context, or make one",
    run=run,
    long="""
Change a context of the kubeconfig, or make one.

What is not given stays as it is in a context that exists.
""",
    examples="""
# Change the user of the context gce and nothing else
kubectl config set-context gce --user=cluster-admin
""",
    flags=(
        Flag("current", "bool", False, "Change the current context"),
        Flag("cluster", "string", "", "cluster of the context"),
        Flag("user", "string", "", "user of the context"),
        Flag("namespace", "string", "", "namespace of the context"),
    ),
)
