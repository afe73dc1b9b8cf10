"""The shape of a kubeconfig: which fields there are, in which order they are written, and which are always there.

Source: k8s.io/client-go/tools/clientcmd/api/v1/types.go and its conversion, which sorts the lists by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kubelab.cluster.gojson import json_type
from kubelab.cluster.objects import Object

# Field -> its type: string, bool, bytes, strings, map, or the name of a struct below. `!`: written even when empty.
FIELDS: dict[str, dict[str, str]] = {
    "cluster": {
        "server": "string!",
        "tls-server-name": "string",
        "insecure-skip-tls-verify": "bool",
        "certificate-authority": "string",
        "certificate-authority-data": "bytes",
        "proxy-url": "string",
        "disable-compression": "bool",
        "extensions": "any",
    },
    "user": {
        "client-certificate": "string",
        "client-certificate-data": "bytes",
        "client-key": "string",
        "client-key-data": "bytes",
        "token": "string",
        "tokenFile": "string",
        "as": "string",
        "as-uid": "string",
        "as-groups": "strings",
        "as-user-extra": "any",
        "username": "string",
        "password": "string",
        "auth-provider": "auth-provider",
        "exec": "exec",
        "extensions": "any",
    },
    "context": {"cluster": "string!", "user": "string!", "namespace": "string", "extensions": "any"},
    "auth-provider": {"name": "string!", "config": "map!"},
    "exec": {
        "command": "string!",
        "args": "strings!",
        "env": "any!",
        "apiVersion": "string",
        "installHint": "string",
        "provideClusterInfo": "bool!",
        "interactiveMode": "string",
    },
}
LISTS = {"clusters": "cluster", "users": "user", "contexts": "context"}
_GO_TYPES = {"string": "string", "bool": "bool", "strings": "[]string"}
_STRUCTS = {
    "cluster": "Cluster",
    "user": "AuthInfo",
    "context": "Context",
    "auth-provider": "AuthProviderConfig",
    "exec": "ExecConfig",
}
_EMPTY: dict[str, Any] = {"string": "", "bool": False}


def mismatch(content: Mapping[str, Any]) -> str:
    """Returns what Go says of the first field that has a value of another type, "" where there is none."""
    for name in sorted(content):
        value = content[name]
        if name in ("apiVersion", "kind", "current-context"):
            problem = _wrong("Config", name, value, "string")
        elif name in LISTS:
            problem = _wrong("Config", name, value, f"[]v1.Named{_STRUCTS[LISTS[name]]}")
            problem = problem or next(filter(None, (_wrong_entry(name, each) for each in value or ())), "")
        else:
            continue
        if problem:
            return problem
    return ""


def _wrong_entry(plural: str, entry: Any) -> str:
    struct = LISTS[plural]
    named = f"Named{_STRUCTS[struct]}"
    if not isinstance(entry, dict):
        return _wrong("Config", plural, entry, f"v1.{named}")
    for name in sorted(entry):
        if name == "name":
            problem = _wrong(named, f"{plural}.name", entry[name], "string")
        elif name == struct:
            problem = _wrong_struct(struct, f"{plural}.{struct}", entry[name], named)
        else:
            continue
        if problem:
            return problem
    return ""


def _wrong_struct(struct: str, path: str, value: Any, within: str) -> str:
    if not isinstance(value, dict):
        return _wrong(within, path, value, f"v1.{_STRUCTS[struct]}")
    for name in sorted(value):
        kind = FIELDS[struct].get(name, "any").rstrip("!")
        if kind in FIELDS:
            problem = _wrong_struct(kind, f"{path}.{name}", value[name], _STRUCTS[struct])
        else:
            problem = _wrong(_STRUCTS[struct], f"{path}.{name}", value[name], _GO_TYPES.get(kind, ""))
        if problem:
            return problem
    return ""


def _wrong(struct: str, path: str, value: Any, go_type: str) -> str:
    wanted = {"string": str, "bool": bool}.get(go_type, list if go_type.startswith("[]s") else None)
    wanted = wanted or (list if go_type.startswith("[]v1") else dict if go_type.startswith("v1.") else None)
    if wanted is None or value is None or isinstance(value, wanted):
        return ""
    return f"json: cannot unmarshal {json_type(value)} into Go struct field {struct}.{path} of type {go_type}"


def shaped(struct: str, entry: Mapping[str, Any]) -> Object:
    """Returns an entry as its Go struct is marshalled: known fields only, in their order."""
    result: Object = {}
    for name, kind in FIELDS[struct].items():
        value, plain = entry.get(name), kind.rstrip("!")
        if plain in FIELDS and value is not None:
            result[name] = shaped(plain, value)
        elif value or kind.endswith("!"):
            result[name] = value if value else _EMPTY.get(plain)
    return result


def config_object(
    clusters: Mapping[str, Object],
    users: Mapping[str, Object],
    contexts: Mapping[str, Object],
    current: str,
    preferences: Object | None = None,
    extensions: Any = None,
) -> Object:
    """Returns a whole kubeconfig as it is marshalled."""
    config: Object = {"kind": "Config", "apiVersion": "v1", "preferences": preferences or {}}
    for plural, entries in (("clusters", clusters), ("users", users), ("contexts", contexts)):
        singular = LISTS[plural]
        rows = [{"name": name, singular: shaped(singular, entries[name])} for name in sorted(entries)]
        config[plural] = rows or None
    config["current-context"] = current
    if extensions:
        config["extensions"] = extensions
    return config
