"""Changes of kubeconfig files: which file a change goes into, and how the file is written.

Source: k8s.io/client-go/tools/clientcmd/config.go (ModifyConfig): an entry is changed in the file that it came from,
a new one goes into the first file that exists, else into the last one named.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from kubelab.cluster.file_errors import FileError
from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl import kubeconfig
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.kubeconfig import ConfigFile, Kubeconfig, certificate_files
from kubelab.terminal.kubectl.kubeconfig_schema import LISTS, config_object, shaped
from kubelab.terminal.kubectl.printers.yaml import to_yaml

if TYPE_CHECKING:
    from kubelab.terminal.kubectl.call import Call


def starting(call: Call) -> Kubeconfig:
    """Returns what the files say before a change; a --kubeconfig that does not exist is an empty one.

    Raises:
        CommandError: a file cannot be read, or is no kubeconfig.
    """
    explicit = call.flags.text("kubeconfig")
    return kubeconfig.load(call.ctx, explicit, missing_ok=True)


def default_file(call: Call, config: Kubeconfig) -> str:
    """Returns the path of the file that new entries go into."""
    explicit = call.flags.text("kubeconfig")
    if explicit:
        return explicit
    existing = next((file.path for file in config.files if file.exists), None)
    return existing or config.files[-1].path


def put(call: Call, config: Kubeconfig, plural: str, name: str, entry: Object) -> None:
    """Writes an entry that is new or changed; one that stays as it was touches no file."""
    entries: dict[str, Object] = getattr(config, plural)
    struct = LISTS[plural]
    if name in entries and shaped(struct, entries[name]) == shaped(struct, entry):
        return
    origin = config.file_of(plural, name)
    path = origin.path if origin else default_file(call, config)
    editor = _Editor(call, config, path)
    editor.lists[plural][name] = _relative(call, path, entry)
    editor.write()


def remove(call: Call, config: Kubeconfig, plural: str, name: str) -> None:
    """Takes an entry out of the file that it is in."""
    origin = config.file_of(plural, name)
    if origin is None:
        return
    editor = _Editor(call, config, origin.path)
    editor.lists[plural].pop(name, None)
    editor.write()


def set_current(call: Call, config: Kubeconfig, name: str) -> None:
    """Makes a context the current one; "" unsets it where it is set."""
    if config.current == name:
        return
    path = default_file(call, config)
    if not name and not call.flags.text("kubeconfig"):
        path = next((file.path for file in config.files if file.content.get("current-context")), path)
    editor = _Editor(call, config, path)
    editor.current = name
    editor.write()


def set_preferences(call: Call, config: Kubeconfig, preferences: Object) -> None:
    """Writes the preferences."""
    editor = _Editor(call, config, default_file(call, config))
    editor.preferences = preferences
    editor.write()


class _Editor:
    """One file, to be changed and written."""

    def __init__(self, call: Call, config: Kubeconfig, path: str) -> None:
        self._call = call
        self._path = path
        file = next((file for file in config.files if file.path == path), ConfigFile(path, False, {}))
        content = file.content
        self.lists: dict[str, dict[str, Object]] = {
            plural: {each.get("name", ""): each.get(singular) or {} for each in content.get(plural) or ()}
            for plural, singular in LISTS.items()
        }
        self.current: str = content.get("current-context") or ""
        self.preferences: Object = content.get("preferences") or {}
        self._extensions = content.get("extensions")

    def write(self) -> None:
        """Writes the file, and the directories above it.

        Raises:
            CommandError: it cannot be written.
        """
        config = config_object(
            self.lists["clusters"],
            self.lists["users"],
            self.lists["contexts"],
            self.current,
            self.preferences,
            self._extensions,
        )
        files, path = self._call.ctx.files, self._call.ctx.path(self._path)
        try:
            files.mkdir(posixpath.dirname(path), parents=True)
            is_new = not files.exists(path)
            files.write(path, to_yaml(config))
            if is_new:
                files.chmod(path, 0o600)
        except FileError as error:
            raise CommandError(f"open {self._path}: {error.reason.lower()}") from None
        self._call.forget_config()


def _relative(call: Call, path: str, entry: Object) -> Object:
    """Writes the paths of certificates below the file's directory relative to it."""
    base = posixpath.dirname(call.ctx.path(path)).rstrip("/") + "/"
    below = {
        name: entry[name].removeprefix(base) for name in certificate_files(entry) if str(entry[name]).startswith(base)
    }
    return {**entry, **below} if below else entry
