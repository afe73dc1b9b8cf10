"""Topic autoscaling: a HorizontalPodAutoscaler under a generated load.

Source: kubernetes.io, tasks/run-application/horizontal-pod-autoscale-walkthrough, whose lines are typed here; the
numbers of its algorithm: tasks/run-application/horizontal-pod-autoscale.
"""

import re

import pytest

from tests.console import Console

APACHE = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: php-apache}
spec:
  selector: {matchLabels: {run: php-apache}}
  template:
    metadata: {labels: {run: php-apache}}
    spec:
      containers:
      - name: php-apache
        image: registry.k8s.io/hpa-example
        ports: [{containerPort: 80}]
        resources: {limits: {cpu: 500m}, requests: {cpu: 200m}}
---
apiVersion: v1
kind: Service
metadata: {name: php-apache, labels: {run: php-apache}}
spec: {ports: [{port: 80}], selector: {run: php-apache}}
"""
LOAD = 'sh -c "while sleep 0.1; do wget -q -O- http://php-apache; done"'
BEHAVIOR = """
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: php-apache}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: php-apache}
  minReplicas: 1
  maxReplicas: 10
  metrics:
  - {type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 10}}}
  behavior:
    scaleUp: {policies: [{type: Pods, value: 1, periodSeconds: 60}]}
    scaleDown: {stabilizationWindowSeconds: 30}
"""


def replicas(console):
    return console.get("deployment", "php-apache")["spec"]["replicas"]


@pytest.fixture
def apache():
    console = Console("three-nodes-metrics")
    console.apply(APACHE)
    console.advance(60)
    return console


def load(console):
    """Ten requests a second, which take about 60 millicores: 30 % of what a Pod requests."""
    console.ok(f"kubectl run load --image=busybox:1.28 --restart=Never -- {LOAD}")


def test_load_adds_pods_and_five_minutes_of_quiet_take_them_away(apache):
    apache.ok("kubectl autoscale deployment php-apache --cpu-percent=10 --min=1 --max=10")
    assert "cpu: <unknown>/10%" in apache.ok("kubectl get hpa")
    apache.advance(31)
    assert re.search(r"cpu: [01]%/10%", apache.ok("kubectl get hpa"))  # an idle server takes some milliseconds
    load(apache)
    apache.advance(90)
    assert replicas(apache) == 3
    told = apache.ok("kubectl describe hpa php-apache")
    assert "reason: cpu resource utilization (percentage of request) above target" in told
    assert "the HPA was able to successfully calculate a replica count from cpu resource utilization" in told
    apache.ok("kubectl delete pod load --now")
    apache.advance(200)
    assert replicas(apache) == 3, "a scale-down waits for the stabilization window of five minutes"
    apache.advance(200)
    assert replicas(apache) == 1
    assert "All metrics below target" in apache.ok("kubectl describe hpa php-apache")


def test_behavior_sets_the_pace(apache):
    apache.apply(BEHAVIOR)
    load(apache)
    apache.advance(35)
    assert replicas(apache) == 2
    assert "ScaleUpLimit" in apache.ok("kubectl describe hpa php-apache")
    apache.advance(55)
    assert replicas(apache) == 3, "one Pod a minute"
    apache.ok("kubectl delete pod load --now")
    apache.advance(90)
    assert replicas(apache) == 1


def test_without_metrics_nothing_is_scaled_and_it_says_why(console):
    console.apply(APACHE)
    console.ok("kubectl autoscale deployment php-apache --cpu-percent=50 --min=1 --max=10")
    console.advance(20)
    told = console.ok("kubectl describe hpa php-apache")
    why = (
        "failed to get cpu utilization: unable to get metrics for resource cpu: unable to fetch metrics from resource "
        "metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)"
    )
    assert f"the HPA was unable to compute the replica count: {why}" in told
    assert (
        f"invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value: {why}" in told
    )


def test_without_requests_there_is_no_percentage():
    console = Console("three-nodes-metrics")
    console.ok("kubectl create deployment web --image=nginx; kubectl autoscale deployment web --cpu-percent=50 --max=3")
    console.advance(60)
    assert "missing request for cpu in container nginx of Pod web-" in console.ok("kubectl describe hpa web")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (
            "kubectl scale deployment php-apache --replicas=0",
            "scaling is disabled since the replica count",
        ),
        ("kubectl scale deployment php-apache --replicas=7", "Current number of replicas above Spec.MaxReplicas"),
        ("kubectl delete deployment php-apache", 'deployments.apps "php-apache" not found'),
    ],
)
def test_what_is_done_by_hand_is_noticed(apache, line, told):
    apache.ok(f"kubectl autoscale deployment php-apache --cpu-percent=50 --min=1 --max=3; {line}")
    apache.advance(20)
    assert told in apache.ok("kubectl describe hpa php-apache")


TOLERANT = BEHAVIOR.replace("averageUtilization: 10", "averageUtilization: 1").replace(
    "scaleUp: {", 'scaleUp: {tolerance: "9", '
)


def test_a_tolerance_of_its_own_keeps_an_autoscaler_from_scaling(apache):
    """HPAConfigurableTolerance, on by default since v1.35: ten times the target is not too much for this one."""
    apache.apply(TOLERANT)
    apache.ok(f"kubectl run load --image=busybox --restart=Never -- {LOAD.replace('0.1', '1')}")
    apache.advance(60)
    used = re.search(r"(\d+)%/1%", apache.ok("kubectl get hpa php-apache"))
    assert used is not None and int(used[1]) > 1
    assert replicas(apache) == 1


def test_metrics_that_nobody_serves_are_named(apache):
    several = BEHAVIOR.replace(
        "  metrics:\n",
        "  metrics:\n"
        "  - {type: Pods, pods: {metric: {name: packets}, target: {type: AverageValue, averageValue: 1k}}}\n"
        "  - {type: External, external: {metric: {name: queue}, target: {type: Value, value: 30}}}\n",
    )
    apache.ok(
        "kubectl scale deployment php-apache --replicas=3"
    )  # fewer would do: but who knows, of the others' metrics
    apache.advance(20)
    apache.apply(several)
    apache.advance(40)
    told = apache.ok("kubectl describe hpa php-apache")
    adapter = "unable to fetch metrics from custom metrics API: no known available metric versions found"
    assert f"first error is: failed to get pods metric value: unable to get metric packets: {adapter}" in told
    assert "FailedGetExternalMetric" in told and "external metric default/queue/nil" in told
