"""A plain Pod's short way, foreseen or found out, comes to the same as the long one, write by write."""

import json

import pytest
import yaml

from kubelab.cluster.kinds import Deployment, Pod, Service
from kubelab.cluster.node import host, plain
from kubelab.cluster.objects import Key
from tests.node.lab import Lab

MANY = """
{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 9, selector: {matchLabels: {app: web}},
 template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: 'nginx:1.27'}]}}}}
---
{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: latest}, spec: {containers: [{name: a, image: nginx}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: missing}, spec: {containers: [{name: a, image: 'nginx:doesnotexist'}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: ends}, spec: {containers: [{name: a, image: mysql:8.4}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: waits}, spec: {containers: [{name: a, image: 'nginx:1.27'}],
 volumes: [{name: a, projected: {sources: [{configMap: {name: not-there}}]}}]}}
"""


KINDS = {kind.name: kind for kind in (Deployment, Pod, Service)}


def pods(lab):
    return [pod["metadata"]["name"] for pod in lab.api.list(Pod, "default")]


def patch(lab, name, change, subresource=""):
    lab.api.patch(Pod, Key("default", name), change, subresource=subresource)


def delete(lab):
    for name in pods(lab)[::3]:
        lab.delete(name)


def label(lab):
    for name in pods(lab):
        patch(lab, name, {"metadata": {"labels": {"seen": "yes"}}})


def change_image(lab):
    for name in pods(lab)[::2]:
        patch(lab, name, {"spec": {"containers": [{**lab.pod(name)["spec"]["containers"][0], "image": "nginx:1.25"}]}})


def write_status(lab):
    for name in pods(lab)[::2]:
        conditions = lab.status(name).get("conditions") or []
        patch(lab, name, {"status": {"conditions": [*conditions, {"type": "seen", "status": "True"}]}}, "status")


def stop_kubelet(lab):
    host.stop_unit(lab.cluster, "worker-1", "kubelet")


def start_kubelet(lab):
    host.start_unit(lab.cluster, "worker-1", "kubelet")


def cut_power(lab):
    host.power_off(lab.cluster, "worker-2")


def switch_on(lab):
    host.power_on(lab.cluster, "worker-2")


def history(steps):
    """Every write of a cluster to which this happens, as it was stored."""
    lab, writes = Lab(), []
    lab.cluster.store.subscribe("", lambda change: writes.append((change.revision, change.key, json.dumps(change.new))))
    for obj in yaml.safe_load_all(MANY):
        obj["metadata"]["namespace"] = "default"
        lab.api.create(KINDS[obj["kind"]], obj)
    for after, step in steps:
        lab.advance(after)
        step(lab)
    lab.advance(30)
    return writes


@pytest.mark.parametrize("after", [0.0, 0.3, 0.6, 3.6, 4.3])
@pytest.mark.parametrize(
    "steps",
    [
        [(0.0, delete), (0.5, change_image)],
        [(0.0, label), (0.2, write_status), (0.3, delete)],
        [(0.0, stop_kubelet), (0.2, cut_power), (0.6, start_kubelet), (1.0, switch_on)],
    ],
)
def test_all_ways_come_to_the_same(monkeypatch, steps, after):
    steps = [(steps[0][0] + after, steps[0][1]), *steps[1:]]
    taken = []
    begin = plain.begin

    def counted(work):
        taken.append(begin(work))
        return taken[-1]

    with monkeypatch.context() as short_way:
        short_way.setattr(plain, "begin", counted)
        short = history(steps)
    assert sum(taken) >= 9
    assert not all(taken)
    with monkeypatch.context() as nothing_is_foreseen:
        nothing_is_foreseen.setattr(plain, "as_foreseen", lambda *_known: False)
        assert short == history(steps)
    monkeypatch.setattr(plain, "plain_life", lambda _blueprint: None)
    assert short == history(steps)
