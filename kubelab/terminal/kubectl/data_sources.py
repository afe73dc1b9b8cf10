"""Data of ConfigMaps and Secrets from literals, files and env files, and the hash that --append-hash adds to names.

Sources: kubectl/pkg/util/util.go, pkg/cmd/util/env_file.go, pkg/util/hash/hash.go.
"""

from __future__ import annotations

import base64
import hashlib
import posixpath
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from kubelab.cluster.file_errors import FileError
from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.golang import quote
from kubelab.terminal.kubectl.printers.json import compact_json

if TYPE_CHECKING:
    from kubelab.terminal.kubectl.call import Call

Add = Callable[[str, bytes], None]
_ENV_NAME = re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]*")
_ENV_WORDS = (
    "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not "
    "start with a digit (e.g. 'my.env-name',  or 'MY_ENV.NAME',  or 'MyEnvName1', regex used for validation is "
    "'[-._a-zA-Z][-._a-zA-Z0-9]*')"
)
FROM_LITERAL = Flag("from-literal", "array", [], "Key and value to put in (mykey=somevalue)")
FROM_FILE = Flag(
    "from-file", "strings", [], "File that becomes a key, written FILE or KEY=FILE, or a directory of such files."
)
FROM_ENV_FILE = Flag("from-env-file", "strings", [], "File with lines of KEY=VALUE, each of which becomes a key.")
_HASH_LETTERS = str.maketrans("013ae", "ghkmt")


def from_literals(literals: list[str], add: Add) -> None:
    """Adds what --from-literal gives: KEY=VALUE, the value as it stands."""
    for literal in literals:
        key, equals, value = literal.partition("=")
        if not equals or not key:
            raise CommandError(f"invalid literal source {literal}, expected key=value")
        add(key, value.encode())


def from_files(call: Call, sources: list[str], add: Add) -> None:
    """Adds what --from-file gives: a file, KEY=FILE, or a directory with its files."""
    for source in sources:
        key, path = _file_source(source)
        if not _is_dir(call, path):
            add(key, read_bytes(call, path))
            continue
        if "=" in source:
            raise CommandError("cannot give a key name for a directory path")
        for name, inner in _files_below(call, path):
            add(name, read_bytes(call, inner))


def _file_source(source: str) -> tuple[str, str]:
    key, equals, path = source.partition("=")
    if not equals:
        return posixpath.basename(source.rstrip("/")) or "/", source
    if "=" in path:
        raise CommandError("key names or file paths cannot contain '='")
    if not key:
        raise CommandError(f"key name for file path {path} missing")
    if not path:
        raise CommandError(f"file path for key name {key} missing")
    return key, path


def _files_below(call: Call, path: str) -> Iterator[tuple[str, str]]:
    files = call.ctx.files
    for name in sorted(files.listdir(call.ctx.path(path))):
        inner = posixpath.normpath(posixpath.join(path, name))
        if files.stat(call.ctx.path(inner), follow=False).type == "file":
            yield name, inner


def from_env_files(call: Call, sources: list[str], add: Add, what: str) -> None:
    """Adds what --from-env-file gives: lines of KEY=VALUE, and of KEY for what the environment says.

    Args:
        what: "config" or "secret", for the error about a directory.
    """
    for source in sources:
        if _is_dir(call, source):
            raise CommandError(f"env {what} file cannot be a directory")
        for key, value in env_lines(call, source, read_bytes(call, source)):
            add(key, value.encode())


def env_lines(call: Call, name: str, content: bytes) -> Iterator[tuple[str, str]]:
    """Yields the names and values of an env file."""
    for number, raw in enumerate(content.split(b"\n"), 1):
        try:
            line = raw.decode()
        except UnicodeDecodeError:
            octets = " ".join(str(octet) for octet in raw)
            raise CommandError(f"env file {name} contains invalid utf8 bytes at line {number}: [{octets}]") from None
        line = (line.removeprefix("\ufeff") if number == 1 else line).lstrip().removesuffix("\r")
        if not line or line.startswith("#"):
            continue
        key, equals, value = line.partition("=")
        wrong = env_name_problems(key)
        if wrong:
            raise CommandError(f"{quote(key)} is not a valid key name: {';'.join(wrong)}")
        yield key, value if equals else call.ctx.env.get(key, "")


def env_name_problems(name: str) -> list[str]:
    """Returns what is wrong with the name of an environment variable."""
    wrong = [] if _ENV_NAME.fullmatch(name) else [_ENV_WORDS]
    if name == ".":
        wrong.append("must not be '.'")
    elif name.startswith(".."):
        wrong.append("must not be '..'" if name == ".." else "must not start with '..'")
    return wrong


def _is_dir(call: Call, path: str) -> bool:
    absolute = call.ctx.path(path)
    if not call.ctx.files.exists(absolute):
        raise CommandError(f"error reading {path}: no such file or directory")
    return call.ctx.files.is_dir(absolute)


def read_bytes(call: Call, path: str) -> bytes:
    """Returns a file's bytes.

    Raises:
        CommandError: it cannot be read.
    """
    try:
        return call.ctx.files.read_bytes(call.ctx.path(path))
    except FileError as error:
        verb = "read" if error.code == "EISDIR" else "open"
        raise CommandError(f"{verb} {path}: {error.reason.lower()}") from None


def text_of(content: bytes) -> str | None:
    """Returns the text of bytes, None where they are no UTF-8."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        return None


def encoded(content: bytes) -> str:
    """Returns bytes as they stand in a Secret."""
    return base64.b64encode(content).decode()


def name_hash(obj: Object) -> str:
    """Returns the ten letters that name a ConfigMap's or a Secret's content."""
    content: Object = {"kind": obj["kind"], "name": obj["metadata"]["name"], "data": obj.get("data") or {}}
    if "immutable" in obj:
        content["immutable"] = obj["immutable"]
    if obj["kind"] == "Secret":
        content["type"] = obj.get("type", "")
    elif obj.get("binaryData"):
        content["binaryData"] = obj["binaryData"]
    return short_hash(compact_json(content))


def short_hash(text: str) -> str:
    """Returns the first ten hexadecimal digits of a SHA-256, without letters that could make a bad word."""
    return hashlib.sha256(text.encode()).hexdigest()[:10].translate(_HASH_LETTERS)
