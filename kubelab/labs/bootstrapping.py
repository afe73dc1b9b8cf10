"""Makes the templates that clusters are born from.

Bootstrapping is always the same for one preset, version and moment, so a new cluster takes the objects of one
that was made within the hour, and lives the minutes since then in a run.
"""

import gc
from functools import lru_cache
from hashlib import sha256
from typing import Any

import orjson

from kubelab.cluster.cluster import Cluster
from kubelab.labs import simulation, templates
from kubelab.labs.models import Template
from kubelab.labs.packing import pack

HOUR = 3600.0
LARGE = 4_000_000  # bytes of a template whose cluster is not left lying about until the next collection of garbage
SEED = 1  # all clusters begin alike; their own seed counts from their first moment on


def template_for(preset: str, version: str, now: float) -> templates.Born:
    """Return a template that is at most an hour older than the virtual time `now`.

    Known by its content: a KubeLab that bootstraps otherwise makes another.

    Raises:
        ValueError: if there is no such preset or version.
    """
    header, data, digest = _bootstrapped(preset, version, now - now % HOUR)
    template, _ = Template.objects.get_or_create(digest=digest, defaults={"header": header, "data": data})
    return templates.get(template.pk)


@lru_cache(maxsize=8)
def _bootstrapped(preset: str, version: str, now: float) -> tuple[dict[str, Any], bytes, str]:
    cluster = Cluster.create("", preset, version, seed=SEED, now=now, interpreter=simulation.interpreter())
    header, changes = cluster.header(), list(cluster.take_changes())
    data = pack([row for row in changes if row[2] is not None])
    del cluster, changes
    if len(data) > LARGE:
        gc.collect()
    return header, data, sha256(orjson.dumps(header) + data).hexdigest()
