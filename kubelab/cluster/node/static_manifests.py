"""What a kubelet refuses of the manifests in its directory, and why; the rest is for static_pods.py.

Source: pkg/kubelet/config/{common,file}.go; pkg/api/pod/util.go (HasAPIObjectReference); the feature gate
PreventStaticPodAPIReferences, on since v1.34.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import yaml

from kubelab.cluster.objects import Object

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # manifests are read at each change of the directory
SECONDS_BETWEEN_LOOKS = 20.0  # fileCheckFrequency
REFERENCES = {"secretRef": "secrets", "secretKeyRef": "secrets", "secret": "secrets"} | {
    "configMapRef": "configmaps",
    "configMapKeyRef": "configmaps",
    "configMap": "configmaps",
    "persistentVolumeClaim": "persistentvolumeclaims",
}
FIRST_SINCE = 34  # the minor version that refuses references


def parsed(text: str, minor: int) -> tuple[Any, str]:
    """Returns what a manifest holds, and why a kubelet of 1.`minor` refuses it: "" when it has nothing against it.

    What is no Pod at all is not told here.
    """
    try:
        manifest = yaml.load(text, Loader=LOADER)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        return None, f"yaml: {f'line {mark.line + 1}: ' if mark else ''}{getattr(error, 'problem', error)}"
    if minor < FIRST_SINCE or not isinstance(manifest, dict) or not isinstance(manifest.get("spec"), dict):
        return manifest, ""
    found = next(_referenced(manifest["spec"]), None)
    return manifest, f"static pods may not reference {found}" if found else ""


def _referenced(spec: Object) -> Iterator[str]:
    """Yields the kinds of objects that a Pod refers to, in the order in which the kubelet looks for them."""
    if spec.get("serviceAccountName") or spec.get("serviceAccount"):
        yield "serviceaccounts"
    found = set(_kinds(spec.get("volumes")))
    for containers in ("initContainers", "containers"):
        found |= set(_kinds(spec.get(containers)))
    if spec.get("imagePullSecrets"):
        found.add("secrets")
    if spec.get("resourceClaims"):
        found.add("resourceclaims")
    yield from (kind for kind in ("secrets", "configmaps", "resourceclaims", "persistentvolumeclaims") if kind in found)


def _kinds(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for one in value:
            yield from _kinds(one)
    elif isinstance(value, dict):
        for key, one in value.items():
            if key in REFERENCES and isinstance(one, dict):
                yield REFERENCES[key]
            yield from _kinds(one)


def told(path: str, why: str) -> str:
    """Returns the kubelet's log line, without its head."""
    error = json.dumps(f"{path}: couldn't parse as pod({why}), please check config file")
    return f'file.go:187] "Could not process manifest file" err={error} path={json.dumps(path)}'
