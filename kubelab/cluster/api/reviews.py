"""Kinds that are created to be answered, and never stored: who am I, may somebody do that, bind this Pod.

Source: kubernetes.io, reference/access-authn-authz/authorization ("Checking API access"); pkg/registry/authorization,
pkg/registry/authentication.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.api import errors
from kubelab.cluster.api.authentication import ISSUER, token_user
from kubelab.cluster.api.policyrules import Attributes
from kubelab.cluster.api.request import Request, Response, succeeded
from kubelab.cluster.kinds.kind import Cause
from kubelab.cluster.objects import Key, Object
from kubelab.cluster.user import User

if TYPE_CHECKING:
    from kubelab.cluster.api.server import ApiServer

RESOURCE, PATH = "resourceAttributes", "nonResourceAttributes"
RESOURCE_FIELDS = ("verbs", "apiGroups", "resources", "resourceNames")
URL_FIELDS = ("verbs", "nonResourceURLs")


def is_answered(request: Request) -> bool:
    """Tells whether a request creates something that is answered instead of stored."""
    return request.verb == "create" and "get" not in request.kind.verbs


def answer(server: ApiServer, request: Request, warnings: list[str]) -> Response:
    """Answers the creation of a review or a binding."""
    obj = server.decoded(request, request.body, warnings)
    if request.kind.name == "Binding":
        return _bind(server, request, obj, warnings)
    metadata = {**obj["metadata"], "creationTimestamp": None}
    status = _status(server, request, obj.get("spec") or {})
    return Response({**obj, "metadata": metadata, "status": status}, 201, warnings)


def _bind(server: ApiServer, request: Request, obj: Object, warnings: list[str]) -> Response:
    target = obj.get("target") or {}
    if target.get("kind", "Node") != "Node" or not target.get("name"):
        raise errors.BadRequest("invalid binding: target must be a Node")
    if not request.dry_run:
        server.bind(Key(request.namespace, obj["metadata"].get("name", "")), target["name"])
    return succeeded(201, warnings)


def _status(server: ApiServer, request: Request, spec: Object) -> Object:
    name = request.kind.name
    if name == "SelfSubjectReview":
        return {"userInfo": _info(request.user)}
    if name == "TokenReview":
        return _token(server, spec)
    if name == "SelfSubjectRulesReview":
        return _rules(server, request, spec)
    _check(request, spec)
    user = request.user if name.startswith("Self") else _subject(spec)
    decision = server.authorizer.decide(_asked(user, spec))
    return {"allowed": decision.allowed, **({"reason": decision.reason} if decision.reason else {})}


def _info(user: User) -> Object:
    info: Object = {"username": user.name}
    if user.uid:
        info["uid"] = user.uid
    info["groups"] = list(user.groups)
    if user.extra:
        info["extra"] = {key: list(values) for key, values in user.extra.items()}
    return info


def _token(server: ApiServer, spec: Object) -> Object:
    audiences = spec.get("audiences") or [ISSUER]
    try:
        user = token_user(server, spec.get("token", ""), audiences)
    except errors.Unauthorized:
        return {"user": {}, "error": "[invalid bearer token, token lookup failed]"}
    return {"authenticated": True, "user": _info(user), "audiences": audiences}


def _rules(server: ApiServer, request: Request, spec: Object) -> Object:
    namespace = spec.get("namespace", "")
    if not namespace:
        raise errors.BadRequest("no namespace on request")
    rules, wrong = server.authorizer.rules(request.user, namespace)
    status: Object = {
        "resourceRules": [_only(rule, RESOURCE_FIELDS) for rule in rules if rule.get("resources")],
        "nonResourceRules": [_only(rule, URL_FIELDS) for rule in rules if rule.get("nonResourceURLs")],
        "incomplete": bool(wrong),
    }
    return {**status, "evaluationError": wrong} if wrong else status


def _only(rule: Object, fields: tuple[str, ...]) -> Object:
    return {field: rule[field] for field in fields if field in rule}


def _subject(spec: Object) -> User:
    extra = {key.lower(): tuple(values) for key, values in (spec.get("extra") or {}).items()}
    return User(spec.get("user", ""), tuple(spec.get("groups") or ()), spec.get("uid", ""), extra)


def _asked(user: User, spec: Object) -> Attributes:
    if PATH in spec:
        return Attributes(user, spec[PATH].get("verb", ""), path=spec[PATH].get("path", ""))
    found = spec[RESOURCE]
    fields = ("verb", "group", "resource", "subresource", "namespace", "name")
    return Attributes(user, *(found.get(field, "") for field in fields))


def _check(request: Request, spec: Object) -> None:
    """Checks what is asked (pkg/apis/authorization/validation).

    Raises:
        Invalid: it is not clear what.
    """
    causes = []
    both = "cannot be specified in combination with resourceAttributes"
    if RESOURCE in spec and PATH in spec:
        causes.append(Cause("FieldValueInvalid", f"Invalid value: {both}", f"spec.{PATH}"))
    if RESOURCE not in spec and PATH not in spec:
        message = f"Invalid value: exactly one of {PATH} or {RESOURCE} must be specified"
        causes.append(Cause("FieldValueInvalid", message, f"spec.{RESOURCE}"))
    if not request.kind.name.startswith("Self") and not spec.get("user") and not spec.get("groups"):
        message = 'Invalid value: "": at least one of user or group must be specified'
        causes.append(Cause("FieldValueInvalid", message, "spec.user"))
    if causes:
        raise errors.invalid(request.kind, "", causes)
