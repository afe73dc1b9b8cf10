"""Holds Pods to the Pod Security Standard that their namespace's labels name.

Source: kubernetes.io, concepts/security/pod-security-admission; k8s.io/pod-security-admission/admission. What is
audited is not written anywhere: the simulated API server keeps no audit log.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from kubelab.cluster.api import errors
from kubelab.cluster.api.admission.plugin import Attributes, Plugin
from kubelab.cluster.api.admission.podsecuritystandards import LEVELS, PRIVILEGED, details, reasons, violations
from kubelab.cluster.kinds import Namespace, Pod
from kubelab.cluster.kinds.kind import Cause
from kubelab.cluster.objects import Key, Object, labels_of

PREFIX = "pod-security.kubernetes.io/"
LATEST = "latest"
MOST_CHECKED = 3000
# Where each kind has its Pod template.
TEMPLATES = {
    "PodTemplate": ("template",),
    "ReplicationController": ("spec", "template"),
    "ReplicaSet": ("spec", "template"),
    "Deployment": ("spec", "template"),
    "StatefulSet": ("spec", "template"),
    "DaemonSet": ("spec", "template"),
    "Job": ("spec", "template"),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
}


class Policy(NamedTuple):
    """A level and its version, as labels give them."""

    level: str = PRIVILEGED
    version: str = LATEST

    def __str__(self) -> str:
        return f"{self.level}:{self.version}"


class PodSecurity(Plugin):
    """Refuses Pods that their namespace's level forbids, and warns of what a level would forbid."""

    name = "PodSecurity"
    by_template = True
    kinds = ("Namespace", "Pod", *TEMPLATES)

    def concerns(self, attributes: Attributes) -> bool:
        """Tells whether the namespace has a policy, or is to get one."""
        kind = attributes.kind
        if kind is Namespace:
            return _has_labels(attributes.obj) or (attributes.old is not None and _has_labels(attributes.old))
        old = attributes.old
        if old is not None and attributes.obj.get("spec") is old.get("spec"):
            return False
        namespace = self.server.find(Namespace, Key("", attributes.namespace))
        return namespace is not None and _has_labels(namespace)

    def validate(self, attributes: Attributes) -> None:
        """Lets pass what the namespace's level allows.

        Raises:
            Forbidden: a Pod that it does not.
            Invalid: labels that name no level.
        """
        if attributes.kind is Namespace:
            self._validate_namespace(attributes)
            return
        namespace = self.server.get(Namespace, Key("", attributes.namespace))
        is_pod = attributes.kind is Pod
        if is_pod:
            if attributes.old is not None and not _is_significant(attributes.obj, attributes.old):
                return
            metadata, spec = attributes.obj["metadata"], attributes.obj["spec"]
            self._enforce(attributes, _policy(namespace, "enforce"))
        else:
            template = attributes.obj
            for field in TEMPLATES[attributes.kind.name]:
                template = template.get(field) or {}
            metadata, spec = template.get("metadata") or {}, template.get("spec") or {}
        policy = _policy(namespace, "warn")
        found = violations(policy.level, self._minor(policy), metadata, spec)
        if found:
            attributes.warnings.append(f'would violate PodSecurity "{policy}": {details(found)}')

    def _enforce(self, attributes: Attributes, policy: Policy) -> None:
        pod = attributes.obj
        found = violations(policy.level, self._minor(policy), pod["metadata"], pod["spec"])
        if found:
            why = f'violates PodSecurity "{policy}": {details(found)}'
            raise errors.forbidden(attributes.kind, pod["metadata"]["name"], why)

    def _minor(self, policy: Policy) -> int:
        mine = int(self.server.version.split(".")[1])
        return mine if policy.version == LATEST else min(mine, int(policy.version.split(".")[1]))

    # namespaces

    def _validate_namespace(self, attributes: Attributes) -> None:
        new, old = attributes.obj, attributes.old
        wrong = _wrong_labels(new)
        if wrong and (old is None or wrong != _wrong_labels(old)):
            raise errors.invalid(attributes.kind, new["metadata"]["name"], wrong)
        if old is None or wrong:
            return
        policy, before = _policy(new, "enforce"), _policy(old, "enforce")
        relaxed = LEVELS.index(policy.level) <= LEVELS.index(before.level)
        if policy == before or policy.level == PRIVILEGED or (policy.version == before.version and relaxed):
            return
        attributes.warnings += self._warnings(new["metadata"]["name"], policy)

    def _warnings(self, namespace: str, policy: Policy) -> list[str]:
        """Returns what of the Pods that are there a new policy would not allow."""
        pods = self.server.store.indexed(Pod.prefix, "namespace", namespace)
        names: dict[str, list[str]] = {}
        for pod in pods[:MOST_CHECKED]:
            found = violations(policy.level, self._minor(policy), pod["metadata"], pod["spec"])
            if found:
                names.setdefault(reasons(found), []).append(pod["metadata"]["name"])
        if not names:
            return []
        told = sorted(f"{_named(sorted(found))}: {reason}" for reason, found in names.items())
        return [f'existing pods in namespace "{namespace}" violate the new PodSecurity enforce level "{policy}"', *told]


def _named(names: list[str]) -> str:
    others = len(names) - 1
    if not others:
        return names[0]
    return f"{names[0]} (and {others} other pod{'s' if others > 1 else ''})"


def _has_labels(namespace: Object) -> bool:
    return any(name.startswith(PREFIX) for name in labels_of(namespace))


def _policy(namespace: Object, mode: str) -> Policy:
    """Returns what a mode of a namespace asks for; what cannot be read holds to the strictest level for enforcement."""
    labels = labels_of(namespace)
    level, version = labels.get(PREFIX + mode, PRIVILEGED), labels.get(f"{PREFIX}{mode}-version", LATEST)
    if mode == "warn" and PREFIX + mode not in labels:
        enforced = _policy(namespace, "enforce")
        return enforced if enforced.level != PRIVILEGED else Policy(level, version)
    if level not in LEVELS:
        level = LEVELS[-1] if mode == "enforce" else PRIVILEGED
    return Policy(level, version if _is_version(version) else LATEST)


def _is_version(text: str) -> bool:
    return text == LATEST or re.fullmatch(r"v1\.(0|[1-9][0-9]{0,2})", text) is not None


def _wrong_labels(namespace: Object) -> list[Cause]:
    wrong = []
    for mode in ("enforce", "audit", "warn"):
        labels = labels_of(namespace)
        level, version = labels.get(PREFIX + mode), labels.get(f"{PREFIX}{mode}-version")
        if level is not None and level not in LEVELS:
            why = f'Invalid value: "{level}": must be one of {", ".join(LEVELS)}'
            wrong.append(Cause("FieldValueInvalid", why, f"metadata.labels[{PREFIX}{mode}]"))
        if version is not None and not _is_version(version):
            why = f'Invalid value: "{version}": must be "latest" or "v1.x"'
            wrong.append(Cause("FieldValueInvalid", why, f"metadata.labels[{PREFIX}{mode}-version]"))
    return wrong


def _is_significant(new: Object, old: Object) -> bool:
    """Tells whether an update changes what is checked: images, or containers that join."""
    return _images(new) != _images(old)


def _images(pod: Object) -> list[tuple[str, str]]:
    spec = pod["spec"]
    fields = ("initContainers", "containers", "ephemeralContainers")
    return [(one["name"], one.get("image", "")) for field in fields for one in spec.get(field) or ()]
