"""Which resources a patch or a builtin transformation is meant for (kustomize's api/types/selector.go)."""

from __future__ import annotations

import re

from kubelab.cluster.objects import Object
from kubelab.cluster.selectors import SelectorError, parse_labels
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.kustomization.resource import DEFAULT_NAMESPACE, Resource


def selected(resources: list[Resource], wanted: Object) -> list[Resource]:
    """Returns the resources that a selector means: by regular expressions, labels and annotations.

    Raises:
        CommandError: it cannot be read.
    """
    return [resource for resource in resources if _is_meant(resource, wanted)]


def _is_meant(resource: Resource, wanted: Object) -> bool:
    mine = {"group": resource.group, "version": resource.version, "kind": resource.kind_name}
    if not all(_matches(wanted.get(field), [value]) for field, value in mine.items()):
        return False
    if not _matches(wanted.get("name"), [identity.name for identity in resource.identities]):
        return False
    spaces = [identity.namespace or DEFAULT_NAMESPACE for identity in resource.identities]
    if not _matches(wanted.get("namespace"), spaces):
        return False
    metadata = resource.object.get("metadata") or {}
    fields = (("labelSelector", "labels"), ("annotationSelector", "annotations"))
    return all(_selects(wanted.get(selector), metadata.get(field) or {}) for selector, field in fields)


def _matches(pattern: str | None, values: list[str]) -> bool:
    if not pattern:
        return True
    try:
        return any(re.fullmatch(pattern, value) for value in values)
    except re.error as error:
        why = "missing closing )" if "unterminated subpattern" in error.msg else error.msg
        raise CommandError(f"error parsing regexp: {why}: `^(?:{pattern})$`") from None


def _selects(selector: str | None, labels: dict[str, str]) -> bool:
    if not selector:
        return True
    try:
        return parse_labels(selector).matches(labels)
    except SelectorError as error:
        raise CommandError(str(error)) from None
