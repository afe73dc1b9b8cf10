"""Kinds that guard the API or extend it: how they stand in a table.

Source: pkg/printers/internalversion/printers.go; for APIServices their own columns.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kubelab.cluster.ages import age, human_duration
from kubelab.cluster.kinds.causes import invalid
from kubelab.cluster.kinds.kind import Cause, Column
from kubelab.cluster.objects import Object, controller_ref

NAME, AGE = Column("Name", format="name"), Column("Age")


def webhooks_row(configuration: Object, now: float) -> list[Any]:
    """Returns the cells of a webhook configuration's row."""
    return [configuration["metadata"]["name"], len(configuration.get("webhooks") or ()), age(configuration, now)]


def _policy_row(rules: str) -> Callable[[Object, float], list[Any]]:
    def row(policy: Object, now: float) -> list[Any]:
        spec = policy.get("spec") or {}
        kind = spec.get("paramKind")
        params = f"{kind.get('apiVersion', '')}/{kind.get('kind', '')}" if kind else "<unset>"
        return [policy["metadata"]["name"], len(spec.get(rules) or ()), params, age(policy, now)]

    return row


def policy_binding_row(binding: Object, now: float) -> list[Any]:
    """Returns the cells of the row of an admission policy's binding."""
    spec = binding.get("spec") or {}
    reference = spec.get("paramRef") or {}
    parts = [reference.get("namespace") or "", reference.get("name") or "*"]
    params = "/".join(part for part in parts if part) if reference else "<unset>"
    return [binding["metadata"]["name"], spec.get("policyName", ""), params, age(binding, now)]


def apiservice_row(service: Object, now: float) -> list[Any]:
    """Returns the cells of an APIService's row."""
    reference = (service.get("spec") or {}).get("service")
    conditions = (service.get("status") or {}).get("conditions") or ()
    found = next((c for c in conditions if c["type"] == "Available"), None)
    text = "Unknown" if found is None else found["status"]
    if found is not None and text == "False":
        text = f"False ({found.get('reason', '')})"
    local = f"{reference['namespace']}/{reference['name']}" if reference else "Local"
    return [service["metadata"]["name"], local, text, age(service, now)]


def validate_apiservice(service: Object) -> list[Cause]:
    """Returns what is wrong with an APIService's name (k8s.io/kube-aggregator, pkg/apis/apiregistration/validation)."""
    spec, name = service["spec"], service["metadata"].get("name", "")
    required = f"{spec.get('version', '')}.{spec.get('group', '')}"
    if not name or name == required:
        return []
    return [invalid("metadata.name", name, f'must be `spec.version+"."+spec.group`: "{required}"')]


def request_row(request: Object, now: float) -> list[Any]:
    """Returns the cells of a CertificateSigningRequest's row."""
    spec, status = request.get("spec") or {}, request.get("status") or {}
    seconds = spec.get("expirationSeconds")
    types = {found["type"] for found in status.get("conditions") or ()}
    text = "Denied" if "Denied" in types else "Approved" if "Approved" in types else "Pending"
    text += (",Failed" if "Failed" in types else "") + (",Issued" if status.get("certificate") else "")
    return [
        request["metadata"]["name"],
        age(request, now),
        spec.get("signerName") or "<none>",
        spec.get("username", ""),
        "<none>" if seconds is None else human_duration(seconds),
        text,
    ]


def revision_row(revision: Object, now: float) -> list[Any]:
    """Returns the cells of a ControllerRevision's row."""
    owner = controller_ref(revision)
    name = "<none>"
    if owner is not None:
        group = owner["apiVersion"].rpartition("/")[0]
        name = f"{owner['kind'].lower()}{f'.{group}' if group else ''}/{owner['name']}"
    return [revision["metadata"]["name"], name, revision.get("revision", 0), age(revision, now)]


def _columns(*names: str) -> tuple[Column, ...]:
    return (NAME, *(Column(name) for name in names))


_WEBHOOKS = {"columns": _columns("Webhooks", "Age"), "row": webhooks_row}
_BINDING = {"columns": _columns("PolicyName", "ParamRef", "Age"), "row": policy_binding_row}
_REQUEST = ("Age", "SignerName", "Requestor", "RequestedDuration", "Condition")

RULES: dict[str, dict[str, Any]] = {
    "MutatingWebhookConfiguration": _WEBHOOKS,
    "ValidatingWebhookConfiguration": _WEBHOOKS,
    "ValidatingAdmissionPolicy": {
        "columns": _columns("Validations", "ParamKind", "Age"),
        "row": _policy_row("validations"),
    },
    "MutatingAdmissionPolicy": {"columns": _columns("Mutations", "ParamKind", "Age"), "row": _policy_row("mutations")},
    "ValidatingAdmissionPolicyBinding": _BINDING,
    "MutatingAdmissionPolicyBinding": _BINDING,
    "APIService": {
        "columns": _columns("Service", "Available", "Age"),
        "row": apiservice_row,
        "validate": validate_apiservice,
    },
    "CertificateSigningRequest": {"columns": _columns(*_REQUEST), "row": request_row},
    "ControllerRevision": {"columns": _columns("Controller", "Revision", "Age"), "row": revision_row},
}
