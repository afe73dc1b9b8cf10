"""`generators`, `transformers` and `validators`: the plugins that are built into kustomize.

Plugins that are programs are not run, as by kubectl without --enable-alpha-plugins; Helm charts are not inflated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.kustomization import generators, transforming
from kubelab.terminal.kubectl.kustomization.configured import Target, misconfigured
from kubelab.terminal.kubectl.kustomization.patching import patched
from kubelab.terminal.kubectl.kustomization.provenance import configured_in, noted
from kubelab.terminal.kubectl.kustomization.reading import objects
from kubelab.terminal.kubectl.kustomization.replacing import replace_all
from kubelab.terminal.kubectl.kustomization.resource import Resource, identity_of
from kubelab.terminal.kubectl.kustomization.specs import read

_BUILTIN = "builtin"
_SCHEMA = "v1.21.2"  # the only OpenAPI version that is built in
_HELM = "HelmChartInflationGenerator"
Change = Callable[[Target, list[Resource], Object, Any], list[Resource]]


def refuse(target: Target) -> None:
    """Ends where a kustomization has parts that are not simulated.

    Raises:
        CommandError: it has.
    """
    file = target.file
    for name in ("helmCharts", "helmChartInflationGenerator"):
        for chart in file.get(name) or ():
            flags = target.call.flags
            if flags.has("enable-helm") and flags.on("enable-helm"):
                raise CommandError("Helm charts in a kustomization are not simulated in KubeLab")
            raise misconfigured(_HELM, chart, "must specify --enable-helm")
    openapi = file.get("openapi") or {}
    if openapi.get("path"):
        target.loader.read(openapi["path"])
    if openapi.get("version") not in (None, _SCHEMA):
        raise CommandError("the specified OpenAPI version is not built in")


def refuse_crds(target: Target) -> None:
    """Ends where a kustomization lets schemas say where names stand.

    Raises:
        CommandError: it does.
    """
    paths = target.file.get("crds") or []
    for path in paths:
        try:
            target.loader.read(path)
        except CommandError as error:
            raise CommandError(f"loading CRDs [{' '.join(paths)}]: {error}") from None
    if paths:
        raise CommandError("crds of a kustomization are not simulated; nameReference in its configurations is")


def generate(target: Target, resources: list[Resource]) -> list[Resource]:
    """Returns the resources with what `generators` make.

    Raises:
        CommandError: one is not built in, or makes no sense.
    """
    resources = list(resources)
    for config, path in _configs(target, "generators"):
        kind = config.get("kind", "")
        if config.get("apiVersion") != _BUILTIN or kind not in ("ConfigMapGenerator", "SecretGenerator"):
            raise CommandError(f"loading generator plugins: failed to load generator: {_external(config)}")
        entry = {**config, **(config.get("metadata") or {})}
        new = generators.generated(target, kind.removesuffix("Generator"), entry, {})
        new.origin = configured_in(target, kind, entry.get("name", ""), path)
        generators.put(resources, new, config.get("behavior") or "")
    return resources


def transform(target: Target, resources: list[Resource]) -> list[Resource]:
    """Returns the resources as `transformers` change them.

    Raises:
        CommandError: one is not built in, or makes no sense.
    """
    for config, path in [*_configs(target, "transformers"), *_configs(target, "validators")]:
        kind = config.get("kind", "")
        change = _TRANSFORMERS.get(kind) if config.get("apiVersion") == _BUILTIN else None
        if change is None:
            raise CommandError(_external(config))
        step = configured_in(target, kind, (config.get("metadata") or {}).get("name", ""), path)
        specs = read(config.get("fieldSpecs"))
        if kind == "PatchTransformer":
            try:
                resources = patched(target, resources, config, step)
            except CommandError as error:
                raise CommandError(f"plugin {identity_of(config)} fails configuration: {error}") from None
        else:
            resources = noted(target, kind, change(target, resources, config, specs), step)
    return resources


def _external(config: Object) -> str:
    return f"external plugins disabled; unable to load external plugin '{config.get('kind', '')}'"


def _configs(target: Target, field: str) -> Iterator[tuple[Object, str]]:
    """Yields the configurations of plugins: written into the kustomization, or in files of their own."""
    for entry in target.file.get(field) or ():
        inline = "\n" in entry or entry.startswith("{")
        try:
            text = entry if inline else target.loader.read(entry)
            found = objects(target.call, text, entry)
        except CommandError as error:
            try:
                target.loader.below(entry)
            except CommandError as second:
                raise CommandError(
                    f"accumulation err='accumulating resources from '{entry}': {error}': {second}"
                ) from None
            raise CommandError(f"{field} of a kustomization in a directory are not simulated") from None
        for resource in found:
            yield resource.object, "" if inline else entry


def _prefixed(_: Target, resources: list[Resource], config: Object, specs: Any) -> list[Resource]:
    return transforming.put_prefix(resources, config.get("prefix", ""), specs)


def _suffixed(_: Target, resources: list[Resource], config: Object, specs: Any) -> list[Resource]:
    return transforming.put_suffix(resources, config.get("suffix", ""), specs)


def _affixed(target: Target, resources: list[Resource], config: Object, specs: Any) -> list[Resource]:
    return _suffixed(target, _prefixed(target, resources, config, specs), config, specs)


def _namespaced(target: Target, resources: list[Resource], config: Object, specs: Any) -> list[Resource]:
    namespace = (config.get("metadata") or {}).get("namespace", "")
    specs = specs or target.specs["namespace"]
    unset = bool(config.get("unsetOnly"))
    return transforming.put_namespace(resources, namespace, specs, unset_only=unset) if namespace else resources


def _labelled(_: Target, resources: list[Resource], config: Object, specs: Any) -> list[Resource]:
    return transforming.put_pairs(resources, config.get("labels") or {}, specs)


def _annotated(_: Target, resources: list[Resource], config: Object, specs: Any) -> list[Resource]:
    return transforming.put_pairs(resources, config.get("annotations") or {}, specs)


def _scaled(_: Target, resources: list[Resource], config: Object, specs: Any) -> list[Resource]:
    return transforming.scale(resources, config.get("replica") or {}, specs)


def _imaged(_: Target, resources: list[Resource], config: Object, specs: Any) -> list[Resource]:
    return transforming.put_images(resources, config.get("imageTag") or {}, specs)


def _replaced(target: Target, resources: list[Resource], config: Object, _: Any) -> list[Resource]:
    return replace_all(target.loader, resources, config.get("replacements") or ())


def _patched(target: Target, resources: list[Resource], config: Object, _: Any) -> list[Resource]:
    return patched(target, resources, config)


_TRANSFORMERS: dict[str, Change] = {
    "PrefixTransformer": _prefixed,
    "SuffixTransformer": _suffixed,
    "PrefixSuffixTransformer": _affixed,
    "NamespaceTransformer": _namespaced,
    "LabelTransformer": _labelled,
    "AnnotationsTransformer": _annotated,
    "ReplicaCountTransformer": _scaled,
    "ImageTagTransformer": _imaged,
    "ReplacementTransformer": _replaced,
    "PatchTransformer": _patched,
}
