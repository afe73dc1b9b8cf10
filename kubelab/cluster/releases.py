"""The releases of Kubernetes that a cluster's components run: the last patch of each minor version.

Source: kubernetes.io/releases, as it stood when the lab's schemas were made.
"""

from __future__ import annotations

PATCHES = {31: 14, 32: 13, 33: 13, 34: 9, 35: 6, 36: 2, 37: 0}


def release_of(version: str) -> str:
    """Returns the release of a minor version: "v1.36.2" for "1.36"."""
    minor = int(version.split(".")[1])
    return f"v1.{minor}.{PATCHES.get(minor, 0)}"
