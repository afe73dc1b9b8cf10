"""What names, labels and annotations may be, with the server's words for what they may not.

Source: k8s.io/apimachinery/pkg/util/validation and pkg/api/validation; kubernetes.io,
overview/working-with-objects/names.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from kubelab.cluster.kinds.kind import Cause
from kubelab.cluster.objects import Object, is_being_deleted

_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_DNS1035 = r"[a-z]([-a-z0-9]*[a-z0-9])?"
_QUALIFIED = r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_VALUE = r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?"
_CONFIG_KEY = r"[-._a-zA-Z0-9]+"
_ENV = r"[-._a-zA-Z][-._a-zA-Z0-9]*"
_PATH = re.compile(r"[/%]|^\.{1,2}$")

MOST_ANNOTATIONS = 256 * 1024


def dns_label(name: str) -> list[str]:
    """Returns what is wrong with a DNS-1123 label."""
    wrong = _too_long(name, 63)
    if not re.fullmatch(_LABEL, name):
        wrong.append(
            "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and "
            "end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
            f"'{_LABEL}')"
        )
    return wrong


def dns_subdomain(name: str) -> list[str]:
    """Returns what is wrong with a DNS-1123 subdomain, as most names are."""
    wrong = _too_long(name, 253)
    if not re.fullmatch(_SUBDOMAIN, name):
        wrong.append(
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must "
            "start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
            f"'{_SUBDOMAIN}')"
        )
    return wrong


def dns1035_label(name: str) -> list[str]:
    """Returns what is wrong with a DNS-1035 label, as the names of Services are."""
    wrong = _too_long(name, 63)
    if not re.fullmatch(_DNS1035, name):
        wrong.append(
            "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic "
            "character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for "
            f"validation is '{_DNS1035}')"
        )
    return wrong


def path_segment(name: str) -> list[str]:
    """Returns what is wrong with a name that need only fit into a URL, as those of RBAC objects."""
    if name in (".", ".."):
        return [f"may not be '{name}'"]
    return [f"may not contain '{letter}'" for letter in "/%" if letter in name]


def _too_long(name: str, most: int) -> list[str]:
    return [f"must be no more than {most} characters"] if len(name) > most else []


# How names of a kind are checked where it is not as a subdomain.
_BY_KIND = {
    "Namespace": dns_label,
    "Service": dns1035_label,
    "APIService": path_segment,
    "Role": path_segment,
    "ClusterRole": path_segment,
    "RoleBinding": path_segment,
    "ClusterRoleBinding": path_segment,
}


def metadata_causes(kind: str, obj: Object) -> list[Cause]:
    """Returns what is wrong with an object's name, labels and annotations.

    Args:
        kind: the name of its kind.
    """
    metadata = obj["metadata"]
    check = _BY_KIND.get(kind, dns_subdomain)
    causes = [_invalid("metadata.name", metadata["name"], wrong) for wrong in check(metadata["name"])]
    causes += label_causes(metadata.get("labels") or {}, "metadata.labels")
    causes += _annotation_causes(metadata.get("annotations") or {})
    for name in metadata.get("finalizers") or ():
        causes += [_invalid("metadata.finalizers", name, wrong) for wrong in qualified_name(name)]
    return causes + _owner_causes(metadata.get("ownerReferences") or ())


def _owner_causes(references: Sequence[Object]) -> list[Cause]:
    path, causes, controllers = "metadata.ownerReferences", [], []
    for reference in references:
        version = reference.get("apiVersion", "").rpartition("/")[2]
        if not version:
            causes.append(_invalid(f"{path}.apiVersion", reference.get("apiVersion", ""), "version must not be empty"))
        for field in ("kind", "name", "uid"):
            if not reference.get(field):
                causes.append(_invalid(f"{path}.{field}", "", "must not be empty"))
        if reference.get("controller"):
            controllers.append(reference.get("name", ""))
    if len(controllers) > 1:
        why = (
            'Only one reference can have Controller set to true. Found "true" in references for '
            f"{controllers[0]} and {controllers[1]}"
        )
        shown = json.dumps(references, separators=(",", ":"))
        causes.append(Cause("FieldValueInvalid", f"Invalid value: {shown}: {why}", path))
    return causes


def update_causes(new: Object, old: Object) -> list[Cause]:
    """Returns what is wrong with an update of an object's metadata."""
    if not is_being_deleted(old):
        return []
    before = old["metadata"].get("finalizers") or ()
    added = sorted(name for name in new["metadata"].get("finalizers") or () if name not in before)
    if not added:
        return []
    listed = ", ".join(f'"{name}"' for name in added)
    why = f"no new finalizers can be added if the object is being deleted, found new finalizers []string{{{listed}}}"
    return [Cause("FieldValueForbidden", f"Forbidden: {why}", "metadata.finalizers")]


def _invalid(field: str, value: str, wrong: str) -> Cause:
    return Cause("FieldValueInvalid", f'Invalid value: "{value}": {wrong}', field)


def label_causes(labels: Mapping[str, str], path: str) -> list[Cause]:
    """Returns what is wrong with labels."""
    return [cause for key, value in labels.items() for cause in _label_causes(key, value, path)]


@lru_cache(maxsize=4096)
def _label_causes(key: str, value: str, path: str) -> tuple[Cause, ...]:
    """Remembered: the same few labels come with every Pod of a template."""
    causes = [_invalid(path, key, wrong) for wrong in qualified_name(key)]
    return (*causes, *(_invalid(path, value, wrong) for wrong in label_value(value)))


def label_value(value: str) -> list[str]:
    """Returns what is wrong with the value of a label."""
    wrong = ["must be no more than 63 bytes"] if len(value) > 63 else []
    if not re.fullmatch(_VALUE, value):
        wrong.append(
            "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must "
            "start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for "
            f"validation is '{_VALUE}')"
        )
    return wrong


def qualified_name(key: str) -> list[str]:
    """Returns what is wrong with the key of a label or an annotation."""
    prefix, slash, name = key.rpartition("/")
    wrong = [f"prefix part {found}" for found in dns_subdomain(prefix)] if slash else []
    if not name:
        wrong.append("name part must be non-empty")
    elif len(name) > 63:
        wrong.append("name part must be no more than 63 bytes")
    if not re.fullmatch(_QUALIFIED, name):
        wrong.append(
            "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
            "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
            f"'{_QUALIFIED}')"
        )
    return wrong


def _annotation_causes(annotations: Mapping[str, str]) -> list[Cause]:
    path = "metadata.annotations"
    causes = [_invalid(path, key, wrong) for key in annotations for wrong in qualified_name(key.lower())]
    size = sum(len(key.encode()) + len(value.encode()) for key, value in annotations.items())
    if size > MOST_ANNOTATIONS:
        causes.append(Cause("FieldValueTooLong", f"Too long: may not be more than {MOST_ANNOTATIONS} bytes", path))
    return causes


def config_key(key: str) -> list[str]:
    """Returns what is wrong with a key of a ConfigMap or a Secret."""
    wrong = _too_long(key, 253)
    if not re.fullmatch(_CONFIG_KEY, key):
        wrong.append(
            "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or "
            f"'KEY_NAME',  or 'key-name', regex used for validation is '{_CONFIG_KEY}')"
        )
    if key in (".", ".."):
        wrong.append(f"must not be '{key}'")
    elif key.startswith(".."):
        wrong.append("must not start with '..'")
    return wrong
