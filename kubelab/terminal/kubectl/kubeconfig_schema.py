"""The shape of a kubeconfig: which fields there are, in which order they are written, and which are always there.

Source: k8s.io/client-go/tools/clientcmd/api/v1/types.go and its conversion, which sorts the lists by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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
_EMPTY: dict[str, Any] = {"string": "", "bool": False}


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
