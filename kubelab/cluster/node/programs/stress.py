"""stress and vish/stress: take processor time and memory, as much as their command line says.

A program that takes more memory than its container's limit is ended by the kernel, with all others of the container
(cgroup v2, memory.oom.group): exit code 137, reason OOMKilled. What it takes shows in `kubectl top` (usage.py).
Source: kubernetes.io, tasks/configure-pod-container/assign-memory-resource and assign-cpu-resource; man stress(1);
github.com/vishh/stress (main.go).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from kubelab.cluster.node import memorydemand
from kubelab.cluster.node.program import FOREVER, Life, Line, Load, Program, Stop
from kubelab.cluster.quantity import to_int

if TYPE_CHECKING:
    from kubelab.cluster.node.container import Container

OOM_KILLED = 137  # 128 + SIGKILL
BYTES = {"b": 1, "k": 2**10, "m": 2**20, "g": 2**30}
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "y": 31557600}
MUCH = 2**29  # bytes from which a node might feel it
RATE = 1.5 * 2**30  # bytes that one worker takes in a second
SHORT = {"c": "cpu", "i": "io", "m": "vm", "d": "hdd", "t": "timeout", "v": "verbose", "q": "quiet", "n": "dry-run"}
HOGS = ("cpu", "io", "vm", "hdd")
VALUED = {*HOGS, "timeout", "backoff", "vm-bytes", "vm-stride", "vm-hang", "hdd-bytes"}
SWITCHES = {"verbose", "quiet", "dry-run", "vm-keep", "version", "help"}
VM_BYTES = 256 * 2**20


@dataclass(frozen=True)
class Hogs:
    """What stress was told to do.

    Args:
        counts: workers of each kind.
        memory: bytes that all workers take together.
        timeout: seconds until it ends, None for never.
        quiet: it says nothing.
        error: why it does not start, "" where it does.
    """

    counts: Mapping[str, int]
    memory: int = 0
    timeout: float | None = None
    quiet: bool = False
    error: str = ""


def hogs_of(argv: Sequence[str]) -> Hogs:
    """Reads a command line of stress."""
    given: dict[str, str] = {}
    words = [word for each in argv for word in (each.split("=", 1) if each.startswith("--") else [each])]
    while words:
        word = words.pop(0)
        name = word[2:] if word.startswith("--") else SHORT.get(word[1:], "") if word.startswith("-") else ""
        if name in SWITCHES:
            given[name] = ""
        elif name in VALUED and words:
            given[name] = words.pop(0)
        elif name in VALUED:
            return Hogs({}, error=f"missing argument to option '{word}'")
        else:
            return Hogs({}, error=f"unrecognized option: {word}")
    try:
        counts = {kind: int(given.get(kind, 0)) for kind in HOGS}
        size = _sized(given["vm-bytes"], BYTES) if "vm-bytes" in given else VM_BYTES
        timeout = _sized(given["timeout"], SECONDS) if "timeout" in given else None
    except ValueError as error:
        return Hogs({}, error=f"unrecognized number: {error}")
    return Hogs(counts, counts["vm"] * size, timeout, "quiet" in given)


def _sized(text: str, units: Mapping[str, int]) -> int:
    found = re.fullmatch(r"(\d+)([a-z]?)", text.lower())
    if found is None or (found[2] and found[2] not in units):
        raise ValueError(text)
    return int(found[1]) * units.get(found[2], 1)


def fits(container: Container, memory: float) -> bool:
    """Tells whether a container may take so many bytes."""
    limit = container.limit("memory")
    return limit is None or memory < to_int(limit)


class Stress(Program):
    """stress of the Debian and Alpine packages."""

    def __init__(self) -> None:
        super().__init__(stop=Stop(0.05, 143))

    def begin(self, container: Container) -> Life:
        """Runs until its time is over or the kernel ends it."""
        hogs = hogs_of(container.argv[1:])
        if hogs.error or not any(hogs.counts.values()):
            return Life(0.05, 1 if hogs.error else 0)
        if not fits(container, hogs.memory):
            return Life(0.1 + hogs.memory / RATE, OOM_KILLED, "OOMKilled")
        if hogs.memory > MUCH:
            memorydemand.expect(container, hogs.memory / RATE)
        return Life(hogs.timeout, 0) if hogs.timeout else FOREVER

    def started_log(self, container: Container) -> Sequence[Line]:
        """Returns what it is about to do, and that it is done."""
        hogs = hogs_of(container.argv[1:])
        if hogs.error:
            return [Line(0.02, f"stress: FAIL: [1] (243) {hogs.error}", "stderr")]
        if hogs.quiet:
            return []
        if not any(hogs.counts.values()):
            return [
                Line(0.02, "`stress' imposes certain types of compute stress on your system"),
                Line(0.02, ""),
                Line(0.02, "Usage: stress [OPTION [ARG]] ..."),
            ]
        told = ", ".join(f"{count} {kind}" for kind, count in hogs.counts.items())
        lines = [Line(0.02, f"stress: info: [1] dispatching hogs: {told}")]
        if hogs.timeout and fits(container, hogs.memory):
            lines.append(Line(hogs.timeout, f"stress: info: [1] successful run completed in {hogs.timeout}s"))
        return lines

    def load(self, container: Container) -> Load:
        """A processor for each worker but those of memory that sleep between; the memory it was told to take."""
        hogs = hogs_of(container.argv[1:])
        sleeps = any(word.startswith("--vm-hang") for word in container.argv)
        busy = sum(count for kind, count in hogs.counts.items() if not (kind == "vm" and sleeps))
        taken = min((container.now() - container.started) * RATE, hogs.memory)
        return Load(busy * 1000.0 + (60.0 if sleeps and hogs.memory else 0.0), taken)


class VishStress(Program):
    """vish/stress, of the documentation's pages on CPU and memory: -cpus, -mem-total, -mem-alloc-size."""

    def __init__(self) -> None:
        super().__init__(stop=Stop(0.05, 2))

    def begin(self, container: Container) -> Life:
        """Runs for ever, or until the kernel ends it."""
        memory, seconds = _memory_of(container)
        limit = container.limit("memory")
        if fits(container, memory) or limit is None:
            if memory > MUCH:
                memorydemand.expect(container, seconds)
            return FOREVER
        return Life(0.1 + seconds * to_int(limit) / memory, OOM_KILLED, "OOMKilled")

    def started_log(self, container: Container) -> Sequence[Line]:
        """Returns what it is about to do."""
        flags = _flags(container.argv)
        total, chunk, pause = (
            flags.get(name, default)
            for name, default in (("mem-total", "0"), ("mem-alloc-size", "4Ki"), ("mem-alloc-sleep", "1ms"))
        )
        memory, seconds = _memory_of(container)
        texts = [
            (0.0, 26, f'Allocating "{total}" memory, in "{chunk}" chunks, with a {pause} sleep between allocations'),
            *((0.01, 39, "Spawning a thread to consume CPU") for _ in range(int(flags.get("cpus", "0")))),
        ]
        if fits(container, memory):
            texts.append((seconds, 29, f'Allocated "{total}" memory'))
        return [
            Line(after, f"{_glog(container.started + after)}       1 main.go:{line}] {text}", "stderr")
            for after, line, text in texts
        ]

    def load(self, container: Container) -> Load:
        """A processor for each thread, and the memory taken so far."""
        memory, seconds = _memory_of(container)
        part = min((container.now() - container.started) / seconds, 1.0) if seconds else 1.0
        return Load(float(_flags(container.argv).get("cpus", "0")) * 1000, memory * part)


def _flags(argv: Sequence[str]) -> dict[str, str]:
    flags: dict[str, str] = {}
    words = list(argv[1:])
    while words:
        name, equals, value = words.pop(0).lstrip("-").partition("=")
        if not equals and words and not words[0].startswith("-"):
            value = words.pop(0)
        flags[name] = value
    return flags


def _memory_of(container: Container) -> tuple[int, float]:
    """Returns the bytes that vish/stress takes in the end, and after how many seconds."""
    flags = _flags(container.argv)
    total, chunk = to_int(flags.get("mem-total", "0")), max(to_int(flags.get("mem-alloc-size", "4Ki")), 1)
    found = re.fullmatch(r"([\d.]+)(ms|s|us|m)", flags.get("mem-alloc-sleep", "1ms"))
    pause = float(found[1]) * {"us": 1e-6, "ms": 1e-3, "s": 1, "m": 60}[found[2]] if found else 0.001
    return total, total / chunk * pause


def _glog(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("I%m%d %H:%M:%S.%f")
