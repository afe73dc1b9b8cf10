"""kubectl's connection to a cluster: REST calls as the kubeconfig's user, with the server's warnings told."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from kubelab.cluster import authority
from kubelab.cluster.api.authentication import token_user
from kubelab.cluster.api.errors import ApiError, Forbidden, Unauthorized
from kubelab.cluster.api.impersonation import acting
from kubelab.cluster.api.request import Request, Response
from kubelab.cluster.api.watching import Watch
from kubelab.cluster.clock import rfc3339
from kubelab.cluster.credentials import certificate_user, expiry
from kubelab.cluster.file_errors import FileError
from kubelab.cluster.kinds import Resources
from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.layers import PREFIX as FILES
from kubelab.cluster.network import haproxy
from kubelab.cluster.node import machinefiles, pki
from kubelab.cluster.node.host import HOSTS
from kubelab.cluster.objects import Object
from kubelab.cluster.user import ANONYMOUS, User
from kubelab.terminal.kubectl.errors import CommandError, PlainError

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster
    from kubelab.terminal.kubectl.flags import Flags
    from kubelab.terminal.kubectl.kubeconfig import Target
    from kubelab.terminal.tool import Context

MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
JSON_PATCH = "application/json-patch+json"
APPLY = "application/apply-patch+yaml"
_NO_DEFAULT_ACCOUNT = 'serviceaccount "default" not found'
_PATIENCE = 1.0  # virtual seconds
_MOST_AT_ONCE = 500  # reconciliations


class Connection:
    """Calls one cluster's API as one user.

    Args:
        warn: takes what the server warns of.
    """

    def __init__(self, cluster: Cluster, user: User, warn: Callable[[str], None]) -> None:
        self.cluster = cluster
        self.user = user
        self._warn = warn
        self._warned: set[str] = set()

    @property
    def kinds(self) -> Resources:
        """The kinds that the cluster serves."""
        return self.cluster.api.resources

    def call(
        self,
        verb: str,
        kind: Kind,
        namespace: str = "",
        name: str = "",
        *,
        subresource: str = "",
        options: Mapping[str, str] | None = None,
        body: Any = None,
        content_type: str = "application/json",
        accept: str = "",
    ) -> Object:
        """Makes one request and returns the object that is answered.

        Raises:
            ApiError: the server refuses.
        """
        response = self._answer(
            self._request(verb, kind, namespace, name, subresource, options, body, content_type, accept)
        )
        for warning in response.warnings:
            if warning not in self._warned:
                self._warned.add(warning)
                self._warn(warning)
        found: Object = response.object
        return found

    def _answer(self, request: Request) -> Response:
        """Hands a request to the server, which waits a moment for the account that a new namespace is about to get.

        Source: plugin/pkg/admission/serviceaccount.
        """
        cluster = self.cluster
        until = cluster.clock.now + _PATIENCE
        while True:
            try:
                return cluster.api.handle(request)
            except Forbidden as error:
                due = cluster.next_due()
                if not error.message.endswith(_NO_DEFAULT_ACCOUNT) or due is None or due > until:
                    raise
                cluster.run_until(due, _MOST_AT_ONCE)

    def watch(
        self, kind: Kind, namespace: str, *, name: str = "", options: Mapping[str, str], accept: str = ""
    ) -> Watch:
        """Opens a watch."""
        return self.cluster.api.watch(
            self._request("watch", kind, namespace, name, "", options, None, "application/json", accept)
        )

    def get(self, kind: Kind, namespace: str, name: str, *, subresource: str = "") -> Object:
        """Returns one object."""
        return self.call("get", kind, namespace, name, subresource=subresource)

    def find(self, kind: Kind, namespace: str, name: str) -> Object | None:
        """Returns one object, None if it does not exist."""
        try:
            return self.call("get", kind, namespace, name)
        except ApiError as error:
            if error.reason == "NotFound":
                return None
            raise

    def list(self, kind: Kind, namespace: str = "", *, labels: str = "", fields: str = "") -> list[Object]:
        """Returns the objects of a kind, in one namespace or in all."""
        options = {name: value for name, value in (("labelSelector", labels), ("fieldSelector", fields)) if value}
        found: list[Object] = self.call("list", kind, namespace, options=options)["items"]
        return found

    def _request(
        self,
        verb: str,
        kind: Kind,
        namespace: str,
        name: str,
        subresource: str,
        options: Mapping[str, str] | None,
        body: Any,
        content_type: str,
        accept: str,
    ) -> Request:
        return Request(
            verb=verb,
            kind=kind,
            namespace=namespace if kind.namespaced else "",
            name=name,
            subresource=subresource,
            options=options or {},
            body=body,
            content_type=content_type,
            accept=accept,
            user=self.user,
            user_agent="kubectl/v" + self.cluster.version,
        )


def user_of(ctx: Context, entry: Object) -> User:
    """Returns who a kubeconfig's user entry is to the cluster.

    Raises:
        Unauthorized: nobody that the cluster knows.
        PlainError: a certificate's file cannot be read.
    """
    if not entry:
        return ANONYMOUS
    pem = ""
    if entry.get("client-certificate-data"):
        try:
            pem = base64.b64decode(entry["client-certificate-data"]).decode(errors="replace")
        except binascii.Error:
            raise PlainError("error: tls: failed to find any PEM data in certificate input") from None
    elif entry.get("client-certificate"):
        path = entry["client-certificate"]
        try:
            pem = ctx.read_file(path)
        except FileError as error:
            raise PlainError(
                f"error: unable to read client-cert {path} for default due to open {path}: {error.reason.lower()}"
            ) from None
    if not pem:
        return token_user(ctx.machine.cluster.api, entry.get("token") or "")
    cluster = ctx.machine.cluster
    until = expiry(pem)
    if until is not None and until < cluster.clock.now:
        raise Unauthorized("Unauthorized")
    user = certificate_user(pem) or authority.certificate_user(cluster.random, pem, cluster.clock.now)
    if user is None:
        raise Unauthorized("Unauthorized")
    return user


def acting_user(ctx: Context, user: User, entry: Object, flags: Flags) -> User:
    """Returns who a user acts as, by the flags --as, --as-group and --as-uid or the kubeconfig's own fields.

    Raises:
        Forbidden: the user may not act as that one.
        CommandError: groups are given without a user.
    """
    name = flags.text("as") or entry.get("as") or ""
    groups = flags.items("as-group") or entry.get("as-groups") or []
    uid = flags.text("as-uid") or entry.get("as-uid") or ""
    extra = entry.get("as-user-extra") or {}
    if name:
        return acting(ctx.machine.cluster.api, user, name, groups, uid, extra)
    if groups or uid or extra:
        raise CommandError("requesting uid, groups or user-extra for  without impersonating a user")
    return user


def refuse_unless_up(ctx: Context, target: Target) -> None:
    """Ends the command when nothing listens where the kubeconfig points.

    Raises:
        PlainError: with what kubectl tells then.
    """
    address, cluster = urlsplit(target.server), ctx.machine.cluster
    serving, host = cluster.processes.api_servers(), address.netloc
    balanced = haproxy.runs_before_api(cluster.store, address.hostname or "")
    if balanced and not serving and target.configured:
        raise PlainError("Unable to connect to the server: EOF")
    machine = next((name for name, ip in cluster.network.attachments.nodes.items() if ip == address.hostname), "")
    if target.configured and balanced is not False and (machine in serving if machine else serving):
        _refuse_expired(cluster, machine)
        return
    if machine and not (cluster.store.get(HOSTS + machine) or {}).get("powered"):
        raise PlainError(f"Unable to connect to the server: dial tcp {host}: connect: no route to host")
    raise PlainError(f"The connection to the server {host} was refused - did you specify the right host or port?")


def _refuse_expired(cluster: Cluster, machine: str) -> None:
    """Ends the command when the API server's certificate has expired: no TLS handshake, no answer."""
    if not machine or cluster.store.get(f"{FILES}node-{machine}{pki.PKI}/apiserver.crt") is None:
        return  # as kubeadm made it
    until = expiry(machinefiles.of(cluster, machine).read(f"{pki.PKI}/apiserver.crt"))
    if until is not None and until < cluster.clock.now:
        raise PlainError(
            "Unable to connect to the server: tls: failed to verify certificate: x509: certificate has expired or is "
            f"not yet valid: current time {rfc3339(cluster.clock.now)} is after {rfc3339(until)}"
        )
