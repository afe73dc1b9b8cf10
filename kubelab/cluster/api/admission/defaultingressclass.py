"""Gives Ingresses that name no class the default one.

Source: plugin/pkg/admission/network/defaultingressclass; kubernetes.io, concepts/services-networking/ingress.
"""

from __future__ import annotations

from kubelab.cluster.api import errors
from kubelab.cluster.api.admission.plugin import Attributes, Plugin
from kubelab.cluster.objects import Object, annotations_of, with_spec

PREFIX = "/registry/ingressclasses/"
DEFAULT = "ingressclass.kubernetes.io/is-default-class"
ANNOTATION = "kubernetes.io/ingress.class"


class DefaultIngressClass(Plugin):
    """Fills in spec.ingressClassName."""

    name = "DefaultIngressClass"

    def concerns(self, attributes: Attributes) -> bool:
        """Tells whether an Ingress is created that says nothing of a class."""
        if attributes.kind.name != "Ingress" or attributes.old is not None:
            return False
        spec = attributes.obj.get("spec") or {}
        return spec.get("ingressClassName") is None and ANNOTATION not in annotations_of(attributes.obj)

    def mutate(self, attributes: Attributes) -> Object:
        """Returns the Ingress with the class, where there is a default one.

        Raises:
            Forbidden: if more than one class says that it is the default.
        """
        classes = self.server.store.table(PREFIX).rows.values()
        found = [each for each in classes if annotations_of(each).get(DEFAULT) == "true"]
        if len(found) > 1:
            name = attributes.obj["metadata"].get("name", "")
            why = f"Internal error occurred: {len(found)} default IngressClasses were found, only 1 allowed"
            raise errors.forbidden(attributes.kind, name, why)
        return with_spec(attributes.obj, ingressClassName=found[0]["metadata"]["name"]) if found else attributes.obj
