"""Accumulates what a kustomization.yaml names, and applies its transformations in kustomize's order.

The rules of kustomize's api/internal/target/kusttarget.go.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.kustomization import plugins
from kubelab.terminal.kubectl.kustomization.configured import Target, configured, load
from kubelab.terminal.kubectl.kustomization.fields import COMPONENT, checked
from kubelab.terminal.kubectl.kustomization.generators import generate
from kubelab.terminal.kubectl.kustomization.loading import Loader
from kubelab.terminal.kubectl.kustomization.patching import json_patches, patches, strategic_patches
from kubelab.terminal.kubectl.kustomization.provenance import noted, origin_of
from kubelab.terminal.kubectl.kustomization.reading import Malformed, objects
from kubelab.terminal.kubectl.kustomization.replacing import replace_all
from kubelab.terminal.kubectl.kustomization.resource import Resource
from kubelab.terminal.kubectl.kustomization.specs import Specs, builtin
from kubelab.terminal.kubectl.kustomization.transforming import (
    annotate,
    label,
    put_images,
    put_namespace,
    put_prefix,
    put_suffix,
    scale,
)  # fmt: skip
from kubelab.terminal.kubectl.kustomization.variables import Variable, declared
from kubelab.terminal.kubectl.manifests import Duplicates

if TYPE_CHECKING:
    from kubelab.terminal.kubectl.call import Call


@dataclass
class Accumulated:
    """What a kustomization has come to so far: objects, variables, and where transformations go."""

    resources: list[Resource] = field(default_factory=list)
    variables: list[Variable] = field(default_factory=list)
    specs: Specs = field(default_factory=builtin)


def accumulate(target: Target, into: Accumulated) -> Accumulated:
    """Adds the resources of a kustomization to others, and transforms all of them.

    Raises:
        CommandError: it cannot be built, or has parts that are not simulated.
    """
    file = target.file
    plugins.refuse(target)
    try:
        for entry in file["resources"]:
            _add(target, into, entry)
    except Duplicates:
        raise
    except CommandError as error:
        raise CommandError(f"accumulating resources: {error}") from None
    for entry in file.get("configurations") or ():
        into.specs = into.specs.joined(load(target.loader, entry))
    plugins.refuse_crds(target)
    target = replace(target, specs=into.specs)
    into.resources = generate(target, into.resources)
    into.resources = plugins.generate(target, into.resources)
    for entry in file.get("components") or ():
        into = _with_component(target, into, entry)
    target = replace(target, specs=into.specs)
    into.resources = _transformed(target, into.resources)
    into.resources = plugins.transform(target, into.resources)
    into.variables += declared(file.get("vars") or (), into.resources, into.variables)
    return into


def _transformed(target: Target, resources: list[Resource]) -> list[Resource]:
    """Returns the resources as the kustomization's own fields change them."""
    file, specs = target.file, target.specs

    def step(kind: str, found: list[Resource]) -> list[Resource]:
        return noted(target, kind, found)

    resources = strategic_patches(target, resources)
    resources = patches(target, resources)
    if file.get("namespace"):
        resources = step("NamespaceTransformer", put_namespace(resources, file["namespace"], specs["namespace"]))
    if file.get("namePrefix"):
        resources = step("PrefixTransformer", put_prefix(resources, file["namePrefix"], specs["namePrefix"]))
    if file.get("nameSuffix"):
        resources = step("SuffixTransformer", put_suffix(resources, file["nameSuffix"], specs["nameSuffix"]))
    for entry in file.get("labels") or ():
        resources = step("LabelTransformer", label(resources, entry, specs))
    if file.get("commonLabels"):
        entry = {"pairs": file["commonLabels"], "includeSelectors": True}
        resources = step("LabelTransformer", label(resources, entry, specs))
    if file.get("commonAnnotations"):
        found = annotate(resources, file["commonAnnotations"], specs["commonAnnotations"])
        resources = step("AnnotationsTransformer", found)
    resources = json_patches(target, resources)
    for entry in file.get("replicas") or ():
        resources = step("ReplicaCountTransformer", scale(resources, entry, specs["replicas"]))
    for entry in file["images"]:
        resources = step("ImageTagTransformer", put_images(resources, entry, specs["images"]))
    if file.get("replacements"):
        resources = step("ReplacementTransformer", replace_all(target.loader, resources, file["replacements"]))
    return resources


def opened(loader: Loader, call: Call, *, notes: tuple[str, ...] | None = None, place: str = "") -> Target:
    """Reads the kustomization.yaml of a directory.

    Args:
        notes: the `buildMetadata` of the outermost kustomization, None if this is that one.
        place: where the directory is, seen from the outermost one.

    Raises:
        CommandError: it cannot be read.
    """
    name, text = loader.kustomization()
    file, warnings = checked(configured(text, "invalid Kustomization"), loader.root, call.minor)
    call.err("".join(warnings))
    if notes is None:
        notes = tuple(file.get("buildMetadata") or ())
    return Target(call, loader, file, name, notes, place, builtin())


def _add(target: Target, into: Accumulated, entry: str) -> None:
    """Takes in a file with objects, or another kustomization."""
    try:
        try:
            found = objects(target.call, target.loader.read(entry), entry)
        except Malformed as error:
            raise Malformed(f"accumulating resources from '{entry}': {error}") from None
        for resource in found:
            resource.origin = origin_of(target, entry)
        append(into.resources, found)
    except Duplicates:
        raise
    except CommandError as error:
        first = str(error) if isinstance(error, Malformed) else f"accumulating resources from '{entry}': {error}"
        try:
            loader = target.loader.below(entry)
        except CommandError as second:
            if isinstance(error, Malformed):
                raise error from None
            raise CommandError(f"accumulation err='{first}': {second}") from None
        try:
            _merge(into, _built(target, loader, entry, None))
        except CommandError as second:
            raise CommandError(f"accumulation err='{first}': {second}") from None


def _built(target: Target, loader: Loader, entry: str, component_of: Accumulated | None) -> Accumulated:
    """Returns what another kustomization comes to, on its own or as a component of what there is."""
    place = f"{target.place}{entry.rstrip('/')}/".replace("./", "", 1) if entry.startswith("./") else ""
    place = place or f"{target.place}{entry.rstrip('/')}/"
    try:
        inner = opened(loader, target.call, notes=target.notes, place=place)
    except CommandError as error:
        raise CommandError(f"couldn't make target for path '{loader.root}': {error}") from None
    kind = inner.file["kind"]
    if component_of is not None and kind != COMPONENT:
        raise CommandError(f"expected kind '{COMPONENT}' for path '{loader.root}' but got '{kind}'")
    if component_of is None and kind == COMPONENT:
        raise CommandError(f"expected kind != '{COMPONENT}' for path '{loader.root}'")
    try:
        return accumulate(inner, component_of or Accumulated())
    except CommandError as error:
        raise CommandError(f"recursed accumulation of path '{loader.root}': {error}") from None


def _with_component(target: Target, into: Accumulated, entry: str) -> Accumulated:
    try:
        try:
            loader = target.loader.below(entry)
        except CommandError as error:
            raise CommandError(f'loader.New "{error}"') from None
        try:
            return _built(target, loader, entry, into)
        except CommandError as error:
            text = str(error).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
            raise CommandError(f'accumulateDirectory: "{text}"') from None
    except CommandError as error:
        raise CommandError(f"accumulating components: {error}") from None


def _merge(into: Accumulated, other: Accumulated) -> None:
    append(into.resources, other.resources)
    into.variables += other.variables
    into.specs = into.specs.merged(other.specs)


def append(resources: list[Resource], found: list[Resource]) -> None:
    """Adds resources to others.

    Raises:
        CommandError: there is one already that is known by the same.
    """
    for resource in found:
        if any(resource.identity.is_same(each.identity) for each in resources):
            raise CommandError(f"may not add resource with an already registered id: {resource.identity}")
        resources.append(resource)
