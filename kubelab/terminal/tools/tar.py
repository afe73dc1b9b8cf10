"""tar: packs files into archives and takes them out. Sources: GNU tar, BusyBox archival/tar.c.

Not simulated: appending, updating, comparing, other compressions than gzip.
"""

from __future__ import annotations

import posixpath
import tarfile
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from kubelab.cluster.file_errors import FileError
from kubelab.terminal.archives import NoArchive, Packer, as_bytes, as_text, excluded, extract, members
from kubelab.terminal.tool import Context, Exit, Steps, Wait, tool
from kubelab.terminal.tools.dialing import is_busybox

_FLAGS, _WITH_VALUE = "cxtvzpmOkh", "fC"
_LONG = {
    "create": "c", "extract": "x", "get": "x", "list": "t", "verbose": "v", "gzip": "z", "gunzip": "z", "file": "f",
    "directory": "C", "touch": "m", "to-stdout": "O", "keep-old-files": "k", "dereference": "h",
    "preserve-permissions": "p", "same-permissions": "p",
}  # fmt: skip
_IGNORED = ("no-same-permissions", "no-same-owner", "same-owner", "numeric-owner")
_NOT_SIMULATED = ("absolute-names", "no-recursion", "append", "update", "delete", "diff", "compare", "wildcards")
_USAGE = "Try 'tar --help' or 'tar --usage' for more information.\n"
_NO_MODE = "You must specify one of the '-Acdtrux', '--delete' or '--test-label' options\n" + _USAGE
_COWARDLY = "Cowardly refusing to create an empty archive\n" + _USAGE
_WIDTH = 19  # of owner and size together in a listing, which grows when it has to


@dataclass
class Options:
    """What the arguments came to; `names` with the directory in which each is looked for."""

    flags: set[str] = field(default_factory=set)
    archive: str = "-"
    directory: str = ""
    strip: int = 0
    excludes: list[str] = field(default_factory=list)
    names: list[tuple[str, str]] = field(default_factory=list)


@tool("tar")
def tar(ctx: Context) -> Steps:
    """tar -c|-x|-t [-vzmO] [-f ARCHIVE] [-C DIRECTORY] [NAME ...]"""
    options = _parse(ctx)
    modes = options.flags & set("cxt")
    if len(modes) != 1:
        _die(ctx, _NO_MODE)
    if "c" in modes:
        return _create(ctx, options)
    data = yield from _read(ctx, options.archive)
    try:
        return _list(ctx, options, data) if "t" in modes else _extract(ctx, options, data)
    except NoArchive:
        if is_busybox(ctx):
            _die(ctx, "short read\n" if data else "", 0 if not data else 1)
        if "z" in options.flags and data[:2] != b"\x1f\x8b":
            ctx.error("\ngzip: stdin: not in gzip format\n")
            _die(ctx, f"Child returned status 1\n{_RECOVER}")
        ctx.error("tar: This does not look like a tar archive\n")
        return _failed(ctx)


def _die(ctx: Context, message: str, status: int = 2) -> None:
    raise Exit(status, f"tar: {message}" if message else "")


def _misused(ctx: Context, message: str) -> None:
    _die(ctx, f"{message}\n{_USAGE}", 1 if is_busybox(ctx) else 64)


def _failed(ctx: Context) -> int:
    if is_busybox(ctx):
        ctx.error("tar: error exit delayed from previous errors\n")
        return 1
    ctx.error("tar: Exiting with failure status due to previous errors\n")
    return 2


def _parse(ctx: Context) -> Options:
    options, words = Options(), list(ctx.args)
    if words and not words[0].startswith("-"):
        _old(ctx, options, words.pop(0), words)
    while words:
        word = words.pop(0)
        if word == "--":
            options.names += [(options.directory, name) for name in words]
            break
        if word.startswith("--"):
            _long(ctx, options, word[2:], words)
        elif word.startswith("-") and len(word) > 1:
            _short(ctx, options, word[1:], words)
        else:
            options.names.append((options.directory, word))
    return options


def _old(ctx: Context, options: Options, letters: str, words: list[str]) -> None:
    """The old way, letters without a dash: each takes its value from the words that follow, `xfC archive directory`."""
    for letter in letters:
        if letter in _WITH_VALUE and not words and not is_busybox(ctx):
            _die(ctx, f"Old option '{letter}' requires an argument.\n{_USAGE}")
        _short(ctx, options, letter, words)


def _short(ctx: Context, options: Options, letters: str, words: list[str]) -> None:
    while letters:
        letter, letters = letters[0], letters[1:]
        if letter in _FLAGS:
            options.flags.add(letter)
        elif letter in _WITH_VALUE:
            _value(ctx, options, letter, letters or (words.pop(0) if words else None))
            return
        else:
            kind = "unrecognized option" if is_busybox(ctx) else "invalid option"
            _misused(ctx, f"{kind} -- '{letter}'")


def _long(ctx: Context, options: Options, word: str, words: list[str]) -> None:
    name, equals, value = word.partition("=")
    needs_value = name in ("strip-components", "exclude") or _LONG.get(name, " ") in _WITH_VALUE
    if needs_value and not equals:
        if not words:
            _misused(ctx, f"option '--{name}' requires an argument")
        value = words.pop(0)
    if name in ("strip-components", "exclude"):
        if name == "exclude":
            options.excludes.append(value)
        else:
            if not value.isdigit():
                _die(ctx, f"{value}: Invalid number of elements\n{_USAGE}")
            options.strip = int(value)
        return
    letter = _LONG.get(name)
    if letter is None:
        if name in _NOT_SIMULATED:
            _die(ctx, f"option '--{name}' is not simulated in KubeLab\n")
        if name not in _IGNORED:
            _misused(ctx, f"unrecognized option '--{name}'")
    elif letter in _WITH_VALUE:
        _value(ctx, options, letter, value)
    else:
        options.flags.add(letter)


def _value(ctx: Context, options: Options, letter: str, value: str | None) -> None:
    if value is None:
        _misused(ctx, f"option requires an argument -- '{letter}'")
    elif letter == "f":
        options.archive = value
    else:
        options.directory = posixpath.join(options.directory, value)
        if not ctx.files.is_dir(ctx.path(options.directory)):
            if is_busybox(ctx):
                _die(ctx, f"can't change directory to '{value}': No such file or directory\n", 1)
            _die(ctx, f"{value}: Cannot open: No such file or directory\n{_RECOVER}")


_RECOVER = "tar: Error is not recoverable: exiting now\n"


def _read(ctx: Context, archive: str) -> Generator[Wait, Any, bytes]:
    if archive == "-":
        return as_bytes((yield from ctx.read_all()))
    try:
        return ctx.files.read_bytes(ctx.path(archive))
    except FileError as error:
        if is_busybox(ctx):
            _die(ctx, f"can't open '{archive}': {error.reason}\n", 1)
        _die(ctx, f"{archive}: Cannot open: {error.reason}\n{_RECOVER}")
        raise


def _create(ctx: Context, options: Options) -> int:
    if not options.names:
        _die(ctx, "empty archive\n" if is_busybox(ctx) else _COWARDLY, 1 if is_busybox(ctx) else 2)
    failures: list[str] = []
    busybox = is_busybox(ctx)

    def problem(error: FileError) -> None:
        shown = failures[-1] if failures and failures[-1] else error.path
        ctx.error(f"tar: {shown}: {error.reason}\n" if busybox else f"tar: {shown}: Cannot stat: {error.reason}\n")
        failures.append("")

    def seen(member: tarfile.TarInfo) -> None:
        if "v" in options.flags:
            (ctx.error if options.archive == "-" else ctx.write)(f"{member.name}\n")

    packer, told = Packer(ctx.files, problem, seen, options.excludes), False
    for directory, name in options.names:
        stripped = name.lstrip("/")
        if stripped != name and not told:
            told = True
            words = "removing leading '/'" if busybox else "Removing leading `/'"
            ctx.error(f"tar: {words} from member names\n")
        failures.append(name)
        packer.add(ctx.path(posixpath.join(directory, name)), stripped or ".")
        if failures[-1] == name:
            failures.pop()
    data = packer.bytes(zipped="z" in options.flags, mtime=ctx.now)
    if options.archive == "-":
        ctx.write(as_text(data))
    else:
        try:
            ctx.files.write(ctx.path(options.archive), data)
        except FileError as error:
            _die(ctx, f"{options.archive}: Cannot open: {error.reason}\n{_RECOVER}")
    return _failed(ctx) if failures else 0


def _chosen(options: Options, data: bytes) -> Iterator[tuple[tarfile.TarInfo, bytes]]:
    wanted = [name.rstrip("/") for _, name in options.names]
    for member, content in members(data):
        name = member.name.rstrip("/")
        if wanted and not any(name == each or name.startswith(each + "/") for each in wanted):
            continue
        if excluded(name, options.excludes):
            continue
        yield member, content


def _list(ctx: Context, options: Options, data: bytes) -> int:
    width = _WIDTH
    for member, _ in _chosen(options, data):
        name = member.name + ("/" if member.isdir() else "")
        if "v" in options.flags:
            owner, size = f"{member.uname}/{member.gname}", str(member.size)
            width = max(width, len(owner) + 1 + len(size))
            moment = f"{datetime.fromtimestamp(member.mtime, UTC):%Y-%m-%d %H:%M}"
            arrow = f" -> {member.linkname}" if member.issym() else ""
            name = f"{_mode(member)} {owner} {size:>{width - len(owner) - 1}} {moment} {name}{arrow}"
        ctx.write(name + "\n")
    return _missing(ctx, options, data)


def _mode(member: tarfile.TarInfo) -> str:
    kind = "d" if member.isdir() else "l" if member.issym() else "-"
    return kind + "".join(letter if member.mode & 1 << 8 - at else "-" for at, letter in enumerate("rwxrwxrwx"))


def _extract(ctx: Context, options: Options, data: bytes) -> int:
    failed = False
    for member, content in _chosen(options, data):
        name = "/".join(member.name.lstrip("/").split("/")[options.strip :])
        if not name or ".." in name.split("/"):
            continue
        if "v" in options.flags:
            ctx.write(member.name + ("/" if member.isdir() else "") + "\n")
        if "O" in options.flags:
            ctx.write(as_text(content))
            continue
        path = ctx.path(posixpath.join(options.directory, name))
        if "k" in options.flags and ctx.files.exists(path, follow=False):
            continue
        try:
            extract(ctx.files, path, member, content, touched="m" in options.flags)
        except FileError as error:
            failed = True
            ctx.error(f"tar: {name}: Cannot open: {error.reason}\n")
    return _failed(ctx) if failed else _missing(ctx, options, data)


def _missing(ctx: Context, options: Options, data: bytes) -> int:
    """Complains about names that the archive does not have."""
    names = [member.name.rstrip("/") for member, _ in members(data)] if options.names else []
    lacking = [
        word
        for _, word in options.names
        if not any(name == word.rstrip("/") or name.startswith(word) for name in names)
    ]
    for word in lacking:
        ctx.error(f"tar: {word}: {'not found in archive' if is_busybox(ctx) else 'Not found in archive'}\n")
    return _failed(ctx) if lacking else 0
