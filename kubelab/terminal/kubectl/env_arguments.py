"""Environment variables on kubectl's command line: `A=b`, `A-`, `-` (kubectl/pkg/cmd/set/env)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.data_sources import env_name_problems
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.golang import quote

if TYPE_CHECKING:
    from kubelab.terminal.kubectl.call import Call

_NOT_IN_A_NAME = re.compile(r"[^a-zA-Z0-9_]")


def split_environment(call: Call) -> tuple[list[str], list[str]]:
    """Splits the arguments into those that name objects and those that are variables.

    Raises:
        CommandError: an object is named after a variable.
    """
    resources: list[str] = []
    variables: list[str] = []
    for word in call.args:
        if "=" in word or word.endswith("-"):
            variables.append(word)
        elif variables:
            raise CommandError(f"all resources must be specified before environment changes: {' '.join(call.args)}")
        else:
            resources.append(word)
    return resources, variables


def parse_environment(call: Call, words: Sequence[str]) -> tuple[list[Object], list[str]]:
    """Returns the variables to set and the names of those to take away.

    Raises:
        CommandError: a word is neither, or a name is in both.
    """
    variables: list[Object] = []
    remove: list[str] = []
    for word in words:
        name, equals, value = word.partition("=")
        if word == "-":
            variables += _lines(call.stdin)
        elif equals:
            wrong = env_name_problems(name)
            if wrong:
                raise CommandError(f"{quote(name)} is not a valid key name: {';'.join(wrong)}")
            variables.append({"name": name, "value": value})
        elif word.endswith("-"):
            remove.append(word[:-1])
        else:
            raise CommandError(f"unknown environment variable: {word}")
    names = {variable["name"] for variable in variables}
    if any(name in names for name in remove):
        raise CommandError("can not both modify and remove the same environment variable in the same command")
    return variables, remove


def _lines(text: str) -> list[Object]:
    variables: list[Object] = []
    for line in text.splitlines():
        before = line.partition("#")[0]
        if "=" in before and before.strip():
            name, _, value = before.partition("=")
            variables.append({"name": name, "value": value})
    return variables


def imported(call: Call, source: Object, keys: Sequence[str], prefix: str) -> list[Object]:
    """Returns a variable for each key of a ConfigMap or a Secret.

    Raises:
        CommandError: it is neither.
    """
    if source["kind"] not in ("ConfigMap", "Secret"):
        raise CommandError("unsupported resource specified in --from")
    field = "configMapKeyRef" if source["kind"] == "ConfigMap" else "secretKeyRef"
    variables: list[Object] = []
    for key in sorted(source.get("data") or {}):
        if keys and key not in keys:
            continue
        name = _NOT_IN_A_NAME.sub("_", key).upper()
        if name != key:
            call.err(f"Warning: key {key} transferred to {name}\n")
        variables.append(
            {"name": prefix + name, "valueFrom": {field: {"name": source["metadata"]["name"], "key": key}}}
        )
    return variables


def updated(existing: Sequence[Object], variables: Sequence[Object], remove: Sequence[str]) -> list[Object]:
    """Returns a container's variables with some put, in their old places where they have one, and some taken away."""
    new = {variable["name"]: variable for variable in variables}
    kept = [new.pop(variable["name"], variable) for variable in existing if variable["name"] not in remove]
    return [*kept, *(variable for name, variable in new.items() if name not in remove)]


def reference(source: Object) -> str:
    """Returns how a variable's source is told of."""
    for field, words in (("configMapKeyRef", "configmap"), ("secretKeyRef", "secret")):
        if field in source:
            return f"{words} {source[field]['name']}, key {source[field]['key']}"
    if "resourceFieldRef" in source:
        container = source["resourceFieldRef"].get("containerName")
        return f"resource field {container + '/' if container else ''}{source['resourceFieldRef']['resource']}"
    if "fieldRef" in source:
        return f"field path {source['fieldRef']['fieldPath']}"
    return "invalid valueFrom"
