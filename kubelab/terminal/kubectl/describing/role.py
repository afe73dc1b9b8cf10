"""kubectl describe role and clusterrole: rules taken apart, those of one resource together (kubectl/pkg/util/rbac)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.describing.description import Description
from kubelab.terminal.kubectl.describing.metadata import head, marks
from kubelab.terminal.kubectl.golang import go_text


class Rule(NamedTuple):
    """What may be done with one resource, one named object of it, or one URL."""

    group: str
    resource: str
    name: str
    url: str


def describe(out: Description, role: Object) -> None:
    """Writes the description of a Role or ClusterRole."""
    head(out, role, namespaced=False)
    marks(out, role)
    out.heading("PolicyRule")
    out.header(("Resources", "Non-Resource URLs", "Resource Names", "Verbs"))
    for rule, verbs in compact(role.get("rules") or ()):
        urls, names = [rule.url] if rule.url else [], [rule.name] if rule.name else []
        out.row((_resource(rule), go_text(urls), go_text(names), go_text(verbs)))


def compact(rules: Sequence[Object]) -> list[tuple[Rule, list[str]]]:
    """Returns the rules by resource, each with its verbs, in the order in which kubectl tells them."""
    by_resource: dict[Rule, list[str]] = {}
    urls: list[tuple[Rule, list[str]]] = []
    for rule in rules:
        for part, verb in _parts(rule):
            if part.url:
                urls.append((part, [verb]))
            else:
                by_resource.setdefault(part, []).append(verb)
    return sorted([*urls, *by_resource.items()], key=lambda each: _printed(*each))


def _parts(rule: Object) -> Iterator[tuple[Rule, str]]:
    for group in rule.get("apiGroups") or ():
        for resource in rule.get("resources") or ():
            for verb in rule.get("verbs") or ():
                for name in rule.get("resourceNames") or ("",):
                    yield Rule(group, resource, name, ""), verb
    for url in rule.get("nonResourceURLs") or ():
        for verb in rule.get("verbs") or ():
            yield Rule("", "", "", url), verb


def _printed(rule: Rule, verbs: list[str]) -> str:
    """Returns a rule as Go prints it: rules are sorted by that text."""
    groups = "[]" if rule.url else f"[{rule.group}]"
    return (
        f"&PolicyRule{{Verbs:[{' '.join(verbs)}],APIGroups:{groups},Resources:[{rule.resource}],"
        f"ResourceNames:[{rule.name}],NonResourceURLs:[{rule.url}],}}"
    )


def _resource(rule: Rule) -> str:
    resource, slash, subresource = rule.resource.partition("/")
    return f"{resource}{f'.{rule.group}' if rule.group else ''}{slash}{subresource}"


DESCRIBERS = {"Role": describe, "ClusterRole": describe}
