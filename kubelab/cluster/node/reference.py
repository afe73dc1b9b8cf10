"""Image references: how `nginx` becomes `docker.io/library/nginx:latest`.

Source: the grammar of github.com/distribution/reference, with its error texts.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

COMPONENT = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*")
LABEL = r"(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
DOMAIN = re.compile(rf"{LABEL}(?:\.{LABEL})*(?::[0-9]+)?")
TAG = re.compile(r"[\w][\w.-]{0,127}", re.ASCII)
DIGEST = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}")


class InvalidReference(ValueError):
    """An image name that no registry could have."""


class Reference(NamedTuple):
    """A full image reference."""

    domain: str  # "docker.io"
    path: str  # "library/nginx"
    tag: str  # "" where only a digest is given
    digest: str  # "sha256:..." or ""

    @property
    def repository(self) -> str:
        """The name without tag and digest, e.g. `docker.io/library/nginx`."""
        return f"{self.domain}/{self.path}"

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.repository}{tag}{digest}"


@lru_cache(maxsize=4096)
def parse_reference(image: str) -> Reference:
    """Reads an image name as people write it.

    Raises:
        InvalidReference: with the reason, as the kubelet reports it.
    """
    name, _, digest = image.partition("@")
    if digest and not DIGEST.fullmatch(digest):
        raise InvalidReference("invalid reference format")
    domain, path = _split_domain(name)
    path, colon, tag = path.partition(":")
    if colon and not TAG.fullmatch(tag):
        raise InvalidReference("invalid reference format")
    if path != path.lower():
        raise InvalidReference(f"invalid reference format: repository name ({path}) must be lowercase")
    if not path or not DOMAIN.fullmatch(domain) or not all(COMPONENT.fullmatch(part) for part in path.split("/")):
        raise InvalidReference("invalid reference format")
    if not tag and not digest:
        tag = "latest"
    return Reference(domain, path, tag, digest)


def _split_domain(name: str) -> tuple[str, str]:
    first, slash, rest = name.partition("/")
    if not slash or ("." not in first and ":" not in first and first != "localhost" and first == first.lower()):
        domain, path = "docker.io", name
    else:
        domain, path = first, rest
    if domain == "index.docker.io":
        domain = "docker.io"
    if domain == "docker.io" and "/" not in path:
        path = f"library/{path}"
    return domain, path
