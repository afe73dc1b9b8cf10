"""A cluster of 5,000 nodes: how long its template takes, how long a birth from it, and how much an idle day of it.

In processor time: the template is made in the background.
"""

import time
from collections.abc import Iterator

from kubelab.cluster.cluster import DEFAULT_VERSION
from kubelab.labs import bootstrapping, creation, templates
from kubelab.labs.bench import Figure
from kubelab.labs.keeping import act_on
from kubelab.labs.map import ClusterMap

PRESET, SMALLER = "five-thousand-nodes", "hundred-nodes"

DAY = 86_400.0


def run(size: float) -> Iterator[Figure]:
    preset = PRESET if size > 0.5 else SMALLER
    started = time.process_time()
    bootstrapping.template_for(preset, DEFAULT_VERSION, time.time())
    yield Figure("large.template_seconds", time.process_time() - started, "s")
    templates.forget()  # as in the server, which did not make it itself
    started = time.process_time()
    lab = creation.create(None, "first", preset)
    yield Figure("large.birth_seconds", time.process_time() - started, "s")
    started = time.process_time()
    with act_on(lab.pk) as act:
        act.run_until(act.cluster.clock.now + DAY, None)
    yield Figure("large.idle_day_ms", (time.process_time() - started) * 1000, "ms")
    started = time.process_time()
    message = ClusterMap(act.cluster).whole()
    yield Figure("large.map_ms", (time.process_time() - started) * 1000, "ms")
    yield Figure("large.map_mb", len(message) / 1e6, "MB")
