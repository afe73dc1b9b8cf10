"""What a kustomization is while it is built, and how its configuration is read: YAML 1.1, where `y` is a boolean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.kustomization.loading import Loader
from kubelab.terminal.kubectl.kustomization.specs import Specs
from kubelab.terminal.kubectl.manifests import YamlError, load_yaml
from kubelab.terminal.kubectl.printers.yaml import to_yaml

if TYPE_CHECKING:
    from kubelab.terminal.kubectl.call import Call


@dataclass(frozen=True)
class Target:
    """One kustomization.

    Args:
        file: its fields, with `kind`, `resources` and `images` always there.
        name: of its file.
        notes: the outermost kustomization's `buildMetadata`.
        place: its directory as seen from the outermost one, "" or with a slash at the end.
        specs: where transformations go.
    """

    call: Call
    loader: Loader
    file: Object
    name: str
    notes: tuple[str, ...]
    place: str
    specs: Specs


def configured(text: str, what: str) -> Any:
    """Returns the data of a kustomization's file.

    Raises:
        CommandError: it is no YAML.
    """
    try:
        return load_yaml(text)
    except YamlError as error:
        raise CommandError(f"{what}: {error}") from None


def load(loader: Loader, path: str) -> Object:
    """Returns the data of a file of configuration.

    Raises:
        CommandError: it cannot be read.
    """
    content = configured(loader.read(path), "error converting YAML to JSON")
    return content if isinstance(content, dict) else {}


def misconfigured(plugin: str, config: Object, why: str) -> CommandError:
    """Returns the error of a built-in plugin that cannot work with what a kustomization says."""
    return CommandError(f"trouble configuring builtin {plugin} with config: `\n{to_yaml(config)}`: {why}")
