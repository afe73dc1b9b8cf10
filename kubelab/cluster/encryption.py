"""Encryption at rest: what an EncryptionConfiguration asks for, and which objects lie in etcd encrypted.

The store itself stays as it is; beside each object that was written while its resource was to be encrypted stands with
which provider and key, and etcdctl shows bytes instead of the object. Who asks the API server for an object whose key
it has not is refused; components, which have their caches, go on.
Source: kubernetes.io, tasks/administer-cluster/encrypt-data; k8s.io/apiserver, pkg/server/options/encryptionconfig and
pkg/storage/value (transformer.go, encrypt/{aes,identity,secretbox}).
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

# -> {"resources": {resource: [provider, ...]}}, each as `_provider` returns it; "file": where the store keeps the file
# whose changes the server takes over while it runs (--encryption-provider-config-automatic-reload).
CONFIG = "/machine/encryption/config"
RELOAD = 60.0  # seconds between two looks at that file
MARKS = "/machine/encrypted"  # <the object's key> -> {"prefix", "secret"}
LENGTHS = {"aescbc": (16, 24, 32), "aesgcm": (16, 24, 32), "secretbox": (32,)}
IDENTITY = "identity"
NO_PREFIX = "no matching prefix found"
NO_KEY = "no matching key was found for the provided {} transformer"
ENCRYPTED = "identity transformer tried to read encrypted data"
WRONG_KEY = {  # what comes of decrypting with another key of the same name
    "aescbc": "invalid padding on input",
    "aesgcm": "cipher: message authentication failed",
    "secretbox": "output array was not large enough for encryption",
}
Provider = dict[str, Any]  # {"prefix": "k8s:enc:aescbc:v1:", "keys": {name: fingerprint}}; prefix "" of identity


class ConfigurationError(Exception):
    """What is wrong with an EncryptionConfiguration, in the server's words."""


def read(text: str) -> dict[str, list[Provider]]:
    """Reads an EncryptionConfiguration.

    Returns:
        The resources that it names, each with its providers: the first one writes, all of them read.

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
    resources: dict[str, list[Provider]] = {}
    for place, group in enumerate(groups):
        path = f"resources[{place}]"
        if not group.get("resources"):
            raise ConfigurationError(f"{path}.resources: Required value: at least one resource must be specified")
        providers = group.get("providers") or []
        if not providers:
            raise ConfigurationError(f"{path}.providers: Required value: at least one provider must be specified")
        known = [_provider(provider, f"{path}.providers[{at}]") for at, provider in enumerate(providers)]
        for resource in group["resources"]:
            resources.setdefault(resource, known)
    return resources


def _provider(provider: Any, path: str) -> Provider:
    """Checks a provider; returns what begins the values that it writes, and its keys."""
    name = next(iter(provider), "") if isinstance(provider, dict) else ""
    if name == IDENTITY:
        return {"prefix": "", "keys": {}}
    if name == "kms":
        kms = provider[name] or {}
        return {"prefix": f"k8s:enc:kms:{kms.get('apiVersion', 'v1')}:", "keys": {kms.get("name", ""): ""}}
    if name not in LENGTHS:
        raise ConfigurationError(f"{path}: Required value: provider does not contain any of the expected providers")
    keys = (provider[name] or {}).get("keys") or []
    if not keys:
        raise ConfigurationError(f"{path}.{name}.keys: Required value: at least one key must be specified")
    for at, key in enumerate(keys):
        _check_key(key, f"{path}.{name}.keys[{at}]", name)
    named = {key["name"]: shake_256(str(key["secret"]).encode()).hexdigest(8) for key in keys}
    return {"prefix": f"k8s:enc:{name}:v1:", "keys": named}


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


def providers_of(config: Object | None, kind: Kind) -> list[Provider] | None:
    """Returns the providers of a kind's objects, None where nothing is said of them."""
    resources: dict[str, list[Provider]] = (config or {}).get("resources") or {}
    resource = f"{kind.resource}.{kind.group}" if kind.group else kind.resource
    for name in (resource, f"*.{kind.group}", "*.*"):
        if name in resources:
            found = resources[name]
            return found if isinstance(found, list) else _as_kept_before(found)
    return None


def _as_kept_before(prefix: str) -> list[Provider]:
    """Returns the providers of a cluster that was kept when only what begins the values was noted."""
    method, _, name = prefix.rstrip(":").rpartition(":")
    clear: Provider = {"prefix": "", "keys": {}}
    return [{"prefix": f"{method}:", "keys": {name: ""}}, clear] if prefix else [clear]


def mark(provider: Provider) -> Object:
    """Returns how an object lies in etcd that a provider writes: with its first key."""
    for name, secret in provider["keys"].items():
        return {"prefix": f"{provider['prefix']}{name}:", "secret": secret}
    return {"prefix": "", "secret": ""}


def mark_of(store: Store, key: str) -> Object:
    """Returns how an object lies in etcd: its "prefix", which is "" for clear text."""
    return store.get(MARKS + key) or {"prefix": "", "secret": ""}


def why_unreadable(providers: list[Provider] | None, kept: Object) -> str:
    """Returns why an object cannot be read, in the words of the API server's storage; "" where it can.

    Args:
        providers: those of its resource, None where the server knows of no encryption.
        kept: how it lies in etcd.
    """
    prefix: str = kept["prefix"]
    if providers is None:
        return ENCRYPTED if prefix else ""
    wrong: list[str] = []
    for provider in providers:
        if not provider["prefix"]:
            if not prefix:
                return ""
        elif prefix.startswith(provider["prefix"]):
            why = _why_not(provider, prefix, kept.get("secret", ""))
            if not why:
                return ""
            wrong.append(why)
    if len(wrong) > 1:
        return f"[{', '.join(dict.fromkeys(wrong))}]" if len(set(wrong)) > 1 else wrong[0]
    return wrong[0] if wrong else NO_PREFIX


def _why_not(provider: Provider, prefix: str, secret: str) -> str:
    name = prefix[len(provider["prefix"]) : -1]
    method = provider["prefix"].split(":")[2]
    if name not in provider["keys"]:
        return NO_KEY.format("Secretbox" if method == "secretbox" else "AES")
    return WRONG_KEY.get(method, "") if provider["keys"][name] != secret else ""


def hidden(prefix: str, key: str, revision: str) -> bytes:
    """Returns what stands in etcd instead of an object."""
    return prefix.encode() + shake_256(f"{prefix}{key}{revision}".encode()).digest(160)
