"""The documented limit of Kubernetes: 5,000 nodes, 150,000 Pods of 300 Deployments; kept, and loaded again."""

import gc
import resource
import subprocess
import sys
import time
from collections.abc import Iterator

from django.conf import settings

from kubelab.cluster.kinds import Deployment, Pod
from kubelab.labs import creation
from kubelab.labs.awake import clusters
from kubelab.labs.bench import Figure
from kubelab.labs.bench._workload import ADMIN, deployment, ready
from kubelab.labs.keeping import act_on, reading
from kubelab.labs.models import Lab

DEPLOYMENTS = 300
REPLICAS = 500
PRESET = "five-thousand-nodes"
LONGEST = 3600.0  # virtual seconds
STEP = 1.0
SLICE = 1.0  # seconds of work between two commits
NAME = "limit"


def run(size: float) -> Iterator[Figure]:
    names = [f"web-{number}" for number in range(max(1, int(DEPLOYMENTS * size)))]
    lab = creation.create(None, NAME, PRESET)
    started = time.perf_counter()
    with act_on(lab.pk) as act:
        client = act.cluster.api.client(ADMIN, "kubectl")
        for name in names:
            client.create(Deployment, deployment(name, REPLICAS))
    end, waiting = act.cluster.clock.now + LONGEST, names
    while waiting:
        with act_on(lab.pk) as act:
            act.run_until(act.cluster.clock.now + STEP, SLICE)
            act.touch("now")
            waiting = [name for name in waiting if ready(act.cluster, name) < REPLICAS]
            if act.cluster.clock.now > end:
                raise RuntimeError(f"{len(waiting)} Deployments are not ready")
    yield Figure("limit.seconds", time.perf_counter() - started, "s")
    yield Figure("limit.peak_mib", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MiB")
    del act, client
    clusters.clear()
    gc.collect()
    yield Figure("limit.load_seconds", loaded_elsewhere(), "s")


def loaded_elsewhere() -> float:
    """Return the seconds in which another process loads it, which has nothing in memory yet."""
    code = f"import django; django.setup(); from {__name__} import load; load()"
    command = [sys.executable, "-c", code]
    return float(subprocess.run(command, cwd=settings.BASE_DIR, check=True, capture_output=True, text=True).stdout)


def load() -> None:
    """Load it and print the seconds that it took."""
    started = time.perf_counter()
    with reading(Lab.objects.get(name=NAME).pk) as cluster:
        seconds = time.perf_counter() - started
        if not cluster.api.client(ADMIN, "bench").list(Pod):
            raise RuntimeError("it has no Pods")
    print(seconds)
