"""Same seed and inputs: the same future, byte for byte, also for a process that was killed and loaded elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from random import Random

import orjson
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from kubelab.cluster.cluster import Cluster
from kubelab.cluster.folded import Folded, Kept
from kubelab.cluster.node import host, machinefiles
from kubelab.terminal.shell import INTERPRETER
from tests.cluster.lab import Lab, deployment, kept, made, pod

BUSY = 40.0  # virtual seconds of a story
Story = list[tuple[float, Callable[[Lab], None]]]


def content(cluster: Cluster) -> dict[str, bytes]:
    """Everything that is kept of a cluster."""
    rows = {key: orjson.dumps(obj) for key, obj in cluster.store.items()}
    rows["header"] = orjson.dumps(cluster.header())
    return rows


def differences(one: dict[str, bytes], other: dict[str, bytes]) -> list[tuple[str, bytes | None, bytes | None]]:
    keys = sorted({*one, *other})
    return [(key, one.get(key), other.get(key)) for key in keys if one.get(key) != other.get(key)][:3]


def rollout(lab: Lab) -> None:
    lab.create(deployment("web", 4))


def update(lab: Lab) -> None:
    lab.patch("deployments", "web", {"spec": {"template": {"metadata": {"annotations": {"round": "2"}}}}})


def wrong_image(lab: Lab) -> None:
    lab.patch("deployments", "web", {"spec": {"template": {"spec": {"containers": [
        {"name": "web", "image": "nginx:doesnotexist"}]}}}})  # fmt: skip


def scale_up(lab: Lab) -> None:
    lab.scale("deployments", "web", 14)


def scale_down(lab: Lab) -> None:
    lab.scale("deployments", "web", 2)


def crash(lab: Lab) -> None:
    lab.create({**pod("crash", "busybox"), "spec": {"containers": [
        {"name": "main", "image": "busybox:1.36", "command": ["false"]}]}})  # fmt: skip


def too_large(lab: Lab) -> None:
    lab.create(pod("large", requests={"cpu": "100"}))


def service(lab: Lab) -> None:
    lab.create({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"},
                "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]}})  # fmt: skip


def drain(lab: Lab) -> None:
    lab.patch("nodes", lab.items("nodes")[-1]["metadata"]["name"], {"spec": {"unschedulable": True}})
    for found in lab.pods(app="web")[:2]:
        lab.delete("pods", found["metadata"]["name"])


def delete_deployment(lab: Lab) -> None:
    lab.delete("deployments", "web")


def namespace(lab: Lab) -> None:
    lab.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})


def end_namespace(lab: Lab) -> None:
    lab.delete("namespaces", "shop")


def agents(lab: Lab) -> None:
    container = {"name": "agent", "image": "busybox:1.36", "command": ["sleep", "1000"]}
    lab.create({"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "agent"},
                "spec": {"selector": {"matchLabels": {"app": "agent"}},
                         "template": {"metadata": {"labels": {"app": "agent"}},
                                      "spec": {"containers": [container]}}}})  # fmt: skip


def update_agents(lab: Lab) -> None:
    lab.patch("daemonsets", "agent", {"spec": {"template": {"spec": {"containers": [
        {"name": "agent", "image": "busybox:1.37"}]}}}})  # fmt: skip


def stop_scheduler(lab: Lab) -> None:
    machinefiles.of(lab.cluster, "control-plane").remove("/etc/kubernetes/manifests/kube-scheduler.yaml")


def lose_node(lab: Lab) -> None:
    host.power_off(lab.cluster, "worker-1")
    lab.delete("nodes", "worker-1")


def taint(lab: Lab) -> None:
    tolerations = [{"key": "a", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 9}]
    lab.create({**pod("guest"), "spec": {**pod()["spec"], "tolerations": tolerations, "nodeName": "worker-2"}})
    lab.patch("nodes", "worker-2", {"spec": {"taints": [{"key": "a", "effect": "NoExecute"}]}})


def shells(lab: Lab) -> None:
    script = "i=0; while true; do i=$((i+1)); echo $i >> /data/log; date; sleep 1; [ $i = 12 ] && exit 3; done"
    probe = {"exec": {"command": ["grep", "-q", "5", "/data/log"]}, "periodSeconds": 2}
    manifest = pod("shell", "busybox:1.36", volumes=[{"name": "data", "emptyDir": {}}])
    manifest["spec"]["containers"][0].update(
        command=["sh", "-c", script], readinessProbe=probe, volumeMounts=[{"name": "data", "mountPath": "/data"}]
    )
    lab.create(manifest)


SHELLS = [(0, shells), (20, rollout)]
TROUBLE = [(0, rollout), (0, agents), (2, taint), (5, update_agents), (11, stop_scheduler), (13, scale_up),
           (17, lose_node), (19, update), (22, crash), (26, too_large)]  # fmt: skip
STORY = [(0, rollout), (0, service), (3, crash), (6, update), (8, scale_up), (9, too_large), (12, namespace),
         (15, wrong_image), (20, scale_down), (24, drain), (30, end_namespace), (34, delete_deployment)]  # fmt: skip


def told(seed: int, cuts: Sequence[float] = (), shuffle: int | None = None, story: Story = STORY) -> dict[str, bytes]:
    """Tells the story in a cluster; at each cut it is killed and loaded from what was kept, rows in any order."""
    header, rows = made(seed=seed)
    lab = Lab(cluster=Cluster.load(header, rows.items(), interpreter=INTERPRETER))
    steps = [*story, *((cut, None) for cut in cuts)]
    for after, step in sorted(steps, key=lambda found: found[0]):
        lab.cluster.run_until(lab.began + after)
        if step is not None:
            step(lab)
            continue
        header, rows = kept(lab.cluster, rows)
        found = list(rows.items())
        if shuffle is not None:
            Random(shuffle).shuffle(found)
        began = lab.began
        header = orjson.loads(orjson.dumps(header))
        lab = Lab(cluster=Cluster.load(header, _copied(found), interpreter=INTERPRETER))
        lab.began = began
    lab.cluster.run_until(lab.began + BUSY)
    return content(lab.cluster)


def _copied(rows: list[tuple[str, Kept]]) -> list[tuple[str, Kept]]:
    """Rows as they come back from a database: nothing shared."""
    return [(key, obj if isinstance(obj, Folded) else orjson.loads(orjson.dumps(obj))) for key, obj in rows]


@cache
def uninterrupted(story: str = "STORY") -> dict[str, bytes]:
    return told(7, story=globals()[story])


def test_same_seed_and_inputs_make_the_same_store():
    assert differences(uninterrupted(), told(7)) == []


def test_another_seed_makes_other_names():
    assert told(7).keys() != told(8).keys()


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture],
          phases=[Phase.explicit, Phase.reuse, Phase.generate])  # fmt: skip
@given(cuts=st.lists(st.floats(0, BUSY), min_size=1, max_size=3))
def test_a_cluster_that_is_killed_and_loaded_has_the_same_future(cuts):
    assert differences(uninterrupted(), told(7, cuts)) == []


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture],
          phases=[Phase.explicit, Phase.reuse, Phase.generate])  # fmt: skip
@given(cuts=st.lists(st.floats(0, BUSY), min_size=1, max_size=3), shuffle=st.integers(0, 1000))
def test_the_order_in_which_rows_are_loaded_does_not_matter(cuts, shuffle):
    assert differences(uninterrupted(), told(7, cuts, shuffle)) == []


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture],
          phases=[Phase.explicit, Phase.reuse, Phase.generate])  # fmt: skip
@given(cuts=st.lists(st.floats(0, BUSY), min_size=1, max_size=3), shuffle=st.integers(0, 1000))
def test_trouble_takes_the_same_course_wherever_it_is_interrupted(cuts, shuffle):
    assert differences(uninterrupted("TROUBLE"), told(7, cuts, shuffle, TROUBLE)) == []


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture],
          phases=[Phase.explicit, Phase.reuse, Phase.generate])  # fmt: skip
@given(cuts=st.lists(st.floats(0, BUSY), min_size=1, max_size=3), shuffle=st.integers(0, 1000))
def test_scripts_in_containers_go_on_where_they_were(cuts, shuffle):
    assert differences(uninterrupted("SHELLS"), told(7, cuts, shuffle, SHELLS)) == []
