"""Preferences of ~/.kube/kuberc: other defaults of flags, and names of one's own for commands (KEP-3104).

kubectl 1.33 heeds them with KUBECTL_KUBERC=true, later ones unless that is "false" or KUBERC is "off".
Source: kubectl/pkg/kuberc/kuberc.go.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kubelab.cluster.file_errors import FileError
from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.errors import CommandError, PlainError
from kubelab.terminal.kubectl.flags import Flag, FlagSet
from kubelab.terminal.kubectl.golang import GoError, quote
from kubelab.terminal.kubectl.manifests import documents

if TYPE_CHECKING:
    from kubelab.terminal.kubectl.command import Command
    from kubelab.terminal.tool import Context

Found = tuple["Command | None", list[str]]
Find = Callable[[Sequence[str]], Found]
_ALPHA_SINCE, _BETA_SINCE = 33, 34
_GROUP = "kubectl.config.k8s.io"
# What the fields are called, by the version of the file: the defaults of flags, and the flags in them.
_NAMES = {f"{_GROUP}/v1alpha1": ("overrides", "flags"), f"{_GROUP}/v1beta1": ("defaults", "options")}
_ALIAS = re.compile(r"[a-zA-Z]+")
_FIELDS = ("apiVersion", "kind", "aliases", "credentialPluginPolicy", "credentialPluginAllowlist")


def preferring(ctx: Context, minor: int, words: list[str], find: Find) -> Found:
    """Returns the command that a line calls and the words left for it, as the preferences want it.

    Raises:
        PlainError: the preferences make no sense.
        CommandError: there is no such command.
    """
    if not _is_enabled(ctx, minor) or not words:
        return find(words)
    words, path = _without_path(words)
    try:
        preferences = _loaded(ctx, minor, path)
        _check(preferences)
        found = _of_alias(preferences, words, find)
        return _with_defaults(preferences, found if found is not None else find(words), find, ctx)
    except _Mistake as error:
        raise PlainError(f"error occurred while applying preferences {error}") from None


class _Mistake(Exception):
    """The preferences make no sense."""


def _is_enabled(ctx: Context, minor: int) -> bool:
    wanted = ctx.env.get("KUBECTL_KUBERC", "").lower()
    return wanted != "false" if minor >= _BETA_SINCE else minor == _ALPHA_SINCE and wanted == "true"


def _without_path(words: Sequence[str]) -> tuple[list[str], str]:
    """Returns the words without --kuberc, and the path that it gives."""
    end = words.index("--") if "--" in words else len(words)
    for at, word in enumerate(words[:end]):
        name, equals, value = word.partition("=")
        if name != "--kuberc":
            continue
        value = value if equals else words[at + 1] if at + 1 < len(words) else ""
        if not value:
            raise PlainError("error occurred while applying preferences kuberc file is not found")
        return [*words[:at], *words[at + (1 if equals else 2) :]], value
    return list(words), ""


def _loaded(ctx: Context, minor: int, path: str) -> Object:
    """Returns the preferences, by the names of v1alpha1."""
    home = f"{ctx.env.get('HOME', '').rstrip('/')}/.kube/kuberc"
    if ctx.env.get("KUBERC") == "off":
        if path:
            raise _Mistake(
                "kuberc error disabling kuberc via KUBERC=off and passing kuberc flag are mutually exclusive"
            )
        return {}
    given = path or ctx.env.get("KUBERC", "")
    try:
        return _read(ctx, minor, given or home)
    except FileError as error:
        if not given and error.code == "ENOENT":
            return {}
        problem = f"open {given or home}: {error.reason.lower()}"
    except _Mistake as error:
        problem = str(error)
    if given:
        raise _Mistake(f"kuberc error kuberc: {problem}")
    ctx.error(f"kuberc: no preferences loaded from {home}: {problem}")
    return {}


def _read(ctx: Context, minor: int, path: str) -> Object:
    text = ctx.read_file(path)
    try:
        found = next((each for each in documents(text) if _is_known(each, minor)), None)
    except CommandError:
        found = None
    if found is None:
        raise _Mistake(f"no valid preferences found in {path}, use --v=5 to see details")
    defaults, options = _NAMES[found["apiVersion"]]
    unknown = next((name for name in sorted(found) if name not in (*_FIELDS, defaults)), None)
    if unknown is not None:
        ctx.error(f'kuberc: ignoring strict decoding error in {path}: strict decoding error: unknown field "{unknown}"')
    return {
        "overrides": [{**each, "flags": each.get(options) or []} for each in found.get(defaults) or ()],
        "aliases": [{**each, "flags": each.get(options) or []} for each in found.get("aliases") or ()],
    }


def _is_known(document: Any, minor: int) -> bool:
    if not isinstance(document, dict) or document.get("kind") != "Preference":
        return False
    versions = list(_NAMES)[: 1 if minor < _BETA_SINCE else None]
    return document.get("apiVersion") in versions


def _check(preferences: Object) -> None:
    names: set[str] = set()
    for alias in preferences.get("aliases", ()):
        name = str(alias.get("name") or "")
        if not _ALIAS.fullmatch(name):
            raise _Mistake("invalid alias name, can only include alphabetical characters")
        if name in names:
            raise _Mistake(f"duplicate alias name {name}")
        names.add(name)
    for entry in (*preferences.get("aliases", ()), *preferences.get("overrides", ())):
        for flag in entry["flags"]:
            if str(flag.get("name", "")).startswith("-"):
                raise _Mistake(f"flag name {flag['name']} should be in long form without dashes")


def _of_alias(preferences: Object, words: Sequence[str], find: Find) -> Found | None:
    """Returns what an alias stands for, None where none is called."""
    try:
        find(words)
        return None
    except CommandError:
        pass
    at = next((at for at, word in enumerate(words) if not word.startswith("-")), len(words))
    name = words[at] if at < len(words) else ""
    alias = next((each for each in preferences.get("aliases", ()) if each["name"] == name), None)
    if alias is None:
        return None
    parts = str(alias.get("command", "")).split()
    try:
        command, rest = find(parts)
    except CommandError:
        command, rest = None, parts
    if command is None:
        raise _Mistake(f"command {quote(alias.get('command', ''))} not found to set alias {quote(name)}: {rest}")
    given = [*words[:at], *words[at + 1 :]]
    flags = _set(command, alias["flags"], words, f"in alias {name}", f"invalid alias flag {{}} in alias {name}")
    before, after = (list(alias.get(field) or ()) for field in ("prependArgs", "appendArgs"))
    return replace(command, path=name), [*words[:at], *flags, *before, *given[at:], *after]


def _with_defaults(preferences: Object, found: Found, find: Find, ctx: Context) -> Found:
    command, words = found
    if command is None:
        return found
    for override in preferences.get("overrides", ()):
        text = str(override.get("command", ""))
        try:
            other, _ = find(text.split())
        except CommandError:
            other = None
        if other is None:
            ctx.error(f"Warning: command {quote(text)} not found to set kuberc override\n")
            continue
        if other.name != command.name:
            continue
        if any(alias["name"] == command.name for alias in preferences.get("aliases", ())):
            raise _Mistake(f"alias {command.name} can not be overridden")
        problem = f"invalid flag {{}} for command {text}"
        words = [*_set(command, override["flags"], words, f"in command {text}", problem), *words]
    return command, words


def _set(command: Command, flags: Sequence[Object], words: Sequence[str], where: str, unknown: str) -> list[str]:
    """Returns the flags that are not given with the command."""
    known, found = command.flag_set, []
    for entry in flags:
        name, value = str(entry.get("name", "")), str(entry.get("default", ""))
        flag = known.by_name.get(name)
        if flag is None:
            raise _Mistake(unknown.format(name))
        if _is_given(known, flag, words):
            continue
        try:
            flag.read(value)
        except GoError as error:
            verb = "value" if where.startswith("in alias") else "override value"
            shown = f"-{flag.short}, --{name}" if flag.short else f"--{name}"
            why = f"invalid argument {quote(value)} for {quote(shown)} flag: {error}"
            raise _Mistake(f"could not apply {verb} {value} to flag {name} {where} err: {why}") from None
        found.append(f"--{name}={value}")
    return found


def _is_given(known: FlagSet, flag: Flag, words: Sequence[str]) -> bool:
    for word in words:
        if word == f"--{flag.name}" or word.startswith(f"--{flag.name}="):
            return True
        if not flag.short:
            continue
        letters = word[1:] if re.fullmatch(r"-[a-zA-Z]+", word) else ""
        if word.startswith(f"-{flag.short}") or (
            flag.short in letters and all(each in known.by_short for each in letters)
        ):
            return True
    return False
