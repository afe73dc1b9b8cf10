"""Checks the expressions of each ValidatingAdmissionPolicy against the schemas of the kinds that it is for.

What it finds are warnings in the policy's status, and change nothing else.
Source: pkg/controller/validatingadmissionpolicystatus; k8s.io/apiserver/pkg/admission/plugin/policy/validating
(typechecking.go).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from kubelab.cluster.component import itself
from kubelab.cluster.controllers.controller import Controller, service_account
from kubelab.cluster.expressions.declared import Declared, declared
from kubelab.cluster.expressions.environments import admission
from kubelab.cluster.expressions.signatures import ANY
from kubelab.cluster.kinds import ValidatingAdmissionPolicy
from kubelab.cluster.kinds.admissionpolicies import Expressions
from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Key, Object, with_status
from kubelab.cluster.schema.definitions import name_of
from kubelab.cluster.schema.structural import followed, structural

MOST_KINDS = 10  # that a policy is checked against


class ValidatingAdmissionPolicyStatusController(Controller):
    """Keeps the status of ValidatingAdmissionPolicies."""

    name = "validatingadmissionpolicy-status"
    user = service_account("validatingadmissionpolicy-status-controller")
    watches = {ValidatingAdmissionPolicy: itself}

    def reconcile(self, key: str) -> None:
        """Writes which generation was looked at, and what there is to warn of."""
        policy = self.api.get(ValidatingAdmissionPolicy, Key.parse(key))
        if policy is None:
            return
        generation = policy["metadata"].get("generation", 1)
        if (policy.get("status") or {}).get("observedGeneration") == generation:
            return
        warnings = self._warnings(policy["spec"])
        checked: Object = {"expressionWarnings": warnings} if warnings else {}
        self.api.update_status(
            ValidatingAdmissionPolicy, with_status(policy, observedGeneration=generation, typeChecking=checked)
        )

    def _warnings(self, spec: Object) -> list[Object]:
        """Returns what the compiler finds wrong with the validations, for each of the kinds."""
        params = self._declared_as(spec["paramKind"]) if spec.get("paramKind") else None
        kinds = [(kind, seen) for kind in self._kinds(spec) if (seen := self._declared(kind)) is not None]
        checks = [(kind, self._expressions(spec, seen, params)) for kind, seen in kinds]
        found = []
        for place, validation in enumerate(spec.get("validations") or ()):
            for field in ("expression", "messageExpression"):
                if not validation.get(field):
                    continue
                wrong = [(kind, expressions.wrong_with(validation[field])) for kind, expressions in checks]
                said = [f"{_named(kind)}: {why.removeprefix('compilation failed: ')}\n" for kind, why in wrong if why]
                if said:
                    found.append({"fieldRef": f"spec.validations[{place}].{field}", "warning": "\n".join(said)})
        return found

    def _expressions(self, spec: Object, seen: Declared, params: Declared | None) -> Expressions:
        base = admission(ANY, params=params is not None)
        variables = {**base.variables, "object": seen.type, "oldObject": seen.type}
        objects = {**base.objects, **dict(seen.objects())}
        if params is not None:
            variables["params"] = params.type
            objects |= dict(params.objects())
        expressions = Expressions(spec, ANY, environment=replace(base, variables=variables, objects=objects))
        for variable in spec.get("variables") or ():
            expressions.declare(variable["name"], variable["expression"])
        return expressions

    # kinds and their schemas

    def _kinds(self, spec: Object) -> list[Kind]:
        """Returns the kinds that a policy names plainly, sorted by their names."""
        found: dict[tuple[str, str, str], Kind] = {}
        for rule in (spec.get("matchConstraints") or {}).get("resourceRules") or ():
            for kind in self._of_rule(rule):
                if len(found) < MOST_KINDS:
                    found[kind.group, kind.version, kind.name] = kind
        return [found[name] for name in sorted(found)]

    def _of_rule(self, rule: Object) -> Iterator[Kind]:
        groups, versions = rule.get("apiGroups") or (), rule.get("apiVersions") or ()
        if any("*" in one for one in (*groups, *versions)):
            return
        plain = sorted(one for one in rule.get("resources") or () if "*" not in one and "/" not in one)
        for group in sorted(groups):
            for version in sorted(versions):
                for plural in plain:
                    kind = self.api.server.resources.by_resource(group, version, plural)
                    if kind is not None:
                        yield kind

    def _declared_as(self, named: Object) -> Declared | None:
        kind = self.api.server.resources.by_gvk(named.get("apiVersion", ""), named.get("kind", ""))
        return self._declared(kind) if kind is not None else None

    def _declared(self, kind: Kind) -> Declared | None:
        version = self.api.server.version
        schema: dict[str, Any] = {}
        if kind.custom is not None:
            schema = followed(version, kind.custom.definition)
        elif (definition := name_of(version, kind.group, kind.version, kind.name)) is not None:
            schema = structural(version, definition)
        name = f"{kind.name}{zlib.crc32(_named(kind).encode()) % 10**9}"
        return declared(schema, name, root=True) if schema else None


def _named(kind: Kind) -> str:
    """Names a kind as Go's GroupVersionKind does: "apps/v1, Kind=Deployment"."""
    return f"{kind.group}/{kind.version}, Kind={kind.name}"
