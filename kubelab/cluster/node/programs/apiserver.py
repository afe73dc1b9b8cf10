"""kube-apiserver as programs in Pods reach it with curl: health for everybody, the API for those with a token.

RBAC's rules are not weighed yet: an account that no binding names may only look around, one that a binding names
may do all. Client certificates and watches are not simulated on this way; kubectl has its own.
Source: kubernetes.io, tasks/run-application/access-api-from-pod; reference/access-authn-authz/rbac (discovery roles).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from kubelab.cluster.api import errors
from kubelab.cluster.credentials import token_user
from kubelab.cluster.node.programs.server import REASONS
from kubelab.cluster.node.programs.system import KubeProcess
from kubelab.cluster.rest import calls
from kubelab.cluster.rest.paths import target_of, verb_of
from kubelab.cluster.sockets import HttpReply, HttpRequest
from kubelab.cluster.user import User

if TYPE_CHECKING:
    from kubelab.cluster.node.container import Container

ANONYMOUS = User("system:anonymous", ("system:unauthenticated",))
PUBLIC = ("healthz", "livez", "readyz", "version")
BINDINGS = ("/registry/rolebindings/", "/registry/clusterrolebindings/")


class ApiServerProcess(KubeProcess):
    """The API server: answers REST calls that come over the network."""

    def _health(self, container: Container, request: HttpRequest) -> HttpReply:
        try:
            user = self._user(container, request)
            self._check(container, user, request)
        except errors.ApiError as error:
            return _reply(error.code, json.dumps(error.status(), indent=2) + "\n")
        url = urlsplit(request.path)
        headers = {name.lower(): value for name, value in request.headers.items()}
        body = request.body.encode("utf-8", "surrogateescape")
        call = calls.Call(request.method, url.path, dict(parse_qsl(url.query)), headers, body, user)
        found = calls.answer(container.cluster.api, call)
        if not isinstance(found, calls.Reply):
            return _reply(
                501, "KubeLab does not simulate watches over plain HTTP: kubectl get -w does.\n", "text/plain"
            )
        text = found.body.decode("utf-8", "surrogateescape")
        if "json" in found.content_type:
            text = json.dumps(json.loads(text), indent=2) + "\n"  # as for all clients that people type into
        return _reply(found.code, text, found.content_type)

    def _user(self, container: Container, request: HttpRequest) -> User:
        given = next((value for name, value in request.headers.items() if name.lower() == "authorization"), "")
        if not given:
            return ANONYMOUS
        user = token_user(given.removeprefix("Bearer "), container.now()) if given.startswith("Bearer ") else None
        if user is None:
            raise errors.Unauthorized("Unauthorized")
        return user

    def _check(self, container: Container, user: User, request: HttpRequest) -> None:
        """Lets a request pass.

        Raises:
            Forbidden: in the words of the API server.
        """
        path = urlsplit(request.path).path
        target = target_of(container.cluster.api.resources, path)
        if target is None:
            if user is ANONYMOUS and path.split("/")[1] not in PUBLIC:
                verb = request.method.lower()
                raise errors.Forbidden(f'forbidden: User "{user.name}" cannot {verb} path "{path}"')
            return
        if user is ANONYMOUS or not _is_bound(container, user):
            kind, verb = target.kind, verb_of(request.method, target, False)
            scope = f'in the namespace "{target.namespace}"' if target.namespace else "at the cluster scope"
            why = f'User "{user.name}" cannot {verb} resource "{kind.plural}" in API group "{kind.group}" {scope}'
            raise errors.forbidden(kind, target.name, why)


def _is_bound(container: Container, user: User) -> bool:
    """Tells whether a binding names a ServiceAccount."""
    namespace, _, name = user.name.removeprefix("system:serviceaccount:").partition(":")
    for prefix in BINDINGS:
        for _, binding in container.cluster.store.items(prefix):
            for subject in binding.get("subjects") or ():
                if subject.get("kind") == "ServiceAccount" and subject.get("name") == name:
                    if subject.get("namespace", binding["metadata"].get("namespace")) == namespace:
                        return True
    return False


def _reply(code: int, text: str, kind: str = "application/json") -> HttpReply:
    headers = {"Cache-Control": "no-cache, private", "Content-Type": kind}
    return HttpReply(code, REASONS.get(code, "Unknown"), headers, text)
