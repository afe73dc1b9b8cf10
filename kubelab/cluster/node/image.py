"""What an image is: its tags, size, files, configuration and the programs in it.

Each image has its file in `images/`, which sets `IMAGE` (or `IMAGES`); images that have none are generic.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from kubelab.cluster.node.distributions import tools_of
from kubelab.cluster.node.layertypes import Files
from kubelab.cluster.node.program import Command, Program

COMMAND = Command()
BINARIES = frozenset("/bin /sbin /usr/bin /usr/sbin /usr/local/bin /usr/local/sbin".split())
DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

Version = Callable[[str], "str | None"]


def any_tag(tag: str) -> str | None:
    """Every tag exists, but for those that say of themselves that they do not."""
    return None if ABSENT.search(tag) else tag


# Learners try a wrong tag by making one up; such a word in it means that it is meant not to exist.
ABSENT = re.compile(
    r"(does|do|did)-?not-?exist|no-?such|non-?exist|not-?found|not-?real|wrong|invalid|broken|bogus|fake|typo|missing|"
    r"unknown|nope|bad|oops|xyz|asdf|foobar|999",
    re.IGNORECASE,
)


@dataclass(frozen=True, eq=False)
class Image:
    """One image repository.

    Args:
        repository: full name without a tag, e.g. "docker.io/library/nginx".
        version: maps a tag to the version of what is inside, None where there is no such tag.
        size: megabytes to pull, compressed.
        entrypoint, cmd, env, user, workdir, stop_signal: the image's configuration.
        env_of: further environment that depends on the version.
        files: path -> content, of the version given; directories follow from the paths.
        base: the distribution that its tools and /etc come from: "busybox", "alpine", "debian", "ubuntu", "" for none.
        tools: names of further tools in it (curl, redis-cli), found on its PATH.
        programs: what it runs besides tools, by the name of the binary.
    """

    repository: str
    version: Version = any_tag
    size: float = 30.0
    entrypoint: Sequence[str] = ()
    cmd: Sequence[str] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    user: str = ""
    workdir: str = "/"
    stop_signal: str = "SIGTERM"
    files: Callable[[str], Files] = lambda version: {}
    env_of: Callable[[str], Mapping[str, str]] | None = None
    base: str = ""
    tools: Sequence[str] = ()
    programs: Mapping[str, Program] = field(default_factory=dict)

    def tool_names(self) -> set[str]:
        """Returns the names of everything that can be executed in it."""
        return {*tools_of(self.base), *self.tools, *self.programs}

    def has_tool(self, command: str) -> bool:
        """Tells whether a command, by name or by path, is a tool of the image."""
        directory, _, name = command.rpartition("/")
        if name in self.programs and name not in self.tools:
            return isinstance(self.programs[name], Command)
        if name not in tools_of(self.base) and name not in self.tools:
            return False
        return not directory or directory in BINARIES

    def digest(self, version: str) -> str:
        """Returns the digest of a version's manifest; the same in every cluster."""
        return "sha256:" + sha256(f"{self.repository}:{version}".encode()).hexdigest()

    def bytes(self, version: str) -> int:
        """Returns the size of a version, as containerd reports it."""
        jitter = int(sha256(f"size {self.repository}:{version}".encode()).hexdigest()[:6], 16)
        return int(self.size * 1_000_000) + jitter % 500_000
