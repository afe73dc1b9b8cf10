"""kubectl create configmap (kubectl/pkg/cmd/create/create_configmap.go)."""

from __future__ import annotations

from kubelab.cluster.kinds.names import config_key
from kubelab.cluster.objects import Object, with_metadata
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import Command
from kubelab.terminal.kubectl.creating import CREATION, Creation
from kubelab.terminal.kubectl.data_sources import (
    FROM_LITERAL,
    encoded,
    from_env_files,
    from_files,
    from_literals,
    name_hash,
    text_of,
)
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.golang import quote


def run(call: Call) -> None:
    """Creates a ConfigMap."""
    creation = Creation(call)
    flags = call.flags
    env_files = flags.items("from-env-file")
    if env_files and (flags.items("from-file") or flags.items("from-literal")):
        raise CommandError("from-env-file cannot be combined with from-file or from-literal")
    content = _Content(creation.name)
    from_files(call, flags.items("from-file"), content.add)
    from_literals(flags.items("from-literal"), content.add)
    from_env_files(call, env_files, content.add, "config")
    configmap: Object = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": creation.metadata()}
    if content.data:
        configmap["data"] = content.data
    if content.binary:
        configmap["binaryData"] = content.binary
    if flags.on("append-hash"):
        configmap = with_metadata(configmap, name=f"{creation.name}-{name_hash(configmap)}")
    creation.create(configmap, "failed to create configmap")


class _Content:
    """The data of a ConfigMap, text and bytes apart."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.data: dict[str, str] = {}
        self.binary: dict[str, str] = {}

    def add(self, key: str, value: bytes) -> None:
        wrong = config_key(key)
        if wrong:
            raise CommandError(f"{quote(key)} is not a valid key name for a ConfigMap: {','.join(wrong)}")
        for place, found in (("Data", self.data), ("BinaryData", self.binary)):
            if key in found:
                raise CommandError(
                    f"cannot add key {quote(key)}, another key by that name already exists in {place} for ConfigMap "
                    f"{quote(self.name)}"
                )
        text = text_of(value)
        if text is None:
            self.binary[key] = encoded(value)
        else:
            self.data[key] = text


COMMAND = Command(
    path="create configmap",
    usage=(
        "create configmap NAME [--from-file=[key=]source] [--from-literal=key1=value1] [--dry-run=server|client|none]"
    ),
    short="Create a config map from files, directories or literal values",
    run=run,
    aliases=("cm",),
    long="""
Create a config map from files, directories or literal values.

A file becomes one key of the config map, named like the file unless another key is given. Of a directory each file
whose name can be a key is taken; what else is in it (directories below, links, devices, pipes) is left out.
""",
    examples="""
# A config map of the files in folder bar
kubectl create configmap my-config --from-file=path/to/bar

# Keys of your own instead of the files' names
kubectl create configmap my-config --from-file=key1=/path/to/bar/file1.txt --from-file=key2=/path/to/bar/file2.txt

# Two keys with their values
kubectl create configmap my-config --from-literal=key1=config1 --from-literal=key2=config2

# The lines key=value of a file, each as a key
kubectl create configmap my-config --from-file=path/to/bar

# An env file
kubectl create configmap my-config --from-env-file=path/to/foo.env --from-env-file=path/to/bar.env
""",
    flags=(
        *CREATION,
        Flag("append-hash", "bool", False, "Add a hash of the config map to its name."),
        Flag(
            "from-env-file",
            "strings",
            [],
            "File with lines of KEY=VALUE, each of which becomes a key of the config map.",
        ),
        Flag(
            "from-file",
            "strings",
            [],
            "File that becomes a key, written FILE or KEY=FILE, or a directory of such files.",
        ),
        FROM_LITERAL,
    ),
)
