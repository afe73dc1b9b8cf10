"""`authorizer` in CEL: what the user of a request may do besides, asked link by link.

    authorizer.group("apps").resource("deployments").namespace("web").check("create").allowed()

Source: kubernetes.io, reference/using-api/cel, "Kubernetes authorizer library".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from kubelab.cluster.api.admission.plugin import Attributes
from kubelab.cluster.api.policyrules import Attributes as Asked
from kubelab.cluster.api.rbac import ACCOUNT
from kubelab.cluster.user import AUTHENTICATED, User

if TYPE_CHECKING:
    from kubelab.cluster.api.server import ApiServer

Link = dict[str, Any]
SELECTORS = ("fieldSelector", "labelSelector")  # which RBAC does not look at
LINKS = ("group", "resource", "subresource", "namespace", "name", "path")


def authorizer(attributes: Attributes) -> Link:
    """Returns what the variable stands for."""
    kind, metadata = attributes.kind, attributes.obj["metadata"]
    user = attributes.user
    whole: Link = {"user": user.name, "groups": list(user.groups)}
    here = {
        "group": kind.group, "resource": kind.plural, "subresource": attributes.subresource,
        "namespace": metadata.get("namespace", ""), "name": metadata["name"],
    }  # fmt: skip
    return {**whole, "requestResource": {**whole, **here}}


def functions(server: ApiServer) -> dict[str, Callable[..., Any]]:
    """Returns the functions that go on from one link to the next, and those that ask."""

    def linking(name: str) -> Callable[[Link, str], Link]:
        return lambda link, value: {**link, name: value}

    def service_account(link: Link, namespace: str, name: str) -> Link:
        groups = [f"{ACCOUNT[:-1]}s", f"{ACCOUNT[:-1]}s:{namespace}", AUTHENTICATED]
        return {**link, "user": f"{ACCOUNT}{namespace}:{name}", "groups": groups}

    def check(link: Link, verb: str) -> Link:
        user = User(link["user"], tuple(link["groups"]))
        parts = {name: link.get(name, "") for name in LINKS}
        decision = server.authorizer.decide(Asked(user, verb, **parts))
        return {"is": decision.allowed, "why": decision.reason}

    return {
        **{name: linking(name) for name in (*LINKS, *SELECTORS)},
        "serviceAccount": service_account,
        "check": check,
        "allowed": lambda decision: decision["is"],
        "reason": lambda decision: decision["why"],
        "errored": lambda _decision: False,
        "error": lambda _decision: "",
    }
