"""The named formats that expressions in CEL may ask about: `format.dns1123Label().validate(name)`.

Source: kubernetes.io, reference/using-api/cel, "Kubernetes Format library"; k8s.io/apiserver/pkg/cel/library/format.go.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kubelab.cluster.expressions.signatures import FORMAT, FORMAT_NAMES
from kubelab.cluster.expressions.values import NO_OVERLOAD, NONE, Failure, Opaque, Optional
from kubelab.cluster.kinds import names
from kubelab.cluster.kinds.formats import is_of_format

Check = Callable[[str], list[str]]


def _prefix(check: Check) -> Check:
    """What generateName may be: a dash at its end is followed by something."""
    return lambda text: check(f"{text[:-1]}a" if len(text) > 1 and text.endswith("-") else text)


def _of_format(name: str, why: str) -> Check:
    return lambda text: [] if is_of_format(text, name) else [why]


CHECKS: dict[str, Check] = {
    "dns1123Label": names.dns_label,
    "dns1123Subdomain": names.dns_subdomain,
    "dns1035Label": names.dns1035_label,
    "qualifiedName": names.qualified_name,
    "labelValue": names.label_value,
    "dns1123LabelPrefix": _prefix(names.dns_label),
    "dns1123SubdomainPrefix": _prefix(names.dns_subdomain),
    "dns1035LabelPrefix": _prefix(names.dns1035_label),
    "uri": _of_format("uri", "invalid URI format"),
    "uuid": _of_format("uuid", "does not match the UUID format"),
    "byte": _of_format("byte", "invalid base64"),
    "date": _of_format("date", "invalid date"),
    "datetime": _of_format("datetime", "invalid datetime"),
}


def _named(name: Any) -> Optional:
    return Optional(Opaque(FORMAT, name, name)) if name in CHECKS else NONE


def _validate(one: Any, text: Any) -> Optional:
    if not isinstance(one, Opaque) or one.kind != FORMAT or not isinstance(text, str):
        raise Failure(NO_OVERLOAD)
    wrong = CHECKS[one.text](text)
    return Optional(wrong) if wrong else NONE


def _format(name: str) -> Callable[[], Opaque]:
    return lambda: Opaque(FORMAT, name, name)


FORMAT_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "format.named": _named,
    "validate": _validate,
    **{f"format.{name}": _format(name) for name in FORMAT_NAMES},
}
