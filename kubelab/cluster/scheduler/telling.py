"""What the scheduler says of its decisions in its log, by its verbosity.

Source: pkg/scheduler/schedule_one.go, eventhandlers.go and framework/plugins/defaultbinder.
"""

from __future__ import annotations

from collections.abc import Iterator

from kubelab.cluster.objects import Object, key_of
from kubelab.cluster.scheduler.decision import Decision

MOST_NODES = 100  # that scores are told of


def placed(pod: Object, node: str, decision: Decision, level: int) -> Iterator[str]:
    """Yields the lines of a Pod that goes to a node."""
    key = key_of(pod)
    name = f'pod="{key.namespace}/{key.name}"'
    yield from _attempt(name, level)
    if level >= 10:
        for each, scores in decision.scores.items():
            for plugin, score in scores.items():
                plugged = f'{name} plugin="{plugin}" node="{each}" score={round(score)}'
                yield f'schedule_one.go:943] "Plugin scored node for pod" {plugged}'
        for each, scores in decision.scores.items():
            total = f'{name} node="{each}" score={round(sum(scores.values()))}'
            yield f'schedule_one.go:1010] "Calculated node\'s final score for pod" {total}'
    if level >= 3:
        yield f'default_binder.go:53] "Attempting to bind pod to node" logger="Bind.DefaultBinder" {name} node="{node}"'
    if level >= 2:
        found = f'node="{node}" evaluatedNodes={decision.evaluated} feasibleNodes={decision.feasible}'
        yield f'schedule_one.go:314] "Successfully bound pod to node" {name} {found}'
    if level >= 3:
        yield f'eventhandlers.go:201] "Delete event for unscheduled pod" {name}'
        yield f'eventhandlers.go:231] "Add event for scheduled pod" {name}'


def refused(pod: Object, message: str, level: int) -> Iterator[str]:
    """Yields the lines of a Pod that no node will do for."""
    key = key_of(pod)
    name = f'pod="{key.namespace}/{key.name}"'
    yield from _attempt(name, level)
    if level >= 2:
        said = message.replace('"', '\\"')
        yield f'schedule_one.go:1055] "Unable to schedule pod; no fit; waiting" {name} err="{said}"'


def _attempt(name: str, level: int) -> Iterator[str]:
    if level >= 4:
        yield f'schedule_one.go:83] "About to try and schedule pod" {name}'
    if level >= 3:
        yield f'schedule_one.go:96] "Attempting to schedule pod" {name}'
