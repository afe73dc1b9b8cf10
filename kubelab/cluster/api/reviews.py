"""Kinds that are created to be answered, and never stored: who am I, may somebody do that, bind this Pod.

Source: kubernetes.io, reference/access-authn-authz/authorization ("Checking API access"); pkg/registry/authorization.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.api import errors
from kubelab.cluster.api.authorization import allows
from kubelab.cluster.api.request import Request, Response, succeeded
from kubelab.cluster.objects import Key, Object
from kubelab.cluster.user import User

if TYPE_CHECKING:
    from kubelab.cluster.api.server import ApiServer

# What the ClusterRoles system:basic-user, system:discovery and system:public-info-viewer give to all who are known.
BASIC: list[Object] = [
    {"verbs": ["create"], "apiGroups": ["authentication.k8s.io"], "resources": ["selfsubjectreviews"]},
    {
        "verbs": ["create"],
        "apiGroups": ["authorization.k8s.io"],
        "resources": ["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
    },
]
DISCOVERY = "/api /api/* /apis /apis/* /healthz /livez /openapi /openapi/* /readyz /version /version/".split()
PUBLIC = "/healthz /livez /readyz /version /version/".split()
URLS: list[Object] = [
    {"verbs": ["get"], "nonResourceURLs": DISCOVERY},
    {"verbs": ["get"], "nonResourceURLs": PUBLIC},
]
EVERYTHING: Object = {
    "resourceRules": [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}, *BASIC],
    "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["*"]}, *URLS],
    "incomplete": False,
}
NOTHING: Object = {"resourceRules": BASIC, "nonResourceRules": URLS, "incomplete": False}


def is_answered(request: Request) -> bool:
    """Tells whether a request creates something that is answered instead of stored."""
    return request.verb == "create" and "get" not in request.kind.verbs


def answer(server: ApiServer, request: Request, warnings: list[str]) -> Response:
    """Answers the creation of a review or a binding."""
    obj = server.decoded(request, request.body, warnings)
    if request.kind.name == "Binding":
        return _bind(server, request, obj, warnings)
    metadata = {**obj["metadata"], "creationTimestamp": None}
    status = _status(request, obj.get("spec") or {})
    return Response({**obj, "metadata": metadata, "status": status}, 201, warnings)


def _bind(server: ApiServer, request: Request, obj: Object, warnings: list[str]) -> Response:
    target = obj.get("target") or {}
    if target.get("kind", "Node") != "Node" or not target.get("name"):
        raise errors.BadRequest("invalid binding: target must be a Node")
    if not request.dry_run:
        server.bind(Key(request.namespace, obj["metadata"].get("name", "")), target["name"])
    return succeeded(201, warnings)


def _status(request: Request, spec: Object) -> Object:
    user = request.user
    if request.kind.name == "SelfSubjectReview":
        return {"userInfo": {"username": user.name, "groups": list(user.groups)}}
    if request.kind.name == "TokenReview":
        return {"user": {}, "error": "[invalid bearer token, square/go-jose: error in cryptographic primitive]"}
    if request.kind.name == "SelfSubjectRulesReview":
        return EVERYTHING if allows(user) else NOTHING
    if not request.kind.name.startswith("Self"):
        user = User(spec.get("user", ""), tuple(spec.get("groups") or ()))
    return {"allowed": allows(user)}
