"""gzip, gunzip and zcat: files made smaller. Source: GNU gzip, RFC 1952."""

from __future__ import annotations

import gzip as format_
import zlib

from kubelab.cluster.file_errors import FileError
from kubelab.terminal.inputs import gather
from kubelab.terminal.options import Given, Usage
from kubelab.terminal.tool import Context, Exit, Steps, tool
from kubelab.terminal.tools.head import to_bytes, to_text

USAGE = Usage("""
Usage: gzip [OPTION]... [FILE]...
Make files smaller, under names that end with .gz, or (-d) bring them back.

  -c, --stdout, --to-stdout    write to standard output, leave the files
  -d, --decompress, --uncompress   bring files back
  -f, --force                  overwrite
  -k, --keep                   leave the files
  -n, --no-name                nothing
  -N, --name                   nothing
  -q, --quiet                  nothing
  -t, --test                   only look whether the files are whole
  -v, --verbose                tell what is done
  -1, --fast                   quickly
  -9, --best                   well
""", not_simulated="-l --list -r --recursive -S --suffix --rsyncable --synchronous")  # fmt: skip
LIMIT = 64 * 1024 * 1024  # bytes of what is unpacked


def unpack(data: bytes) -> bytes:
    """Returns what is in gzip's format.

    Raises:
        ValueError: with gzip's words.
    """
    if data[:2] != b"\x1f\x8b":
        raise ValueError("not in gzip format")
    out = b""
    while data[:2] == b"\x1f\x8b":
        stream = zlib.decompressobj(31)
        try:
            out += stream.decompress(data, LIMIT - len(out))
        except zlib.error:
            raise ValueError("invalid compressed data--format violated") from None
        if not stream.eof:
            raise ValueError(
                "unexpected end of file" if len(out) < LIMIT else "larger than 64 MiB (a limit of KubeLab)"
            )
        data = stream.unused_data
    return out


def pack(data: bytes, level: int = 6) -> bytes:
    """Returns data in gzip's format."""
    return format_.compress(data, level, mtime=0)


@tool("gzip", "gunzip", "zcat")
def gzip(ctx: Context) -> Steps:
    """gzip [-cdfkv19] [file ...]"""
    given = USAGE.parse(ctx)
    back = given.has("d", "t") or ctx.name in ("gunzip", "zcat")
    to_output = given.has("c") or ctx.name == "zcat" or not given.operands
    level = 1 if given.last("1", "9") == "1" else 9 if given.has("9") else 6
    if to_output and (not given.operands or given.operands == ["-"]):
        texts = yield from gather(ctx, ["-"])
        data = to_bytes(texts[0] or "")
        try:
            ctx.write(to_text(unpack(data) if back else pack(data, level)) if not given.has("t") else "")
        except ValueError as fault:
            raise Exit(1, f"\ngzip: stdin: {fault}\n") from None
        return 0
    status = 0
    for path in given.operands:
        status = max(status, _one(ctx, given, path, level, back=back, to_output=to_output))
    return status


def _one(ctx: Context, given: Given, path: str, level: int, *, back: bool, to_output: bool) -> int:
    name = "gzip"
    try:
        if back and not ctx.files.exists(ctx.path(path)) and ctx.files.exists(ctx.path(path + ".gz")):
            path += ".gz"
        data = ctx.files.read_bytes(ctx.path(path))
    except FileError as error:
        if error.code == "EISDIR":
            ctx.error(f"{name}: {path} is a directory -- ignored\n")
            return 2
        ctx.error(f"{name}: {path}{'.gz' if back and not path.endswith('.gz') else ''}: {error.reason}\n")
        return 1
    if not to_output and back and not path.endswith((".gz", ".tgz")):
        ctx.error(f"{name}: {path}: unknown suffix -- ignored\n")
        return 2
    if not to_output and not back and path.endswith(".gz"):
        ctx.error(f"{name}: {path} already has .gz suffix -- unchanged\n")
        return 2
    try:
        result = unpack(data) if back else pack(data, level)
    except ValueError as fault:
        ctx.error(f"\n{name}: {path}: {fault}\n")
        return 1
    if given.has("t"):
        return 0
    if to_output:
        ctx.write(to_text(result))
        return 0
    goal = (path.removesuffix(".gz") if path.endswith(".gz") else path[:-3] + "tar") if back else path + ".gz"
    if ctx.files.exists(ctx.path(goal)) and not given.has("f"):
        ctx.error(f"{name}: {goal} already exists;\tnot overwritten\n")
        return 2
    stat = ctx.files.stat(ctx.path(path))
    ctx.files.write(ctx.path(goal), result, stat.mode & 0o777)
    ctx.files.touch(ctx.path(goal), stat.mtime)
    if given.has("v"):
        share = 100 - 100 * len(result) / max(1, len(data)) if not back else 100 - 100 * len(data) / max(1, len(result))
        ctx.error(f"{path}:\t{share:5.1f}% -- {'created' if given.has('k') else 'replaced with'} {goal}\n")
    if not given.has("k"):
        ctx.files.remove(ctx.path(path))
    return 0
