"""kubectl config get-contexts, current-context and use-context (kubectl/pkg/cmd/config)."""

from __future__ import annotations

from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import Command
from kubelab.terminal.kubectl.errors import CommandError, raise_all
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.kubeconfig_editing import set_current, starting
from kubelab.terminal.kubectl.printers.tabwriter import TabWriter
from kubelab.terminal.kubectl.shared_flags import NO_HEADERS

_HEADERS = ("CURRENT", "NAME", "CLUSTER", "AUTHINFO", "NAMESPACE")


def get_contexts(call: Call) -> None:
    """Lists the contexts."""
    form = call.flags.text("output")
    if form not in ("", "name"):
        raise CommandError(
            f"--output {form} is not available in kubectl config get-contexts; resetting to default output format"
        )
    config = starting(call)
    out = TabWriter(call.out)
    names, errors = list(call.args), []
    for name in list(names):
        if name not in config.contexts:
            errors.append(CommandError(f"context {name} not found"))
            names.remove(name)
    if not call.args:
        names = list(config.contexts)
    if not form and not call.flags.on("no-headers"):
        out.row(_HEADERS)
    for name in sorted(names):
        if form:
            out.row((name,))
            continue
        context = config.contexts[name]
        mark = "*" if name == config.current else ""
        out.row((mark, name, *(context.get(field) or "" for field in ("cluster", "user", "namespace"))))
    out.flush()
    raise_all(errors)


def current_context(call: Call) -> None:
    """Tells the current context."""
    config = starting(call)
    if not config.current:
        raise CommandError("current-context is not set")
    call.say(config.current)


def use_context(call: Call) -> None:
    """Makes another context the current one."""
    if len(call.args) != 1:
        call.help()
        raise CommandError(f"Unexpected args: [{' '.join(call.args)}]")
    name = call.args[0]
    config = starting(call)
    if not name:
        raise CommandError("you must specify a current-context")
    if name not in config.contexts:
        raise CommandError(f'no context exists with the name: "{name}"')
    set_current(call, config, name)
    call.say(f'Switched to context "{name}".')


GET_CONTEXTS = Command(
    path="config get-contexts",
    usage="config get-contexts [(-o|--output=)name)]",
    short="List the contexts, or one of them",
    run=get_contexts,
    long="List the contexts of the kubeconfig, or some of them.",
    examples="""
# All contexts
kubectl config get-contexts

# One context
kubectl config get-contexts my-context
""",
    flags=(NO_HEADERS, Flag("output", "string", "", "Output format. One of: (name).", short="o")),
)
CURRENT_CONTEXT = Command(
    path="config current-context",
    usage="config current-context [flags]",
    short="Tell the current context",
    run=current_context,
    examples="""
# The name of the current context
kubectl config current-context
""",
)
USE_CONTEXT = Command(
    path="config use-context",
    usage="config use-context CONTEXT_NAME",
    short="Make another context the current one",
    run=use_context,
    aliases=("use",),
    examples="""
# Use the context of the minikube cluster
kubectl config use-context minikube
""",
)
