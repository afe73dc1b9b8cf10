"""CustomResourceDefinitions and the kinds that they define: schemas, defaults, rules in CEL, columns.

Source: kubernetes.io, tasks/extend-kubernetes/custom-resources/custom-resource-definitions.
"""

from __future__ import annotations

from typing import Any

from kubelab.cluster.kinds.apiextensions import definition
from kubelab.cluster.kinds.rbac import CREATED, created_row

RULES: dict[str, dict[str, Any]] = {
    "CustomResourceDefinition": {
        "default": definition.default,
        "prepare_create": definition.prepare_create,
        "prepare_update": definition.prepare_update,
        "prepare_delete": definition.prepare_delete,
        "validate_in": definition.causes,
        "validate_update": definition.update_causes,
        "columns": CREATED,
        "row": created_row,
    }
}
