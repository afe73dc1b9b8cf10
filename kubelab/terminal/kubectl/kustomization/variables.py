"""`vars` of a kustomization: $(NAME) stands for a field of an object (kustomize's api/filters/refvar)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.kustomization.paths import Missing, get, split
from kubelab.terminal.kubectl.kustomization.resource import Identity, Resource
from kubelab.terminal.kubectl.kustomization.specs import Specs
from kubelab.terminal.kubectl.logging import klog_info

if TYPE_CHECKING:
    from kubelab.terminal.kubectl.call import Call

_WORD = re.compile(r"\$\$|\$\(([^()]*)\)")
_NAME_FIELD = "metadata.name"


@dataclass(frozen=True)
class Variable:
    """One variable: its name, the object that it is of, and the field of that."""

    name: str
    of: Identity
    path: str

    def __str__(self) -> str:
        group, version, kind, _, _ = self.of
        return f"{{{self.name} {kind}.{version or '[noVer]'}.{group or '[noGrp]'} {{{self.path}}}}}"


def declared(entries: Sequence[Object], resources: list[Resource], known: Sequence[Variable]) -> list[Variable]:
    """Returns the variables of a kustomization.

    Raises:
        CommandError: there is one of that name already, or it means several objects.
    """
    found: list[Variable] = []
    for entry in entries:
        of = entry.get("objref") or {}
        group, _, version = str(of.get("apiVersion", "")).rpartition("/")
        identity = Identity(
            of.get("group") or group, of.get("version") or version, of.get("kind", ""),
            of.get("namespace", ""), of.get("name", ""),
        )  # fmt: skip
        path = (entry.get("fieldref") or {}).get("fieldPath") or _NAME_FIELD
        variable = Variable(entry.get("name", ""), identity, path)
        if any(each.name == variable.name and each != variable for each in (*known, *found)):
            raise CommandError(f"var '{variable.name}' already encountered")
        found.append(variable)
    return found


def resolve(call: Call, resources: list[Resource], variables: Sequence[Variable], specs: Specs) -> None:
    """Replaces all variables, and tells of those that nobody asked for.

    Raises:
        CommandError: a variable's object or field is not there.
    """
    if not variables:
        return
    values = {variable.name: _value(variable, resources) for variable in variables}
    used: set[str] = set()
    for resource in resources:
        for spec in specs["varReference"]:
            if spec.selects(resource):
                resource.object = spec.changed(resource.object, _expander(values, used))
    unused = [name for name in values if name not in used]
    if unused:
        klog_info(call, "log.go:245", f"well-defined vars that were never replaced: {','.join(unused)}")


def _value(variable: Variable, resources: list[Resource]) -> Any:
    found = [each for each in resources if any(_means(variable.of, identity) for identity in each.identities)]
    if not found:
        raise CommandError(f"var '{variable}' cannot be mapped to a field in the set of known resources")
    try:
        return get(found[0].object, split(variable.path))
    except Missing:
        raise CommandError(f"field specified in var '{variable}' not found in corresponding resource") from None


def _means(wanted: Identity, identity: Identity) -> bool:
    return all(not one or one == other for one, other in zip(wanted, identity, strict=True))


def _expander(values: dict[str, Any], used: set[str]) -> Callable[[Any], Any]:
    def expand(value: Any) -> Any:
        if isinstance(value, list):
            return [expand(item) for item in value]
        if isinstance(value, dict):
            return {key: expand(item) for key, item in value.items()}
        if not isinstance(value, str):
            return value
        whole = _WORD.fullmatch(value)
        if whole is not None and whole[1] in values and not isinstance(values[whole[1]], str):
            used.add(whole[1])
            return values[whole[1]]
        return _WORD.sub(replaced, value)

    def replaced(word: re.Match[str]) -> str:
        name = word[1]
        if name is None:
            return "$"
        if name not in values:
            return word[0]
        used.add(name)
        return str(values[name])

    return expand
