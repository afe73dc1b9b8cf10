"""Encryption at rest: what an EncryptionConfiguration asks for, and which objects lie in etcd encrypted.

The store itself stays as it is; beside each object that was written while its resource was to be encrypted stands with
which provider and key, and etcdctl shows bytes instead of the object. Reading without the key does not fail here.
Source: kubernetes.io, tasks/administer-cluster/encrypt-data; k8s.io/apiserver, pkg/server/options/encryptionconfig.
"""

from __future__ import annotations

import base64
import binascii
from hashlib import shake_256
from typing import TYPE_CHECKING, Any

import yaml

from kubelab.cluster.objects import Object

if TYPE_CHECKING:
    from kubelab.cluster.kinds.kind import Kind
    from kubelab.cluster.store import Store

CONFIG = "/machine/encryption/config"  # -> {"resources": {resource: prefix}}
MARKS = "/machine/encrypted"  # <the object's key> -> {"prefix"}
LENGTHS = {"aescbc": (16, 24, 32), "aesgcm": (16, 24, 32), "secretbox": (32,)}
IDENTITY = "identity"


class ConfigurationError(Exception):
    """What is wrong with an EncryptionConfiguration, in the server's words."""


def read(text: str) -> dict[str, str]:
    """Reads an EncryptionConfiguration.

    Returns:
        The resources that it names, each with the prefix of what is written: "" for clear text.

    Raises:
        ConfigurationError: it is none.
    """
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigurationError(f"error while parsing file: {str(error).splitlines()[0]}") from None
    if not isinstance(found, dict) or found.get("kind") != "EncryptionConfiguration":
        kind = found.get("kind", "") if isinstance(found, dict) else ""
        raise ConfigurationError(
            f'error decoding encryption provider configuration file: no kind "{kind}" is registered'
        )
    groups = found.get("resources") or []
    if not groups:
        raise ConfigurationError("resources: Required value: at least one resource must be specified")
    prefixes: dict[str, str] = {}
    for place, group in enumerate(groups):
        path = f"resources[{place}]"
        if not group.get("resources"):
            raise ConfigurationError(f"{path}.resources: Required value: at least one resource must be specified")
        providers = group.get("providers") or []
        if not providers:
            raise ConfigurationError(f"{path}.providers: Required value: at least one provider must be specified")
        written = [_prefix(provider, f"{path}.providers[{at}]") for at, provider in enumerate(providers)]
        for resource in group["resources"]:
            prefixes.setdefault(resource, written[0])
    return prefixes


def _prefix(provider: Any, path: str) -> str:
    """Checks a provider; returns what begins the values that it writes."""
    name = next(iter(provider), "") if isinstance(provider, dict) else ""
    if name == IDENTITY:
        return ""
    if name == "kms":
        kms = provider[name] or {}
        return f"k8s:enc:kms:{kms.get('apiVersion', 'v1')}:{kms.get('name', '')}:"
    if name not in LENGTHS:
        raise ConfigurationError(f"{path}: Required value: provider does not contain any of the expected providers")
    keys = (provider[name] or {}).get("keys") or []
    if not keys:
        raise ConfigurationError(f"{path}.{name}.keys: Required value: at least one key must be specified")
    for at, key in enumerate(keys):
        _check_key(key, f"{path}.{name}.keys[{at}]", name)
    return f"k8s:enc:{name}:v1:{keys[0]['name']}:"


def _check_key(key: Object, path: str, provider: str) -> None:
    if not key.get("name"):
        raise ConfigurationError(f"{path}.name: Required value: name must be specified")
    if not key.get("secret"):
        raise ConfigurationError(f"{path}.secret: Required value: secret must be specified")
    try:
        size = len(base64.b64decode(str(key["secret"]), validate=True))
    except (binascii.Error, ValueError):
        why = "secret must be base64 encoded"
        raise ConfigurationError(f'{path}.secret: Invalid value: "REDACTED": {why}') from None
    if size not in LENGTHS[provider]:
        expected = " ".join(map(str, LENGTHS[provider]))
        why = f"secret is not of the expected length, got {size}, expected one of [{expected}]"
        raise ConfigurationError(f'{path}.secret: Invalid value: "REDACTED": {why}')


def wanted(config: Object | None, kind: Kind) -> str | None:
    """Returns the prefix that a kind's objects are to be written with, None where nothing is said of them."""
    resources: dict[str, str] = (config or {}).get("resources") or {}
    for name in (kind.resource, f"*.{kind.group}", "*.*"):
        if name in resources:
            return resources[name]
    return None


def mark_of(store: Store, key: str) -> str:
    """Returns the prefix with which an object lies in etcd, "" for clear text."""
    kept = store.get(MARKS + key)
    return str(kept["prefix"]) if kept else ""


def hidden(prefix: str, key: str, revision: str) -> bytes:
    """Returns what stands in etcd instead of an object."""
    return prefix.encode() + shake_256(f"{prefix}{key}{revision}".encode()).digest(160)
