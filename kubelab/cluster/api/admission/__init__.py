"""Admission: what the server adds to objects, and what it refuses, beyond their kinds' rules.

One plugin a file, found by its class, run in the order of kube-apiserver's default list. What mutating
plugins make of a Pod's spec is remembered by the identity of the spec and of what they looked at, so that
10,000 Pods of one template are worked out once.
Source: pkg/kubeapiserver/options/plugins.go; kubernetes.io, reference/access-authn-authz/admission-controllers.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

from kubelab.cluster.api.admission.plugin import Attributes, Plugin
from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Object
from kubelab.cluster.user import User

if TYPE_CHECKING:
    from kubelab.cluster.api.server import ApiServer

ORDER = (
    "NamespaceLifecycle",
    "ServiceAccount",
    "DefaultTolerationSeconds",
    "Priority",
    "LimitRanger",
    "PodSecurity",
    "DefaultStorageClass",
    "StorageObjectInUseProtection",
    "PersistentVolumeClaimResize",
    "RuntimeClass",
    "MutatingAdmissionPolicy",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionWebhook",
    "ResourceQuota",
)
MOST_REMEMBERED = 2000


@cache
def plugins() -> tuple[type[Plugin], ...]:
    """Returns the plugin classes in the order in which they run."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    found = [plugin for plugin in Plugin.__subclasses__() if plugin.name]
    return tuple(sorted(found, key=lambda p: (ORDER.index(p.name) if p.name in ORDER else len(ORDER), p.name)))


class PluginsOfKind(dict[str, list[Plugin]]):
    """The plugins that may have to do with each kind, by its name, found when first asked."""

    def __init__(self, plugins: Iterable[Plugin]) -> None:
        super().__init__()
        self._plugins = list(plugins)

    def __missing__(self, name: str) -> list[Plugin]:
        found = self[name] = [plugin for plugin in self._plugins if not plugin.kinds or name in plugin.kinds]
        return found


class Admission:
    """Runs the plugins over what is written."""

    def __init__(self, server: ApiServer) -> None:
        self._plugins = [plugin(server) for plugin in plugins()]
        mutating = [p for p in self._plugins if type(p).mutate is not Plugin.mutate]
        self._mutating = PluginsOfKind(p for p in mutating if not p.late)
        self._late = [p for p in mutating if p.late]
        self._validating = PluginsOfKind(p for p in self._plugins if type(p).validate is not Plugin.validate)
        self._asked_of_each = PluginsOfKind(
            p for p in self._plugins if type(p).validate is not Plugin.validate and not p.by_template
        )
        self._looking = [p for p in self._plugins if type(p).looked_at is not Plugin.looked_at]
        self._by_user = [p for p in self._plugins if type(p).validate_deletion_by is not Plugin.validate_deletion_by]
        self._specs: dict[tuple[int, ...], tuple[list[object], Object]] = {}

    def mutate(self, kind: Kind, new: Object, old: Object | None, user: User) -> Object:
        """Returns what the mutating plugins make of an object.

        Raises:
            Forbidden: if one of them refuses it.
        """
        attributes = Attributes(kind, new, old, user)
        if kind.name != "Pod" or old is not None:
            self._mutate(attributes)
        else:
            attributes.obj = self._mutate_pod(attributes)
        for plugin in self._late:
            if plugin.concerns(attributes):
                self._mutate_late(plugin, attributes)
        return attributes.obj

    def _mutate(self, attributes: Attributes) -> None:
        for plugin in self._mutating[attributes.kind.name]:
            if plugin.concerns(attributes):
                attributes.obj = plugin.mutate(attributes)

    def _mutate_late(self, plugin: Plugin, attributes: Attributes) -> None:
        before = attributes.obj
        attributes.obj = plugin.mutate(attributes)
        if attributes.obj != before:
            self._mutate(attributes)
            attributes.obj = plugin.mutate_again(attributes)

    def _mutate_pod(self, attributes: Attributes) -> Object:
        pod = attributes.obj
        # Held for as long as the memory lasts, so that no identity is used again meanwhile.
        seen: list[object] = [pod["spec"]]
        for plugin in self._looking:
            seen += plugin.looked_at(attributes)
        identity = tuple(map(id, seen))
        known = self._specs.get(identity)
        if known is None:
            self._mutate(attributes)
            if attributes.obj["metadata"] is not pod["metadata"]:
                return attributes.obj
            if len(self._specs) >= MOST_REMEMBERED:
                self._specs.clear()
            known = self._specs[identity] = (seen, attributes.obj["spec"])
        return {**pod, "spec": known[1]}

    def admit(
        self,
        kind: Kind,
        new: Object,
        old: Object | None,
        user: User,
        *,
        dry_run: bool,
        warnings: list[str] | None = None,
        subresource: str = "",
    ) -> Object:
        """Lets an object pass the validating plugins.

        Args:
            warnings: takes what they warn of.

        Raises:
            Forbidden: if one of them refuses it.
        """
        attributes = Attributes(kind, new, old, user, dry_run, warnings if warnings is not None else [], subresource)
        for plugin in self._validating[kind.name]:
            if plugin.concerns(attributes):
                plugin.validate(attributes)
        return new

    def admit_another(self, kind: Kind, new: Object, user: User) -> None:
        """Lets an object pass that is like the last one, which has passed.

        Raises:
            Forbidden: a plugin that looks at each of them refuses it.
        """
        attributes = Attributes(kind, new, None, user)
        for plugin in self._asked_of_each[kind.name]:
            if plugin.concerns(attributes):
                plugin.validate(attributes)

    def admit_deletion(self, kind: Kind, obj: Object, user: User) -> None:
        """Lets a deletion pass.

        Raises:
            Forbidden: if a plugin refuses it.
        """
        for plugin in self._plugins:
            plugin.validate_deletion(kind, obj)
        for plugin in self._by_user:
            plugin.validate_deletion_by(kind, obj, user)
