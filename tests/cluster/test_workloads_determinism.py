"""Jobs, CronJobs, StatefulSets and budgets go on as they would have, wherever the cluster is killed and loaded."""

from functools import cache

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.cluster.test_determinism import BUSY, Story, differences, told


def job(name, script, **spec):
    container = {"name": "main", "image": "busybox:1.36", "command": ["sh", "-c", script]}
    template = {"spec": {"restartPolicy": "Never", "containers": [container]}}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}, "spec": {**spec, "template": template}}


def failing_job(lab):
    lab.create(job("fails", "exit 1", backoffLimit=1))


def indexed_job(lab):
    lab.create(job("indexed", "sleep $JOB_COMPLETION_INDEX", completions=4, parallelism=2, completionMode="Indexed",
                   ttlSecondsAfterFinished=5))  # fmt: skip


def suspend(lab):
    lab.create(job("paused", "sleep 60", parallelism=2))


def suspended(lab):
    lab.patch("jobs", "paused", {"spec": {"suspend": True}})


def resumed(lab):
    lab.patch("jobs", "paused", {"spec": {"suspend": False}})


def ticking(lab):
    job_template = {"spec": job("x", "sleep 1")["spec"]}
    lab.create({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "tick"},
                "spec": {"schedule": "@every 6s", "jobTemplate": job_template}})  # fmt: skip


def statefulset(lab):
    container = {"name": "main", "image": "nginx:1.27"}
    template = {"metadata": {"labels": {"app": "db"}},
                "spec": {"containers": [container], "terminationGracePeriodSeconds": 1}}  # fmt: skip
    lab.create({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db"}, "spec": {
        "serviceName": "db", "replicas": 2, "minReadySeconds": 2, "selector": {"matchLabels": {"app": "db"}},
        "template": template}})  # fmt: skip


def roll(lab):
    lab.patch("statefulsets", "db", {"spec": {"template": {"metadata": {"annotations": {"round": "2"}}}}})


def shrink(lab):
    lab.scale("statefulsets", "db", 1)


def budget(lab):
    lab.create({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "db"},
                "spec": {"maxUnavailable": 1, "selector": {"matchLabels": {"app": "db"}}}})  # fmt: skip


WORK: Story = [(0, failing_job), (0, ticking), (1, indexed_job), (2, suspend), (9, suspended), (20, resumed),
    (0, statefulset), (3, budget), (16, roll), (33, shrink)]  # fmt: skip


@cache
def uninterrupted():
    return told(7, story=WORK)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture],
          phases=[Phase.explicit, Phase.reuse, Phase.generate])  # fmt: skip
@given(cuts=st.lists(st.floats(0, BUSY), min_size=1, max_size=3), shuffle=st.integers(0, 1000))
def test_work_takes_the_same_course_wherever_it_is_interrupted(cuts, shuffle):
    assert differences(uninterrupted(), told(7, cuts, shuffle, WORK)) == []
