"""Which arguments and which values of flags Tab knows, command by command.

Source: ValidArgsFunction and RegisterFlagCompletionFunc in kubectl/pkg/cmd.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """What a command's arguments are.

    Args:
        what: "objects" (TYPE NAME, TYPE/NAME), "pods" (a Pod or what has Pods), "types", "names" of one source,
            "files".
        types: the only types that are offered; all where there are none.
        repeats: whether there may be several.
        source: for names: a type, or "contexts", "clusters", "users" of the kubeconfig.
        then: what the second argument is.
    """

    what: str = ""
    types: tuple[str, ...] = ()
    repeats: bool = True
    source: str = ""
    then: str = ""


WITH_PODS = (
    "daemonsets",
    "deployments",
    "pods",
    "jobs",
    "replicasets",
    "replicationcontrollers",
    "services",
    "statefulsets",
)
_SCALED = ("deployment", "replicaset", "replicationcontroller", "statefulset")
_ROLLED_OUT = ("deployment", "daemonset", "statefulset")
_RUNNING = ("deployment", "daemonset", "replicaset", "replicationcontroller", "statefulset")

_ANY = Rule("objects")
_NODES = Rule("names", source="nodes")
_POD = Rule("pods", repeats=False)


def _some(*types: str, repeats: bool = True) -> Rule:
    return Rule("objects", types, repeats)


def _one(source: str) -> Rule:
    return Rule("names", source=source, repeats=False)


ARGUMENTS: dict[str, Rule] = {
    **dict.fromkeys(("get", "describe", "delete", "edit", "patch", "label", "annotate", "wait", "debug"), _ANY),
    "explain": Rule("types"),
    "logs": Rule("pods", repeats=False, then="containers"),
    "exec": _POD,
    "attach": _POD,
    "port-forward": _POD,
    "cp": Rule("files"),
    "expose": _some("pod", "service", "replicationcontroller", "deployment", "replicaset"),
    "scale": _some(*_SCALED),
    "autoscale": _some(*_SCALED),
    **{f"rollout {name}": _some(*_ROLLED_OUT) for name in ("history", "pause", "restart", "resume", "status", "undo")},
    **{f"set {name}": _some(*_RUNNING) for name in ("image", "env", "resources", "serviceaccount")},
    "taint": Rule("objects", ("node",)),
    "cordon": _NODES,
    "uncordon": _NODES,
    "drain": _NODES,
    "top node": _one("nodes"),
    "top pod": _one("pods"),
    "certificate approve": Rule("names", source="certificatesigningrequests"),
    "certificate deny": Rule("names", source="certificatesigningrequests"),
    "create token": _one("serviceaccounts"),
    "config use-context": _one("contexts"),
    "config delete-context": _one("contexts"),
    "config rename-context": _one("contexts"),
    "config set-context": _one("contexts"),
    "config get-contexts": Rule("names", source="contexts"),
    "config delete-cluster": _one("clusters"),
    "config set-cluster": _one("clusters"),
    "config delete-user": _one("users"),
    "config set-credentials": _one("users"),
}

FLAG_VALUES = {
    "namespace": "namespaces",
    "output": "formats",
    "container": "containers",
    "context": "contexts",
    "cluster": "clusters",
    "user": "users",
    "filename": "files",
    "kustomize": "directories",
    "kubeconfig": "files",
    "from-file": "files",
    "from-env-file": "files",
    "patch-file": "files",
    "cert": "files",
    "key": "files",
    "certificate-authority": "files",
    "client-certificate": "files",
    "client-key": "files",
    "serviceaccount": "serviceaccounts",
}
