"""The registries of the simulated world: which images there are, and how one that is not there fails.

Error texts are those of containerd's resolver as the kubelet passes them on.
"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache

from kubelab.cluster.node import images
from kubelab.cluster.node.image import ABSENT, Image
from kubelab.cluster.node.images.generic import generic
from kubelab.cluster.node.images.official import OFFICIAL
from kubelab.cluster.node.reference import InvalidReference, Reference, parse_reference

PUBLIC = frozenset(
    "docker.io quay.io ghcr.io gcr.io registry.k8s.io k8s.gcr.io us-docker.pkg.dev mcr.microsoft.com public.ecr.aws "
    "registry.gitlab.com cgr.dev docker.elastic.co lscr.io nvcr.io registry.access.redhat.com xpkg.upbound.io".split()
)
NEEDS_LOGIN = frozenset("registry.redhat.io".split())


class PullError(Exception):
    """A registry's refusal: the message of the runtime's error, with its gRPC code."""


@dataclass(frozen=True)
class Resolved:
    """An image that a reference leads to."""

    image: Image
    version: str
    reference: Reference

    @cached_property
    def name(self) -> str:
        """The reference in full: `docker.io/library/nginx:1.27`."""
        return str(self.reference)

    @cached_property
    def image_id(self) -> str:
        """`imageID` of a container status: the repository with the digest."""
        return f"{self.reference.repository}@{self.reference.digest or self.image.digest(self.version)}"

    @cached_property
    def size(self) -> int:
        """Bytes, as the runtime reports them."""
        return self.image.bytes(self.version)


@cache
def known() -> dict[str, Image]:
    """Returns every image that has a file, by its repository."""
    found: dict[str, Image] = {}
    for module in pkgutil.iter_modules(images.__path__):
        content = importlib.import_module(f"{images.__name__}.{module.name}")
        for image in getattr(content, "IMAGES", ()):
            found[image.repository] = image
    return found


@lru_cache(maxsize=4096)
def resolve(name: str) -> Resolved:
    """Finds the image of a name as people write it.

    Raises:
        InvalidReference: if it is no image name at all.
        PullError: if no registry has it.
    """
    reference = parse_reference(name)
    image = known().get(reference.repository)
    if image is None:
        _refuse_unknown(reference)
        image = generic(reference.repository)
    version = image.version(reference.tag) if reference.tag else "latest"
    if version is None:
        raise _failure(reference, "NotFound", f"{reference}: not found")
    return Resolved(image, version, reference)


def _refuse_unknown(reference: Reference) -> None:
    domain, path = reference.domain, reference.path
    if domain in NEEDS_LOGIN:
        raise _failure(reference, "Unknown", "unable to retrieve auth token: invalid username/password: unauthorized")
    if domain not in PUBLIC:
        raise _failure(reference, "Unknown", _no_host(reference))
    if ABSENT.search(path) or (domain == "docker.io" and path.startswith("library/") and path[8:] not in OFFICIAL):
        raise denied(reference)


def _no_host(reference: Reference) -> str:
    scheme = "http" if reference.domain.startswith("localhost") else "https"
    url = f"{scheme}://{reference.domain}/v2/{reference.path}/manifests/{reference.tag or reference.digest}"
    host, _, port = reference.domain.partition(":")
    if host == "localhost":
        why = f"dial tcp [::1]:{port or 80}: connect: connection refused"
    else:
        why = f"dial tcp: lookup {host} on 192.168.100.1:53: no such host"
    return f'failed to do request: Head "{url}": {why}'


def denied(reference: Reference, why: str = "") -> PullError:
    """Returns the refusal of who has not logged in, or not rightly.

    Args:
        why: what the registry says; "" for what it says to nobody in particular.
    """
    if why:
        return _failure(reference, "Unknown", why)
    if reference.domain == "docker.io":
        return _failure(
            reference,
            "Unknown",
            "pull access denied, repository does not exist or may require authorization: "
            "server message: insufficient_scope: authorization failed",
        )
    if reference.domain in ("ghcr.io", "quay.io"):
        return _failure(
            reference,
            "Unknown",
            "failed to authorize: failed to fetch anonymous token: unexpected status: 403 Forbidden",
        )
    return _failure(reference, "NotFound", f"{reference}: not found")


def _failure(reference: Reference, code: str, why: str) -> PullError:
    return PullError(
        f'rpc error: code = {code} desc = failed to pull and unpack image "{reference}": '
        f'failed to resolve reference "{reference}": {why}'
    )


__all__ = ["InvalidReference", "PullError", "Resolved", "denied", "known", "resolve"]
