"""What is left after the last kill, judged on the database alone.

    python -m tests.labs.aftermath < EXPECTED    {public id: {"configmaps": [...], "files": {name: content}}}

Says what is missing, a line each; and whether each cluster, loaded twice, has one future.
"""

import json
import sys

import django

django.setup()

from kubelab.cluster.file_errors import FileError  # noqa: E402
from kubelab.cluster.kinds import ConfigMap, Deployment  # noqa: E402
from kubelab.labs import simulation  # noqa: E402
from kubelab.labs.keeping import load  # noqa: E402
from kubelab.labs.models import Lab  # noqa: E402
from tests.labs.conftest import admin  # noqa: E402

LATER = 600.0  # seconds


def lived_on(lab):
    """Return the cluster some minutes later."""
    cluster = load(lab)
    while not cluster.run_until(lab.now + LATER, 1000):
        pass
    return cluster


def complaints(lab, expected):
    cluster = load(lab)
    there = {found["metadata"]["name"] for found in admin(cluster).list(ConfigMap, "default")}
    yield from (f"configmap {name} is lost" for name in expected["configmaps"] if name not in there)
    files = simulation.workstation(cluster).files
    for name, content in expected["files"].items():
        try:
            kept = files.read(f"/home/learner/{name}")
        except FileError:
            kept = None
        if kept != content:
            yield f"file {name} holds {kept!r} instead of {content!r}"
    one, other = lived_on(lab), lived_on(lab)
    if dict(one.store.items()) != dict(other.store.items()):
        yield "two loads have two futures"
    for deployment in admin(one).list(Deployment, "default"):
        ready = deployment["status"].get("readyReplicas")
        if ready != deployment["spec"]["replicas"]:
            yield f"{deployment['metadata']['name']} has {ready} ready Pods"


if __name__ == "__main__":
    for public_id, expected in json.load(sys.stdin).items():
        for complaint in complaints(Lab.objects.get(public_id=public_id), expected):
            print(public_id, complaint)
