"""Field specs: where in which kinds a transformation of kustomize goes (api/types/fieldspec.go, filters/fieldspec).

The built-in ones are in `specs.yaml`; a kustomization's `configurations` add to them.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.kustomization.resource import Resource

Change = Callable[[Any], Any]
_PARTS = re.compile(r"(?<!\\)/")
SECTIONS = (
    "namePrefix", "nameSuffix", "namespace", "commonLabels", "templateLabels", "commonAnnotations", "nameReference",
    "varReference", "images", "replicas",
)  # fmt: skip


@dataclass(frozen=True)
class Spec:
    """A place in the objects of a kind; "" stands for any."""

    path: str
    kind: str = ""
    group: str = ""
    version: str = ""
    create: bool = False

    def selects(self, resource: Resource) -> bool:
        """Tells whether it is about such an object."""
        return is_of(resource, self.group, self.version, self.kind)

    def changed(self, obj: Object, change: Change, empty: Any = None) -> Object:
        """Returns an object with what is at the path changed.

        Args:
            empty: what is changed where nothing is there, if the spec says that it is made then.
        """
        parts = [part.replace("\\/", "/") for part in _PARTS.split(self.path)]
        found: Object = _changed(obj, parts, change, empty if self.create else None)
        return found


def is_of(resource: Resource, group: str, version: str, kind: str) -> bool:
    """Tells whether an object is of a group, version and kind, of which each may be ""."""
    mine = resource.group, resource.version, resource.kind_name
    return all(not wanted or wanted == has for wanted, has in zip((group, version, kind), mine, strict=True))


def _changed(value: Any, path: list[str], change: Change, empty: Any) -> Any:
    if not path:
        return change(value)
    if isinstance(value, list):
        return [_changed(item, path, change, empty) for item in value]
    if not isinstance(value, dict):
        return value
    name = path[0].removesuffix("[]")
    inner = value.get(name)
    if inner is None:
        if empty is None or name != path[0]:
            return value
        inner = empty if len(path) == 1 else {}
    return {**value, name: _changed(inner, path[1:], change, empty)}


@dataclass(frozen=True)
class Reference:
    """What is referred to, and the places where its name stands."""

    kind: str
    group: str
    version: str
    specs: tuple[Spec, ...]


@dataclass
class Specs:
    """The field specs that hold for a kustomization."""

    sections: dict[str, tuple[Spec, ...]] = field(default_factory=dict)
    references: tuple[Reference, ...] = ()

    def __getitem__(self, section: str) -> tuple[Spec, ...]:
        return self.sections.get(section, ())

    def joined(self, content: Any) -> Specs:
        """Returns these and those of a file of `configurations`.

        Raises:
            CommandError: it has other sections.
        """
        unknown = next((name for name in content if name not in SECTIONS), None)
        if unknown is not None:
            raise CommandError(f'error unmarshaling JSON: while decoding JSON: json: unknown field "{unknown}"')
        sections = dict(self.sections)
        for name, specs in content.items():
            if name != "nameReference":
                sections[name] = merged(self[name], read(specs))
        references = tuple(_reference(entry) for entry in content.get("nameReference") or ())
        return Specs(sections, (*self.references, *references))

    def merged(self, other: Specs) -> Specs:
        """Returns these and others."""
        sections = {name: merged(self[name], other[name]) for name in {**self.sections, **other.sections}}
        new = tuple(reference for reference in other.references if reference not in self.references)
        return Specs(sections, (*self.references, *new))


def merged(these: Iterable[Spec], others: Iterable[Spec]) -> tuple[Spec, ...]:
    """Returns specs with others after them, each once."""
    return tuple(dict.fromkeys((*these, *others)))


def read(entries: Iterable[Object] | None) -> tuple[Spec, ...]:
    """Returns the specs that a file gives."""
    return tuple(
        Spec(
            entry.get("path", ""), entry.get("kind", ""), entry.get("group", ""), entry.get("version", ""),
            bool(entry.get("create")),
        )
        for entry in entries or ()
    )  # fmt: skip


def _reference(entry: Object) -> Reference:
    places = read(entry.get("fieldSpecs"))
    return Reference(entry.get("kind", ""), entry.get("group", ""), entry.get("version", ""), places)


@functools.cache
def builtin() -> Specs:
    """Returns the specs that hold everywhere."""
    content = yaml.safe_load(Path(__file__).with_name("specs.yaml").read_text())
    pods: dict[str, str] = content["podSpecs"]

    def in_pods(kinds: Iterable[str], paths: Iterable[str], group: str = "") -> tuple[Spec, ...]:
        return tuple(Spec(f"{pods[kind]}/{path}", kind, group) for kind in kinds for path in paths)

    labels = read(content["metadataLabels"])
    selectors = in_pods(("Deployment", "StatefulSet"), content["podLabelSelectors"], "apps")
    variables = (*in_pods(content["varPods"], content["varPodPaths"]), *read(content["varReference"]))
    references = []
    for entry in content["nameReference"]:
        places = (*in_pods(entry.get("pods", ()), entry.get("podPaths", ())), *read(entry.get("fieldSpecs")))
        references.append(Reference(entry["kind"], entry.get("group", ""), entry.get("version", ""), places))
    return Specs(
        {
            "namePrefix": (Spec("metadata/name"),),
            "nameSuffix": (Spec("metadata/name"),),
            "namespace": read(content["namespace"]),
            "commonLabels": (*read(content["commonLabels"]), *selectors, *labels),
            "templateLabels": labels,
            "commonAnnotations": read(content["commonAnnotations"]),
            "replicas": read(content["replicas"]),
            "varReference": variables,
        },
        tuple(references),
    )
