"""The short form in which an image's author writes files."""

from __future__ import annotations

from collections.abc import Mapping

from kubelab.cluster.objects import Object

# path -> content, or an entry as layers.py has it; a path that ends in "/" is a directory
Files = Mapping[str, str | bytes | Object]
