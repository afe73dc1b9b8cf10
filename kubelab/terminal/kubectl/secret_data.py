"""What a Secret holds, as the three `kubectl create secret` commands put it together."""

from __future__ import annotations

from kubelab.cluster.kinds.names import config_key
from kubelab.cluster.objects import Object, with_metadata
from kubelab.terminal.kubectl.creating import Creation
from kubelab.terminal.kubectl.data_sources import encoded, name_hash
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.golang import quote

APPEND_HASH = Flag("append-hash", "bool", False, "Add a hash of the secret to its name.")


class SecretData:
    """The keys of a Secret with their bytes."""

    def __init__(self) -> None:
        self._data: dict[str, str] = {}

    def add(self, key: str, value: bytes) -> None:
        """Adds a key.

        Raises:
            CommandError: it cannot be one, or is there already.
        """
        wrong = config_key(key)
        if wrong:
            raise CommandError(f"{quote(key)} is not valid key name for a Secret {';'.join(wrong)}")
        if key in self._data:
            raise CommandError(f"cannot add key {key}, another key by that name already exists")
        self._data[key] = encoded(value)

    def secret(self, creation: Creation, type_name: str) -> Object:
        """Returns the Secret, with the hash in its name if that was asked for."""
        secret: Object = {"apiVersion": "v1", "kind": "Secret", "metadata": creation.metadata()}
        if self._data:
            secret["data"] = self._data
        if type_name:
            secret["type"] = type_name
        if creation.call.flags.on("append-hash"):
            secret = with_metadata(secret, name=f"{creation.name}-{name_hash(secret)}")
        return secret
