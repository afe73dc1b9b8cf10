"""Subresources that are more than a part of the object: one file each, found by discovery.

A file gives NAME and `handle(server, request, warnings)`, which answers every verb that discovery says it has.
Those that reach into running containers (log, exec, attach, portforward) are no objects; see `kubelets`.
Source: kubernetes.io, reference/using-api/api-concepts, "Resource URIs"; pkg/registry/*/storage.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from kubelab.cluster.api.request import Request, Response

if TYPE_CHECKING:
    from kubelab.cluster.api.server import ApiServer

Handle = Callable[["ApiServer", Request, list[str]], Response]


@cache
def handlers() -> dict[str, Handle]:
    """Returns what answers each subresource, by its name."""
    found = [importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    return {module.NAME: module.handle for module in found}
