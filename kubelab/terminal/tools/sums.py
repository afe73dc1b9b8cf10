"""md5sum, sha1sum, sha256sum and their like: digests of files. Source: GNU coreutils."""

from __future__ import annotations

import hashlib
import re

from kubelab.terminal.inputs import gather, lines_of
from kubelab.terminal.options import Given, Usage
from kubelab.terminal.tool import Context, Steps, tool
from kubelab.terminal.tools.head import to_bytes

USAGE = Usage("""
Usage: sha256sum [OPTION]... [FILE]...
Write digests of files, or check them.

  -b, --binary           mark files with *
  -c, --check            check the digests that files list
      --ignore-missing   say nothing about files that are not there
      --quiet            say nothing about files that are as they should be
      --status           say nothing; the exit status tells
      --strict           lines that are no digests make it fail
      --tag              in BSD's form
  -t, --text             nothing
  -w, --warn             tell which lines are no digests
""", not_simulated="-z --zero")  # fmt: skip
KINDS = {"md5sum": "md5", "sha1sum": "sha1", "sha224sum": "sha224", "sha256sum": "sha256", "sha384sum": "sha384",
         "sha512sum": "sha512"}  # fmt: skip
_LINE = re.compile(r"(?:(\w+) \((.*)\) = )?([0-9a-fA-F]{32,128})(?: [ *](.*))?")


@tool(*KINDS)
def sums(ctx: Context) -> Steps:
    """sha256sum [-c] [--quiet | --status] [--tag] [file ...]"""
    given = USAGE.parse(ctx)
    paths = given.operands or ["-"]
    texts = yield from gather(ctx, paths)
    status = int(None in texts)
    for path, text in zip(paths, texts, strict=True):
        if text is None:
            continue
        if given.has("c"):
            status |= _checked(ctx, given, path, text)
            continue
        digest = _digest(ctx.name, text)
        if given.has("tag"):
            ctx.print(f"{KINDS[ctx.name].upper()} ({path}) = {digest}")
        else:
            ctx.print(f"{digest} {'*' if given.last('b', 't') == 'b' else ' '}{path}")
    return status


def _digest(name: str, text: str) -> str:
    return hashlib.new(KINDS[name], to_bytes(text), usedforsecurity=False).hexdigest()


def _checked(ctx: Context, given: Given, path: str, text: str) -> int:
    wrong = unread = bad = good = 0
    for line in lines_of(text):
        match = _LINE.fullmatch(line)
        name = (match.group(2) or match.group(4)) if match else None
        if not match or not name:
            bad += 1
            continue
        if not ctx.files.exists(ctx.path(name)) and given.has("ignore-missing"):
            continue
        (found,) = _texts(ctx, name)
        if found is None:
            unread += 1
            if not given.has("status"):
                ctx.print(f"{name}: FAILED open or read")
            continue
        right = _digest(ctx.name, found) == match.group(3).lower()
        wrong += not right
        good += right
        if not given.has("status") and not (right and given.has("quiet")):
            ctx.print(f"{name}: {'OK' if right else 'FAILED'}")
    if not (good or wrong or unread):
        return ctx.complain(f"{path}: no properly formatted checksum lines found")
    if not given.has("status"):
        _warn(ctx, bad, "line is improperly formatted", "lines are improperly formatted")
        _warn(ctx, unread, "listed file could not be read", "listed files could not be read")
        _warn(ctx, wrong, "computed checksum did NOT match", "computed checksums did NOT match")
    return int(wrong > 0 or unread > 0 or (bad > 0 and given.has("strict")))


def _texts(ctx: Context, name: str) -> list[str | None]:
    from kubelab.cluster.file_errors import FileError

    try:
        return [ctx.read_file(name)]
    except FileError as error:
        ctx.complain(f"{name}: {error.reason}")
        return [None]


def _warn(ctx: Context, count: int, one: str, many: str) -> None:
    if count:
        ctx.complain(f"WARNING: {count} {one if count == 1 else many}")


CRC = Usage("""
Usage: cksum [FILE]...
Write CRC checksums and sizes of files.
""", not_simulated="-a --algorithm -c --check -l --length --tag --untagged --debug")  # fmt: skip
_TABLE = [0] * 256
for _index in range(256):
    _value = _index << 24
    for _bit in range(8):
        _value = (_value << 1) ^ (0x04C11DB7 if _value & 0x80000000 else 0)
    _TABLE[_index] = _value & 0xFFFFFFFF


@tool("cksum")
def cksum(ctx: Context) -> Steps:
    """cksum [file ...]"""
    paths = CRC.parse(ctx).operands
    texts = yield from gather(ctx, paths or ["-"])
    for path, text in zip(paths or [""], texts, strict=True):
        if text is None:
            continue
        data = to_bytes(text)
        length = len(data)
        tail = b""
        while length:
            tail, length = tail + bytes([length & 255]), length >> 8
        crc = 0
        for byte in data + tail:
            crc = (crc << 8) & 0xFFFFFFFF ^ _TABLE[crc >> 24 ^ byte]
        ctx.print(f"{~crc & 0xFFFFFFFF} {len(data)}{' ' + path if path else ''}")
    return int(None in texts)
