"""Environment variables of containers: their names, and where their values come from.

Source: pkg/apis/core/validation/validation.go (ValidateEnv, ValidateEnvFrom); KEP-4369 for names.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubelab.cluster.kinds.causes import invalid, required
from kubelab.cluster.kinds.kind import Cause
from kubelab.cluster.kinds.names import config_key
from kubelab.cluster.objects import Object

SOURCES = ("fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef")
NAMES = "a valid environment variable name must consist only of printable ASCII characters other than '='"
NO_SOURCE = "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`"
WITH_VALUE = "may not be specified when `value` is not empty"
TOO_MANY = "may not have more than one field specified at a time"


def env_causes(variables: Iterable[Object], path: str) -> list[Cause]:
    """Returns what is wrong with a container's env."""
    causes: list[Cause] = []
    for place, variable in enumerate(variables):
        at, name = f"{path}[{place}]", variable.get("name", "")
        if not name:
            causes.append(required(f"{at}.name"))
        elif not _is_name(name):
            causes.append(invalid(f"{at}.name", name, NAMES))
        if "valueFrom" in variable:
            causes += _source_causes(variable["valueFrom"] or {}, variable.get("value", ""), f"{at}.valueFrom")
    return causes


def env_from_causes(sources: Iterable[Object], path: str) -> list[Cause]:
    """Returns what is wrong with a container's envFrom."""
    causes: list[Cause] = []
    for place, source in enumerate(sources):
        at, named = f"{path}[{place}]", [kind for kind in ("configMapRef", "secretRef") if kind in source]
        if not _is_name(source.get("prefix", "")):
            causes.append(invalid(f"{at}.prefix", source["prefix"], NAMES))
        causes += [required(f"{at}.{kind}.name") for kind in named if not (source[kind] or {}).get("name")]
        if not named:
            causes.append(invalid(at, "", "must specify one of: `configMapRef` or `secretRef`"))
        elif len(named) > 1:
            causes.append(invalid(at, "", TOO_MANY))
    return causes


def _is_name(name: str) -> bool:
    return all(letter.isascii() and letter.isprintable() and letter != "=" for letter in name)


def _source_causes(source: Object, value: str, path: str) -> list[Cause]:
    named = [kind for kind in SOURCES if kind in source]
    causes: list[Cause] = []
    for kind in ("configMapKeyRef", "secretKeyRef"):
        if kind in source:
            causes += _key_causes(source[kind] or {}, f"{path}.{kind}")
    if not named:
        causes.append(invalid(path, "", NO_SOURCE))
    elif value:
        causes.append(invalid(path, "", WITH_VALUE))
    elif len(named) > 1:
        causes.append(invalid(path, "", TOO_MANY))
    return causes


def _key_causes(reference: Object, path: str) -> list[Cause]:
    causes = [] if reference.get("name") else [required(f"{path}.name")]
    key = reference.get("key", "")
    if not key:
        return [*causes, required(f"{path}.key")]
    return causes + [invalid(f"{path}.key", key, wrong) for wrong in config_key(key)]
