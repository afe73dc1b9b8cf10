"""dd and fallocate: files of a size, and copies in blocks. Source: GNU coreutils and BusyBox, dd; util-linux.

Zeros, and much of /dev/urandom, are counted on the disk but not kept, so that a learner may fill a volume or a node.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping
from typing import Any

from kubelab.cluster.component import next_look
from kubelab.cluster.file_errors import FileError
from kubelab.cluster.node.diskusage import free
from kubelab.cluster.node.memorydemand import LOOK, MANAGER
from kubelab.terminal.options import Usage
from kubelab.terminal.shell.streams import ZeroStream
from kubelab.terminal.tool import Context, Exit, Sleep, Steps, Wait, tool
from kubelab.terminal.tools.dialing import is_busybox
from kubelab.terminal.tools.head import to_bytes, to_text

SPEED = 1.9e9  # bytes a second that are written
KEPT = 1024 * 1024  # bytes of /dev/urandom that are kept as they are
WORKSTATION = 20 * 2**30  # bytes that are left on a disk that nobody fills
UNITS = {"": 1, "c": 1, "w": 2, "b": 512, "kB": 1000, "K": 1024, "k": 1024, "KiB": 1024, "MB": 10**6, "M": 2**20,
         "m": 2**20, "MiB": 2**20, "GB": 10**9, "G": 2**30, "GiB": 2**30, "T": 2**40, "TiB": 2**40}  # fmt: skip
OPERANDS = frozenset("if of bs ibs obs cbs count skip seek conv iflag oflag status".split())
ENDLESS = ("/dev/zero", "/dev/urandom", "/dev/random")
FALLOCATE = Usage("""
Usage: fallocate [OPTION]... FILE
Give a file room on the disk.

  -l, --length=NUM   bytes; K, M and G may follow
  -o, --offset=NUM   from there on
  -v, --verbose      say so
""", not_simulated="-c --collapse-range -d --dig-holes -i --insert-range -n --keep-size -p --punch-hole -x --posix "
     "-z --zero-range")  # fmt: skip


def amount(ctx: Context, text: str) -> int:
    """Returns a number of bytes: "512", "4k", "1M", "2x512".

    Raises:
        Exit: when it is none.
    """
    total = 1
    for part in text.split("x"):
        match = re.fullmatch(r"(\d+)([a-zA-Z]*)", part)
        if not match or match.group(2) not in UNITS:
            wrong = f"invalid number '{text}'" if is_busybox(ctx) else f"invalid number: '{text}'"
            raise Exit(1, f"dd: {wrong}\n")
        total *= int(match.group(1)) * UNITS[match.group(2)]
    return total


@tool("dd")
def dd(ctx: Context) -> Steps:
    """dd [if=file] [of=file] [bs=n] [count=n] [skip=n] [seek=n] [conv=words] [status=level]"""
    told = _told(ctx)
    size = amount(ctx, told.get("bs") or told.get("ibs") or "512")
    count = amount(ctx, told["count"]) if "count" in told else None
    source = told.get("if", "")
    if "copied" not in ctx.state:
        if source in ENDLESS and (source == "/dev/zero" or count is None or size * count > KEPT):
            copied, why = _allocated(ctx, told, None if count is None else size * count)
        else:
            data = yield from _read(ctx, source, None if count is None else size * count, size, told)
            copied, why = _written(ctx, told, data)
        _notice(ctx)
        ctx.state.update(copied=copied, why=why, until=ctx.now + 0.0003 + copied / SPEED)
    yield Sleep(ctx.state["until"])
    if ctx.state["why"]:
        ctx.error(f"dd: {ctx.state['why']}\n")
    if told.get("status") != "none":
        ctx.error(_summary(ctx, ctx.state["copied"], size, told.get("status", ""), failed=bool(ctx.state["why"])))
    return 1 if ctx.state["why"] else 0


def _told(ctx: Context) -> dict[str, str]:
    told = {}
    for word in ctx.args:
        name, equals, value = word.partition("=")
        if not equals or name not in OPERANDS:
            hint = "" if is_busybox(ctx) else "Try 'dd --help' for more information.\n"
            raise Exit(1, f"dd: unrecognized operand '{word}'\n{hint}")
        told[name] = value
    return told


def _read(
    ctx: Context, source: str, most: int | None, block: int, told: Mapping[str, str]
) -> Generator[Wait, Any, bytes]:
    """Reads what is copied from a file or standard input."""
    if source in ENDLESS:
        found = to_bytes(ZeroStream(ctx.shell.kernel, random=True).read(most or 0) or "")
    elif source:
        try:
            found = ctx.files.read_bytes(ctx.path(source))
        except FileError as error:
            what = "can't open" if is_busybox(ctx) else "failed to open"
            raise Exit(1, f"dd: {what} '{source}': {error.reason}\n") from None
    else:
        found = to_bytes((yield from ctx.read_all()))
    found = found[amount(ctx, told.get("skip", "0")) * block :]
    return found if most is None else found[:most]


def _allocated(ctx: Context, told: Mapping[str, str], wanted: int | None) -> tuple[int, str]:
    """Makes a file of zeros; returns how many there were and what was wrong."""
    target = told.get("of", "")
    if target == "/dev/null" or not target:
        if wanted is None or not target:
            raise Exit(1, "dd: KubeLab simulates zeros only with of=FILE, and without an end only into a file\n")
        return wanted, ""
    left = _left(ctx)
    size = left if wanted is None else min(wanted, left)
    path = ctx.path(target)
    before = amount(ctx, told.get("seek", "0")) * amount(ctx, told.get("bs") or told.get("obs") or "512")
    try:
        ctx.files.allocate(path, before + size)
    except FileError as error:
        if error.code != "ENOSPC":
            what = "can't open" if is_busybox(ctx) else "failed to open"
            raise Exit(1, f"dd: {what} '{target}': {error.reason}\n") from None
        size = ctx.files.fill(path)
        return size, f"error writing '{target}': No space left on device"
    return size, f"error writing '{target}': No space left on device" if size != wanted else ""


def _notice(ctx: Context) -> None:
    """Lets the kubelet look how full the disk is."""
    node = ctx.machine.place.get("node")
    if node:
        ctx.machine.cluster.agenda.add(MANAGER, node, next_look(ctx.now, LOOK))


def _left(ctx: Context) -> int:
    node = ctx.machine.place.get("node")
    return free(ctx.machine.cluster, node) if node else WORKSTATION


def _written(ctx: Context, told: Mapping[str, str], data: bytes) -> tuple[int, str]:
    """Writes what was read; returns how much, and what was wrong."""
    target = told.get("of", "")
    if not target:
        ctx.write(to_text(data))
        return len(data), ""
    path, at = ctx.path(target), amount(ctx, told.get("seek", "0")) * amount(ctx, told.get("bs") or "512")
    try:
        old = ctx.files.read_bytes(path) if ctx.files.is_file(path) else b""
        after = old[at + len(data) :] if "notrunc" in told.get("conv", "").split(",") else b""
        ctx.files.write(path, old[:at].ljust(at, b"\0") + data + after)
    except FileError as error:
        if error.code == "ENOSPC":
            return 0, f"error writing '{target}': {error.reason}"
        what = "can't open" if is_busybox(ctx) else "failed to open"
        raise Exit(1, f"dd: {what} '{target}': {error.reason}\n") from None
    return len(data), ""


def _summary(ctx: Context, copied: int, block: int, level: str, *, failed: bool) -> str:
    whole, part = divmod(copied, block)
    more = 1 if failed else 0
    text = f"{whole + more}+{0 if failed else int(part > 0)} records in\n{whole}+{int(part > 0)} records out\n"
    if level == "noxfer":
        return text
    seconds = 0.0003 + copied / SPEED
    if is_busybox(ctx):
        shown, rate = _short(copied), _short(copied / seconds)
        return text + f"{copied} bytes ({shown}B) copied, {seconds:f} seconds, {rate}B/s\n"
    sizes = ""
    if copied >= 1000:
        sizes = f" ({_scaled(copied, 1000)}B{f', {_scaled(copied, 1024)}iB' if copied >= 1024 else ''})"
    return text + f"{copied} bytes{sizes} copied, {seconds:.6g} s, {_scaled(copied / seconds, 1000)}B/s\n"


def _scaled(number: float, base: int) -> str:
    letters = ["", "k" if base == 1000 else "K", "M", "G", "T"]
    for letter in letters:
        if number < base or letter == "T":
            return f"{number:.1f} {letter}" if number < 10 and letter else f"{number:.0f} {letter}"
        number /= base
    return ""


def _short(number: float) -> str:
    for letter in ("", "K", "M", "G"):
        if number < 1024 or letter == "G":
            return f"{number:.1f}{letter}"
        number /= 1024
    return ""


@tool("fallocate")
def fallocate(ctx: Context) -> int:
    """fallocate -l length file"""
    given = FALLOCATE.parse(ctx)
    if not given.has("l"):
        raise Exit(1, "fallocate: no length argument specified\n")
    if not given.operands:
        raise Exit(1, "fallocate: no filename specified\n")
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([a-zA-Z]*)", given.value("l"))
    if not match or match.group(2) not in UNITS:
        raise Exit(1, "fallocate: invalid length value specified\n")
    size, name = int(float(match.group(1)) * UNITS[match.group(2)]), given.operands[0]
    try:
        if size > _left(ctx):
            raise FileError("ENOSPC", name)
        ctx.files.allocate(ctx.path(name), size)
        _notice(ctx)
    except FileError as error:
        what = "fallocate failed" if error.code == "ENOSPC" else f"cannot open {name}"
        raise Exit(1, f"fallocate: {what}: {error.reason}\n") from None
    if given.has("v"):
        ctx.print(f"{name}: {size} bytes")
    return 0
