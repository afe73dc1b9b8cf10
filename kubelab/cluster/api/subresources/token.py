"""token: a token of a ServiceAccount, on request.

Source: authentication.k8s.io/v1 TokenRequest; pkg/registry/core/serviceaccount/storage/token.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.api import errors
from kubelab.cluster.api.authentication import ISSUER
from kubelab.cluster.api.request import Request, Response
from kubelab.cluster.clock import rfc3339
from kubelab.cluster.credentials import account_token
from kubelab.cluster.kinds.kind import Cause
from kubelab.cluster.objects import Key, Object

if TYPE_CHECKING:
    from kubelab.cluster.api.server import ApiServer

NAME = "token"
USUAL, SHORTEST, LONGEST = 3600, 600, 1 << 32  # seconds
BOUND = {"Pod": "pods", "Secret": "secrets", "Node": "nodes"}


def handle(server: ApiServer, request: Request, warnings: list[str]) -> Response:
    """Answers a TokenRequest."""
    account = server.get(request.kind, request.key)
    spec = dict((request.body or {}).get("spec") or {})
    seconds = spec.get("expirationSeconds") or USUAL
    _check_duration(request, seconds)
    spec = {
        "audiences": spec.get("audiences") or [ISSUER],
        "expirationSeconds": seconds,
        **({"boundObjectRef": spec["boundObjectRef"]} if spec.get("boundObjectRef") else {}),
    }
    now = int(server.clock.now)
    claims = {
        "aud": spec["audiences"],
        "exp": now + seconds,
        "iat": now,
        "iss": ISSUER,
        "jti": server.random.uid("token", request.name, now, server.store.revision),
        "kubernetes.io": {
            "namespace": request.namespace,
            **_bound(server, request, spec.get("boundObjectRef")),
            "serviceaccount": {"name": request.name, "uid": account["metadata"]["uid"]},
        },
        "nbf": now,
        "sub": f"system:serviceaccount:{request.namespace}:{request.name}",
    }
    created = {"name": request.name, "namespace": request.namespace, "creationTimestamp": server.clock.timestamp()}
    status = {"token": account_token(server.random, claims), "expirationTimestamp": rfc3339(now + seconds)}
    answer: Object = {"kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1", "metadata": created}
    return Response({**answer, "spec": spec, "status": status}, 201, warnings)


def _check_duration(request: Request, seconds: int) -> None:
    if SHORTEST <= seconds <= LONGEST:
        return
    why = "may not specify a duration less than 10 minutes"
    if seconds > LONGEST:
        why = "may not specify a duration larger than 2^32 seconds"
    cause = Cause("FieldValueInvalid", f"Invalid value: {seconds}: {why}", "spec.expirationSeconds")
    details: Object = {"name": request.name, "group": "authentication.k8s.io", "kind": "TokenRequest"}
    details["causes"] = [cause._asdict()]
    raise errors.Invalid(
        f'TokenRequest.authentication.k8s.io "{request.name}" is invalid: {cause.field}: {cause.message}', details
    )


def _bound(server: ApiServer, request: Request, reference: Object | None) -> Object:
    """Returns the claim about the object with which the token ends."""
    if not reference:
        return {}
    kind = server.resources.find(BOUND.get(reference.get("kind", ""), ""))
    if kind is None:
        raise errors.BadRequest(f"cannot bind token for serviceaccount {request.name} to object {reference}")
    found = server.get(kind, Key(request.namespace if kind.namespaced else "", reference.get("name", "")))
    uid = found["metadata"]["uid"]
    if reference.get("uid") and reference["uid"] != uid:
        why = f"the UID in the bound object reference ({reference['uid']}) does not match the UID in record. "
        raise errors.conflict(kind, reference["name"], why + "The object might have been deleted and then recreated")
    return {kind.name.lower(): {"name": reference["name"], "uid": uid}}
