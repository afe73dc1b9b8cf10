"""Scales workloads to what their metrics ask for, every fifteen seconds.

Metrics of Pods' resources come from metrics.k8s.io; custom and external metrics need an adapter, which no cluster
here has. Source: pkg/controller/podautoscaler/horizontal.go.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from kubelab.cluster import processflags
from kubelab.cluster.api import resourcemetrics
from kubelab.cluster.api.errors import ApiError
from kubelab.cluster.api.subresources.scale import scale_of, scaled_to
from kubelab.cluster.controllers import autoscaler_behavior as behavior
from kubelab.cluster.controllers.autoscaler_replicas import TOLERANCE, Found, MetricError, Tolerances, replicas_for
from kubelab.cluster.controllers.controller import Controller, service_account
from kubelab.cluster.kinds import APIService, HorizontalPodAutoscaler, Pod, minor
from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Key, Object, is_being_deleted, key_of, labels_of
from kubelab.cluster.quantity import canonical, to_milli
from kubelab.cluster.selectors import parse_labels
from kubelab.cluster.store import Change

if TYPE_CHECKING:
    from kubelab.cluster.selectors import Selector

PROCESS = "kube-controller-manager"
PERIOD = 15.0  # seconds: --horizontal-pod-autoscaler-sync-period
CONFIGURABLE = 35  # the minor version from which tolerances of a behavior count (HPAConfigurableTolerance)
MEMORY = "/machine/horizontalpodautoscaler/"  # <namespace>/<name> -> what the controller recommended and did
EMPTY: Object = {"recommendations": [], "ups": [], "downs": []}
SOURCES = {"Resource": "resource", "ContainerResource": "containerResource"}
NO_ADAPTER = "unable to fetch metrics from {} metrics API: no known available metric versions found"
SCALING_DISABLED = "scaling is disabled since the replica count of the target is zero"


class HorizontalController(Controller):
    """Keeps each HorizontalPodAutoscaler's workload as large as its metrics ask for."""

    name = "horizontalpodautoscaler"
    user = service_account("horizontal-pod-autoscaler")
    source = "horizontal-pod-autoscaler"

    def _in_its_time(self, change: Change) -> Iterable[str]:
        """A new one waits for a period, as one waits after each look; a change of its own status is no reason."""
        found = change.new or change.old
        key = str(key_of(found)) if found is not None else ""
        if change.new is None:
            return (key,)
        if self.cluster.agenda.due(self.name, key) is None:
            self.later(key, self.period)
        return ()

    @property
    def period(self) -> float:
        """Seconds between two looks."""
        return processflags.seconds(self.cluster, PROCESS, "horizontal-pod-autoscaler-sync-period", PERIOD)

    watches = {HorizontalPodAutoscaler: _in_its_time}

    def reconcile(self, key: str) -> None:
        """Looks at one autoscaler, and again a period later."""
        autoscaler = self.api.get(HorizontalPodAutoscaler, Key.parse(key))
        if autoscaler is None:
            self.store.delete(MEMORY + key)
            return
        self.later(key, self.period)
        if not is_being_deleted(autoscaler):
            _Look(self, autoscaler, key).take()


class _Look:
    """One look at one autoscaler: what it finds goes into `status`."""

    def __init__(self, controller: HorizontalController, autoscaler: Object, key: str) -> None:
        self.controller = controller
        self.api, self.store = controller.api, controller.store
        self.autoscaler = autoscaler
        self.spec = autoscaler["spec"]
        self.namespace = autoscaler["metadata"]["namespace"]
        self.memory_key = MEMORY + key
        self.status: Object = dict(autoscaler.get("status") or {})
        self.now = controller.clock.now

    def take(self) -> None:
        """Works out how many replicas there should be, scales, and writes the status."""
        target = self._target()
        if target is None:
            self._write()
            return
        kind, workload = target
        scale = scale_of(kind, workload)
        self._condition("AbleToScale", True, "SucceededGetScale", _ABLE)
        current = scale["spec"].get("replicas", 0)
        least, most = self.spec.get("minReplicas", 1), self.spec["maxReplicas"]
        desired, reason = current, ""
        if current == 0 and least != 0:
            desired = 0
            self._condition("ScalingActive", False, "ScalingDisabled", SCALING_DISABLED)
        elif current > most:
            desired, reason = most, "Current number of replicas above Spec.MaxReplicas"
        elif current < least:
            desired, reason = least, "Current number of replicas below Spec.MinReplicas"
        else:
            found = self._by_metrics(scale, current)
            if found is None:
                self.status |= {"currentReplicas": scale["status"]["replicas"]}
                self._write()
                return
            desired, reason = found
        if desired != current and not self._scale(kind, workload, current, desired, reason):
            self._write()
            return
        self.status |= {"currentReplicas": scale["status"]["replicas"], "desiredReplicas": desired}
        self._write()

    # the target

    def _target(self) -> tuple[Kind, Object] | None:
        reference = self.spec["scaleTargetRef"]
        kind = self.controller.cluster.resources.by_gvk(reference.get("apiVersion", "v1"), reference["kind"])
        why = ""
        if kind is None or "scale" not in kind.subresources:
            group = reference.get("apiVersion", "").rpartition("/")[0]
            what = f'{{"{group}" "{reference["kind"]}"}}' if group else f'{{"" "{reference["kind"]}"}}'
            why = (
                f'no matches for kind "{reference["kind"]}" in group "{group}"' if kind is None else f"{what} not found"
            )
        else:
            workload = self.api.get(kind, Key(self.namespace, reference["name"]))
            if workload is not None:
                return kind, workload
            why = f'{kind.resource} "{reference["name"]}" not found'
        self.api.event(self.autoscaler, "Warning", "FailedGetScale", why)
        told = f"the HPA controller was unable to get the target's current scale: {why}"
        self._condition("AbleToScale", False, "FailedGetScale", told)
        return None

    def _scale(self, kind: Kind, workload: Object, current: int, desired: int, reason: str) -> bool:
        try:
            self.api.update(kind, scaled_to(kind, workload, desired))
        except ApiError as error:
            self.api.event(
                self.autoscaler, "Warning", "FailedRescale", f"New size: {desired}; reason: {reason}; error: {error}"
            )
            told = f"the HPA controller was unable to update the target scale: {error}"
            self._condition("AbleToScale", False, "FailedUpdateScale", told)
            return False
        told = f"the HPA controller was able to update the target scale to {desired}"
        self._condition("AbleToScale", True, "SucceededRescale", told)
        self.api.event(self.autoscaler, "Normal", "SuccessfulRescale", f"New size: {desired}; reason: {reason}")
        self.status["lastScaleTime"] = self.controller.clock.timestamp()
        memory = self._memory()
        name = "ups" if desired > current else "downs"
        self.store.put(self.memory_key, {**memory, name: [*memory[name], [self.now, abs(desired - current)]]})
        return True

    # its metrics

    def _by_metrics(self, scale: Object, current: int) -> tuple[int, str] | None:
        """Returns how many replicas there are to be and why; None where no metric says anything."""
        metrics = self.spec.get("metrics") or []
        asked, named, statuses, errors = 0, "", [], list[tuple[str, str]]()
        for metric in metrics:
            try:
                found, status, called = self._ask(metric, scale, current)
            except MetricError as error:
                errors.append((_reason(metric), str(error)))
                self.api.event(self.autoscaler, "Warning", _reason(metric), str(error))
                statuses.append({"type": ""})
                continue
            statuses.append(status)
            if not named or found.replicas > asked:
                asked, named = found.replicas, called
        if errors and (len(errors) == len(metrics) or asked < current):
            self._unable(errors, len(metrics))
            return None
        self._condition("ScalingActive", True, "ValidMetricFound", _VALID.format(named))
        self.status["currentMetrics"] = statuses
        reason = f"{named} above target" if asked > current else "All metrics below target" if asked < current else ""
        flag = "horizontal-pod-autoscaler-downscale-stabilization"
        window = processflags.seconds(self.controller.cluster, PROCESS, flag, behavior.STABILIZATION)
        decision = behavior.decide(self.spec, self._recommended(asked), current, asked, self.now, window)
        self._condition("AbleToScale", True, *decision.able)
        self._condition("ScalingLimited", decision.limited is not behavior.WITHIN, *decision.limited)
        return decision.replicas, reason

    def _unable(self, errors: list[tuple[str, str]], count: int) -> None:
        reason, why = errors[0]
        self._condition("ScalingActive", False, reason, f"the HPA was unable to compute the replica count: {why}")
        metric = next(each for each in self.spec["metrics"] if _reason(each) == reason)
        named = f"failed to get {_called(metric)} metric value: {why}"
        told = f"invalid metrics ({len(errors)} invalid out of {count}), first error is: {named}"
        self.api.event(self.autoscaler, "Warning", "FailedComputeMetricsReplicas", told)

    def _ask(self, metric: Object, scale: Object, current: int) -> tuple[Found, Object, str]:
        """Asks one metric: how many replicas, its part of the status, what it is called."""
        field = SOURCES.get(metric["type"])
        if field is None:
            raise MetricError(_not_served(metric, self.namespace))
        source, target = metric[field], metric[field]["target"]
        resource, container = source["name"], source.get("container", "")
        selector = parse_labels(scale["status"]["selector"])
        where = f"{resource} utilization" if "averageUtilization" in target else f"{resource} usage"
        try:
            known = self._pod_metrics(resource, selector)
            pods = [
                pod
                for pod in self.store.indexed(Pod.prefix, "namespace", self.namespace)
                if selector.matches(labels_of(pod))
            ]
            found = replicas_for(pods, known, resource, container, target, current, self.now, self._tolerances())
        except MetricError as error:
            raise MetricError(f"failed to get {where}: {error}") from None
        now: Object = {"averageValue": canonical(f"{found.average}m")}
        if found.utilization is not None:
            now["averageUtilization"] = found.utilization
        told = {"name": resource, "current": now} | ({"container": container} if container else {})
        what = f"{resource} container resource" if container else f"{resource} resource"
        called = f"{what} utilization (percentage of request)" if found.utilization is not None else what
        return found, {"type": metric["type"], field: told}, called

    def _tolerances(self) -> Tolerances:
        """Returns the controller's tolerance, or those of the autoscaler's behavior (on by default since v1.35)."""
        cluster = self.controller.cluster
        usual = processflags.number(cluster, PROCESS, "horizontal-pod-autoscaler-tolerance", TOLERANCE)
        told = (self.spec.get("behavior") or {}) if minor(cluster.version) >= CONFIGURABLE else {}
        down, up = ((told.get(way) or {}).get("tolerance") for way in ("scaleDown", "scaleUp"))
        return Tolerances(
            usual if down is None else to_milli(down) / 1000, usual if up is None else to_milli(up) / 1000
        )

    def _pod_metrics(self, resource: str, selector: Selector) -> list[Object]:
        unable = f"unable to get metrics for resource {resource}: "
        server = self.controller.cluster.api
        if server.resources.by_resource(resourcemetrics.GROUP, resourcemetrics.VERSION, "pods") is None:
            name = f"{resourcemetrics.VERSION}.{resourcemetrics.GROUP}"
            there = self.api.get(APIService, Key("", name)) is not None
            why = "is currently unable to handle the request" if there else "could not find the requested resource"
            unable += "unable to fetch metrics from resource metrics API: "
            raise MetricError(f"{unable}the server {why} (get pods.metrics.k8s.io)")
        found = [
            pod for pod in resourcemetrics.pod_metrics(server, self.namespace, "") if selector.matches(labels_of(pod))
        ]
        if not found:
            raise MetricError(f"{unable}no metrics returned from resource metrics API")
        return found

    # what it remembers and says

    def _memory(self) -> Object:
        return self.store.get(self.memory_key) or EMPTY

    def _recommended(self, replicas: int) -> Object:
        """Notes a recommendation; returns the memory before it, without what no rule looks at any more."""
        since = self.now - behavior.LONGEST
        before = {name: [one for one in found if one[0] > since] for name, found in self._memory().items()}
        self.store.put(
            self.memory_key, {**before, "recommendations": [*before["recommendations"], [self.now, replicas]]}
        )
        return before

    def _condition(self, kind: str, is_true: bool, reason: str, message: str) -> None:
        value, conditions = "True" if is_true else "False", list(self.status.get("conditions") or ())
        at = next((at for at, found in enumerate(conditions) if found["type"] == kind), None)
        moved = self.controller.clock.timestamp()
        if at is not None and conditions[at]["status"] == value:
            moved = conditions[at]["lastTransitionTime"]
        new = {"type": kind, "status": value, "lastTransitionTime": moved, "reason": reason, "message": message}
        if at is None:
            conditions.append(new)
        else:
            conditions[at] = new
        self.status["conditions"] = conditions

    def _write(self) -> None:
        self.status.setdefault("desiredReplicas", 0)
        if self.status != self.autoscaler.get("status"):
            self.api.update_status(HorizontalPodAutoscaler, {**self.autoscaler, "status": self.status})


_ABLE = "the HPA controller was able to get the target's current scale"
_VALID = "the HPA was able to successfully calculate a replica count from {}"


def _reason(metric: Object) -> str:
    """Returns the reason of a condition and an event where a metric cannot be had: FailedGetResourceMetric."""
    return f"FailedGet{metric['type']}Metric"


def _called(metric: Object) -> str:
    """Returns what an error calls a metric: "cpu resource", "app container", "pods"."""
    if metric["type"] == "Resource":
        return f"{metric['resource']['name']} resource"
    if metric["type"] == "ContainerResource":
        return f"{metric['containerResource']['container']} container"
    return (
        f"{metric['external']['metric']['name']} external" if metric["type"] == "External" else metric["type"].lower()
    )


def _not_served(metric: Object, namespace: str) -> str:
    if metric["type"] == "External":
        name = metric["external"]["metric"]["name"]
        return f"unable to get external metric {namespace}/{name}/nil: {NO_ADAPTER.format('external')}"
    name = metric[metric["type"].lower()]["metric"]["name"]
    return f"unable to get metric {name}: {NO_ADAPTER.format('custom')}"
