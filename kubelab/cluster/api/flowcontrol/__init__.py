"""The objects of API Priority and Fairness that kube-apiserver makes and keeps, and the status of all.

They can be read and learnt from; requests are not queued by them (see notices.py). The file beside says what they are.
Source: k8s.io/apiserver/pkg/apis/flowcontrol/bootstrap; pkg/registry/flowcontrol/ensurer;
pkg/util/flowcontrol/apf_controller.go (the condition Dangling).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from kubelab.cluster.component import Component, next_look
from kubelab.cluster.conditions import with_condition
from kubelab.cluster.kinds import FlowSchema, PriorityLevelConfiguration
from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Key, Object, is_being_deleted, key_of
from kubelab.cluster.store import Change

AUTOUPDATE = "apf.kubernetes.io/autoupdate-spec"
MANDATORY = ("exempt", "catch-all")
ALL = "*"  # the key of all that is made, which no object is called
ENSURED_EVERY = 60.0  # seconds


class FlowControl(Component):
    """Makes and keeps the FlowSchemas and priority levels of the API server, and says which schemas dangle."""

    name = "priority-and-fairness"
    runs_in = "kube-apiserver"
    user = "system:apiserver"
    manager = "api-priority-and-fairness-config-consumer-v1"

    def _of_schema(self, change: Change) -> Iterable[str]:
        self._look_after(change)
        return [(change.new or {})["metadata"]["name"]] if change.new else ()

    def _of_level(self, change: Change) -> Iterable[str]:
        self._look_after(change)
        name = (change.new or change.old or {})["metadata"]["name"]
        rows = self.store.table(FlowSchema.prefix).rows.values() if not (change.old and change.new) else ()
        return [schema["metadata"]["name"] for schema in rows if _level_of(schema) == name]

    watches = {FlowSchema: _of_schema, PriorityLevelConfiguration: _of_level}

    def _look_after(self, change: Change) -> None:
        """Has what was made looked at again at the next minute, once somebody has changed or deleted it."""
        if change.old is not None and (change.new is None or change.new.get("spec") != change.old.get("spec")):
            self.cluster.agenda.add(self.name, ALL, next_look(self.now, ENSURED_EVERY))

    def resync(self) -> None:
        """Looks at all of them, as the API server does when it starts."""
        super().resync()
        self.cluster.agenda.add(self.name, ALL)

    def reconcile(self, key: str) -> None:
        """Makes and mends what is to be there, or says whether one schema dangles."""
        if key == ALL:
            for kind, wanted in bootstrap():
                self._ensure(kind, wanted)
            return
        schema = self.api.get(FlowSchema, Key.parse(key))
        if schema is None or is_being_deleted(schema):
            return
        level = _level_of(schema)
        there = self.api.get(PriorityLevelConfiguration, Key("", level)) is not None
        found = "and it exists" if there else "but there is no such object"
        message = f'This FlowSchema references the PriorityLevelConfiguration object named "{level}" {found}'
        reason, dangles = ("Found", "False") if there else ("NotFound", "True")
        status = schema.get("status") or {}
        new = with_condition(status, "Dangling", dangles, reason, message, self.clock.timestamp())
        if new is not status:
            self.api.update_status(FlowSchema, {**schema, "status": new})

    def _ensure(self, kind: Kind, wanted: Object) -> None:
        found = self.api.get(kind, key_of(wanted))
        if found is None:
            self.api.create(kind, wanted)
        elif _is_kept(found) and found["spec"] != wanted["spec"]:
            self.api.update(kind, {**found, "spec": wanted["spec"]})


def _is_kept(obj: Object) -> bool:
    """Tells whether the server restores an object's spec: always what is mandatory, else as its annotation says."""
    metadata = obj["metadata"]
    return metadata["name"] in MANDATORY or (metadata.get("annotations") or {}).get(AUTOUPDATE) == "true"


def _level_of(schema: Object) -> str:
    return str(schema["spec"]["priorityLevelConfiguration"]["name"])


@cache
def bootstrap() -> tuple[tuple[Kind, Object], ...]:
    """Returns all that the server makes, each object with its kind, levels first."""
    data = yaml.safe_load(Path(__file__).with_name("bootstrap.yaml").read_text(encoding="utf-8"))
    levels = [(PriorityLevelConfiguration, name, _level(name, words)) for name, words in data["levels"].items()]
    schemas = [(FlowSchema, name, _schema(**said)) for name, said in data["schemas"].items()]
    return tuple((kind, _object(kind, name, spec)) for kind, name, spec in [*levels, *schemas])


def _object(kind: Kind, name: str, spec: Object) -> Object:
    metadata = {"annotations": {AUTOUPDATE: "true"}, "name": name}
    return {"apiVersion": kind.api_version, "kind": kind.name, "metadata": metadata, "spec": spec}


def _level(name: str, words: str) -> Object:
    shares, lent, *queuing = (int(word) for word in words.split())
    limits: Object = {"lendablePercent": lent, "nominalConcurrencyShares": shares}
    if name == "exempt":
        return {"exempt": limits, "type": "Exempt"}
    response: Object = {"type": "Reject"}
    if queuing:
        names = ("queues", "handSize", "queueLengthLimit")
        response = {"queuing": dict(zip(names, queuing, strict=True)), "type": "Queue"}
    return {"limited": {**limits, "limitResponse": response}, "type": "Limited"}


def _schema(level: str, precedence: int, of: str, by: str = "", rules: Iterable[str] = ()) -> Object:
    said = [rule.split() for rule in rules or ("* url *", "* * * anywhere")]
    found: dict[str, Any] = {"subjects": [_subject(*word.split("/", 2)) for word in of.split()]}
    if resources := [_resources(*words) for words in said if words[1] != "url"]:
        found["resourceRules"] = resources
    if urls := [{"nonResourceURLs": words[2:], "verbs": words[0].split(",")} for words in said if words[1] == "url"]:
        found["nonResourceRules"] = urls
    spec: Object = {
        "matchingPrecedence": precedence,
        "priorityLevelConfiguration": {"name": level},
        "rules": [found],
    }
    return {**spec, "distinguisherMethod": {"type": by}} if by else spec


def _resources(verbs: str, group: str, resources: str, where: str) -> Object:
    rule: Object = {
        "apiGroups": ["" if group == "-" else group],
        "namespaces": ["*"],
        "resources": resources.split(","),
        "verbs": verbs.split(","),
    }
    return {**rule, "clusterScope": True} if where == "anywhere" else rule


def _subject(kind: str, *names: str) -> Object:
    if kind == "ServiceAccount":
        return {"kind": kind, "serviceAccount": {"name": names[1], "namespace": names[0]}}
    return {"kind": kind, kind.lower(): {"name": names[0]}}
