"""Serves the kinds that CustomResourceDefinitions define, from the moment that they are established.

The definitions stand in the store; what is kept here is made anew when a cluster is loaded.
Source: k8s.io/apiextensions-apiserver/pkg/apiserver: customresource_handler.go, customresource_discovery_controller.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.api import errors
from kubelab.cluster.api.conversions import converted
from kubelab.cluster.api.indexes import index_kind
from kubelab.cluster.kinds import CustomResourceDefinition
from kubelab.cluster.kinds.apiextensions.customkind import kinds_of
from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Object
from kubelab.cluster.schema.definitions import definitions
from kubelab.cluster.store import Change

if TYPE_CHECKING:
    from kubelab.cluster.api.server import ApiServer

_DESCRIBED = "io.k8s.api.core.v1.ConfigMap"  # any kind: its apiVersion, kind and metadata are described as everywhere


class Extensions:
    """The custom resources of one API server."""

    def __init__(self, server: ApiServer) -> None:
        self._server = server
        server.store.subscribe(CustomResourceDefinition.prefix, self._changed)

    def restored(self) -> None:
        """Serves what the definitions of a store that was loaded define."""
        for crd in self._server.store.table(CustomResourceDefinition.prefix).rows.values():
            self._serve(crd)

    def _changed(self, change: Change) -> None:
        if change.new is not None:
            self._serve(change.new)
        elif change.old is not None:
            spec = change.old["spec"]
            self._server.resources.define(spec["group"], spec["names"]["plural"], [])

    def _serve(self, crd: Object) -> None:
        described = definitions(self._server.version)[_DESCRIBED]["properties"]
        kinds = kinds_of(crd, described)
        for kind in kinds:
            index_kind(self._server.store, kind)
        self._server.resources.define(crd["spec"]["group"], crd["spec"]["names"]["plural"], kinds)


def shown_as(kind: Kind, obj: Object) -> Object:
    """Returns a stored object as a kind shows it: in that kind's version, custom resources with its defaults.

    Raises:
        InternalError: a webhook would have to convert it.
    """
    custom = kind.custom
    if custom is None:
        return converted(obj, kind.api_version)
    if not custom.converts and obj["apiVersion"] != kind.api_version:
        raise errors.InternalError(
            f"conversion webhook for {obj['apiVersion']}, Kind={kind.name} failed: KubeLab does not call webhooks"
        )
    return custom.read(obj)
