"""kubectl config get-clusters, get-users, rename-context and the delete commands (kubectl/pkg/cmd/config)."""

from __future__ import annotations

from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import Command, Run
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.kubeconfig_editing import default_file, put, remove, set_current, starting

_ACTIVE = 'warning: this removed your active context, use "kubectl config use-context" to select a different one\n'


def _lists(plural: str) -> Run:
    def run(call: Call) -> None:
        call.say("NAME")
        for name in sorted(getattr(starting(call), plural)):
            call.say(name)

    return run


def _deletes(plural: str, word: str) -> Run:
    def run(call: Call) -> None:
        config = starting(call)
        path = default_file(call, config)
        if len(call.args) != 1:
            call.help()
            return
        name = call.args[0]
        if name not in getattr(config, plural):
            raise CommandError(f"cannot delete {word} {name}, not in {path}")
        if word == "context" and config.current == name:
            call.err(_ACTIVE)
        remove(call, config, plural, name)
        call.say(f"deleted {word} {name} from {path}")

    return run


def rename(call: Call) -> None:
    """Gives a context another name."""
    if len(call.args) != 2:
        call.help()
        raise CommandError(f"Unexpected args: [{' '.join(call.args)}]")
    old, new = call.args
    config = starting(call)
    path = default_file(call, config)
    if old not in config.contexts:
        raise CommandError(f'cannot rename the context "{old}", it\'s not in {path}')
    if new in config.contexts:
        raise CommandError(f'cannot rename the context "{old}", the context "{new}" already exists in {path}')
    entry, was_current = config.contexts[old], config.current == old
    put(call, config, "contexts", new, entry)
    remove(call, starting(call), "contexts", old)
    if was_current:
        set_current(call, starting(call), new)
    call.say(f'Context "{old}" renamed to "{new}".')


GET_CLUSTERS = Command(
    path="config get-clusters",
    usage="config get-clusters [flags]",
    short="List the clusters of the kubeconfig",
    run=_lists("clusters"),
    examples="""
# The clusters that kubectl knows of
kubectl config get-clusters
""",
)
GET_USERS = Command(
    path="config get-users",
    usage="config get-users [flags]",
    short="List the users of the kubeconfig",
    run=_lists("users"),
    examples="""
# The users that kubectl knows of
kubectl config get-users
""",
)
DELETE_CLUSTER = Command(
    path="config delete-cluster",
    usage="config delete-cluster NAME",
    short="Take a cluster out of the kubeconfig",
    run=_deletes("clusters", "cluster"),
    examples="""
# Forget the cluster minikube
kubectl config delete-cluster minikube
""",
)
DELETE_CONTEXT = Command(
    path="config delete-context",
    usage="config delete-context NAME",
    short="Take a context out of the kubeconfig",
    run=_deletes("contexts", "context"),
    examples="""
# Forget the context of the minikube cluster
kubectl config delete-context minikube
""",
)
DELETE_USER = Command(
    path="config delete-user",
    usage="config delete-user NAME",
    short="Take a user out of the kubeconfig",
    run=_deletes("users", "user"),
    examples="""
# Forget the user minikube
kubectl config delete-user minikube
""",
)
RENAME_CONTEXT = Command(
    path="config rename-context",
    usage="config rename-context CONTEXT_NAME NEW_NAME",
    short="Give a context another name",
    run=rename,
    long="""
Give a context of the kubeconfig another name.

CONTEXT_NAME is the context to be renamed.

NEW_NAME is its new name.

Note: If it is the current context, it stays so under its new name.
""",
    examples="""
# Rename the context 'old-name' to 'new-name'
kubectl config rename-context old-name new-name
""",
)
