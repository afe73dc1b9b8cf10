"""Every kind that the API serves, found by its names.

A kind with rules of its own has a file here, which gives them in a `RULES` dict by the kind's name; all
others come from the table alone. `from kubelab.cluster.kinds import Pod` gives the kind itself.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache
from typing import Any

from kubelab.cluster.kinds.kind import ALL_VERBS, Kind
from kubelab.cluster.kinds.table import BUILT_IN

# Kinds that two groups or versions serve share one storage; the first of these is what is stored.
ALIASES = {
    ("events.k8s.io", "v1", "Event"): ("", "v1"),
    ("autoscaling", "v1", "HorizontalPodAutoscaler"): ("autoscaling", "v2"),
    ("flowcontrol.apiserver.k8s.io", "v1beta3", "FlowSchema"): ("flowcontrol.apiserver.k8s.io", "v1"),
    ("flowcontrol.apiserver.k8s.io", "v1beta3", "PriorityLevelConfiguration"): ("flowcontrol.apiserver.k8s.io", "v1"),
}


class Resources:
    """The kinds of one cluster: the built-in ones of its version, and those that its CRDs define."""

    def __init__(self, kinds: list[Kind]) -> None:
        self._serve(kinds)

    def _serve(self, kinds: list[Kind]) -> None:
        """Takes these kinds in place of all that there were; the indexes are rebuilt whole, which is rare."""
        self._kinds = list(kinds)
        self._by_gvk: dict[tuple[str, str], Kind] = {}
        self._by_name: dict[str, Kind] = {}
        for kind in kinds:
            self._index(kind)

    def __iter__(self) -> Iterator[Kind]:
        """Yields the kinds that are stored, in the order of discovery; none twice for its second version."""
        for kind in self._kinds:
            if "watch" not in kind.verbs or is_alias(kind):
                continue
            if kind.custom is not None and kind is not self._stored_as(kind):
                continue
            yield kind

    def _stored_as(self, kind: Kind) -> Kind:
        """Returns the version of a custom resource that is stored, or the preferred one where that is not served."""
        stored = kind.custom.storage_version if kind.custom is not None else kind.api_version
        return self.by_gvk(stored, kind.name) or self._by_name[f"{kind.plural}.{kind.group}"]

    def served(self) -> list[Kind]:
        """Returns all kinds, second versions and those that only answer included, in the order of discovery."""
        return list(self._kinds)

    def _index(self, kind: Kind) -> None:
        self._by_gvk[kind.api_version, kind.name] = kind
        for name in (kind.plural, kind.singular, *kind.short_names):
            for form in _forms(name, kind):
                self._by_name.setdefault(form, kind)

    def by_gvk(self, api_version: str, kind: str) -> Kind | None:
        """Returns the kind of an object that says `apiVersion` and `kind`."""
        return self._by_gvk.get((api_version, kind))

    def by_resource(self, group: str, version: str, plural: str) -> Kind | None:
        """Returns the kind of a REST path."""
        return self._by_name.get(f"{plural}.{version}.{group}" if group else f"{plural}.{version}.")

    def find(self, name: str) -> Kind | None:
        """Returns the kind that is meant by a resource, a kind or a short name, with or without version and group."""
        return self._by_name.get(name) or self._by_name.get(name.lower())

    def become(self, other: Resources) -> None:
        """Serves the built-in kinds of another version; what CRDs define stays."""
        custom = [kind for kind in self._kinds if kind.custom is not None]
        self._serve([*other.served(), *custom])

    def define(self, group: str, plural: str, kinds: list[Kind]) -> None:
        """Serves what a CRD defines, each version as a kind, the preferred one first; nothing where there is none."""
        kept = [kind for kind in self._kinds if (kind.group, kind.plural) != (group, plural)]
        if kinds or len(kept) != len(self._kinds):
            self._serve([*kept, *kinds])


def _forms(name: str, kind: Kind) -> tuple[str, ...]:
    """The ways of naming a kind on a command line."""
    full = f"{name}.{kind.version}.{kind.group}"
    return (name, f"{name}.{kind.group}", full) if kind.group else (name, full)


def is_alias(kind: Kind) -> bool:
    """Tells whether the kind is another version of one that is stored."""
    return (kind.group, kind.version, kind.name) in ALIASES


@cache
def _rules() -> dict[str, dict[str, Any]]:
    rules: dict[str, dict[str, Any]] = {}
    for module in pkgutil.iter_modules(__path__):
        found = importlib.import_module(f"{__name__}.{module.name}")
        for kind, more in getattr(found, "RULES", {}).items():
            rules.setdefault(kind, {}).update(more)
    return rules


@cache
def _built_in() -> list[tuple[Kind, str, str]]:
    """Returns each built-in kind with the first and the last minor version that serve it."""
    return [_read(line.split()) for line in BUILT_IN.strip().replace("\n ", " ").splitlines()]


def _read(words: list[str]) -> tuple[Kind, str, str]:
    group, version, name, plural, scope, short, categories, subresources = words[:8]
    more = dict(word.split("=", 1) for word in words[8:])
    group = "" if group == "-" else group
    kind = Kind(
        group=group,
        version=version,
        name=name,
        plural=plural,
        namespaced=scope == "ns",
        short_names=_list(short),
        categories=_list(categories),
        subresources=_list(subresources),
        verbs=tuple(more["verbs"].split(",")) if "verbs" in more else ALL_VERBS,
        storage=more.get("storage", ""),
        **_rules().get(name, {}),
    )
    return kind, more.get("since", "1.0"), more.get("until", "9.99")


def _list(word: str) -> tuple[str, ...]:
    return () if word == "-" else tuple(word.split(","))


def minor(version: str) -> int:
    """Returns the number after the dot of a version such as "1.36"."""
    return int(version.split(".")[1])


def for_version(version: str) -> Resources:
    """Returns the kinds that a cluster of that minor version serves."""
    number = minor(version)
    return Resources([kind for kind, since, until in _built_in() if minor(since) <= number <= minor(until)])


def __getattr__(name: str) -> Kind:
    for kind, _, _ in _built_in():
        if kind.name == name and not is_alias(kind):
            return kind
    raise AttributeError(name)
