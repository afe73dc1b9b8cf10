"""Admission webhooks, which are never called: no request leaves the simulation for an address that somebody gives.

Where one would be asked, the request fails as it does in life when nobody answers, or passes where the webhook's
failurePolicy says so. Source: k8s.io/apiserver/pkg/admission/plugin/webhook; kubernetes.io,
reference/access-authn-authz/extensible-admission-controllers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kubelab.cluster.api import errors
from kubelab.cluster.api.admission.plugin import Attributes, Plugin
from kubelab.cluster.api.admission.policies import Evaluation
from kubelab.cluster.api.admission.rules import EXEMPT, is_of_rule, is_selected
from kubelab.cluster.expressions.compiling import ExpressionError
from kubelab.cluster.kinds import EndpointSlice, MutatingWebhookConfiguration, Service, ValidatingWebhookConfiguration
from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Key, Object, labels_of
from kubelab.cluster.user import User

if TYPE_CHECKING:
    from kubelab.cluster.api.server import ApiServer

NOT_CALLED = "KubeLab does not call webhooks"
CONFIGURATIONS = (MutatingWebhookConfiguration, ValidatingWebhookConfiguration)


class AdmissionWebhooks(Plugin):
    """Lets requests fail that a webhook would have to be asked about."""

    name = "ValidatingAdmissionWebhook"

    def __init__(self, server: ApiServer) -> None:
        super().__init__(server)
        self._tables = [server.store.table(kind.prefix) for kind in CONFIGURATIONS]

    def _are_there(self) -> bool:
        return any(table.rows for table in self._tables)

    def concerns(self, attributes: Attributes) -> bool:
        """Tells whether there are webhooks that could be asked about this."""
        return attributes.kind.name not in EXEMPT and self._are_there()

    def validate_deletion_by(self, kind: Kind, obj: Object, user: User) -> None:
        """Lets a deletion pass that no webhook is to be asked about."""
        if self._are_there() and kind.name not in EXEMPT:
            self.validate(Attributes(kind, obj, obj, user, deletes=True))

    def validate(self, attributes: Attributes) -> None:
        """Lets a request pass that no webhook is to be asked about, or one that need not answer.

        Raises:
            InternalError: a webhook would have to answer.
            Forbidden: whether it would cannot be told.
        """
        for webhook in self._webhooks():
            if self._is_for(attributes, webhook) and webhook.get("failurePolicy", "Fail") == "Fail":
                why = f'failed calling webhook "{webhook["name"]}": failed to call webhook: {self._failure(webhook)}'
                raise errors.InternalError(f"Internal error occurred: {why}", {"causes": [{"message": why}]})

    def _webhooks(self) -> Iterator[Object]:
        for table in self._tables:
            for key in table.keys():
                yield from table.rows[key].get("webhooks") or ()

    def _is_for(self, attributes: Attributes, webhook: Object) -> bool:
        if not any(is_of_rule(attributes, rule) for rule in webhook.get("rules") or ()):
            return False
        if not is_selected(self.server, attributes, webhook):
            return False
        try:
            return Evaluation.of_request(self.server, attributes).meets(webhook.get("matchConditions") or ())
        except ExpressionError as error:
            if webhook.get("failurePolicy", "Fail") != "Fail":
                return False
            raise errors.forbidden(attributes.kind, attributes.obj["metadata"]["name"], str(error)) from None

    def _failure(self, webhook: Object) -> str:
        """Returns why the webhook cannot be asked: in life's words where nobody is there."""
        client, seconds = webhook.get("clientConfig") or {}, webhook.get("timeoutSeconds", 10)
        where = client.get("service")
        if not where:
            return f'Post "{client.get("url", "")}?timeout={seconds}s": {NOT_CALLED}'
        name, namespace, port = where["name"], where["namespace"], where.get("port", 443)
        path = "/" + where.get("path", "").lstrip("/")
        post = f'Post "https://{name}.{namespace}.svc:{port}{path}?timeout={seconds}s"'
        if self.server.find(Service, Key(namespace, name)) is None:
            return f'{post}: service "{name}" not found'
        if not self._has_endpoints(namespace, name):
            return f'{post}: no endpoints available for service "{name}"'
        return f"{post}: {NOT_CALLED}"

    def _has_endpoints(self, namespace: str, service: str) -> bool:
        slices = self.server.store.indexed(EndpointSlice.prefix, "namespace", namespace)
        for found in slices:
            if labels_of(found).get("kubernetes.io/service-name") == service and found.get("endpoints"):
                return True
        return False
