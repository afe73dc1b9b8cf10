"""Clusters just bootstrapped, in memory: their objects are shared by every cluster that was born from them."""

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import Any

from kubelab import garbage
from kubelab.labs.models import Template
from kubelab.labs.packing import Row, unpack

MOST_ROWS = 150_000  # in memory: two clusters of 5,000 nodes, or hundreds of small ones


@dataclass(frozen=True)
class Born:
    """A template in memory."""

    id: int
    header: dict[str, Any]
    rows: list[Row]


_cache: OrderedDict[int, Born] = OrderedDict()
_lock = Lock()


def get(template_id: int) -> Born:
    """Return a template by its id."""
    with _lock:
        born = _cache.get(template_id)
        if born is None:
            template = Template.objects.get(pk=template_id)
            with garbage.no_collection():
                rows = list(unpack(template.data))
            born = _cache[template_id] = Born(template_id, template.header, rows)
        _cache.move_to_end(template_id)
        while len(_cache) > 1 and sum(len(each.rows) for each in _cache.values()) > MOST_ROWS:
            _cache.popitem(last=False)
        return born


def rows(template_id: int) -> list[Row]:
    """Return the rows of a template."""
    return get(template_id).rows


def forget() -> None:
    """Let go of all, for tests whose database starts over."""
    _cache.clear()
