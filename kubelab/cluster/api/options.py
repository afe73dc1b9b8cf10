"""What may be asked besides the object itself: dryRun, propagationPolicy.

Source: k8s.io/apimachinery/pkg/apis/meta/v1/validation/validation.go.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from kubelab.cluster.api import errors
from kubelab.cluster.api.request import Request
from kubelab.cluster.kinds.kind import Cause, Kind

POLICIES = ("Foreground", "Background", "Orphan")
OPTIONS = {"create": "CreateOptions", "update": "UpdateOptions", "patch": "PatchOptions"}


def check_options(request: Request, version: str) -> None:
    """Lets a request pass whose options make sense.

    Raises:
        Invalid: one of them has a value that there is not.
    """
    body = request.body if request.verb in ("delete", "deletecollection") and isinstance(request.body, dict) else {}
    given = {**body, **request.options}
    causes: list[Cause] = []
    dry_run = given.get("dryRun") or []
    asked = [dry_run] if isinstance(dry_run, str) else list(dry_run)
    if asked not in ([], ["All"]):
        quoted = ", ".join(f'"{found}"' for found in asked)
        shown = json.dumps(asked) if version >= "1.34" else f"[]string{{{quoted}}}"
        causes.append(_unsupported("dryRun", shown, ["All"]))
    policy = given.get("propagationPolicy")
    if policy and policy not in POLICIES:
        causes.append(_unsupported("propagationPolicy", f'"{policy}"', [*POLICIES, "nil"]))
    if causes:
        name = OPTIONS.get(request.verb, "DeleteOptions")
        raise errors.invalid(Kind("meta.k8s.io", "v1", name, name.lower()), "", causes)


def _unsupported(field: str, shown: str, supported: Sequence[str]) -> Cause:
    listed = ", ".join(f'"{found}"' for found in supported)
    return Cause("FieldValueNotSupported", f"Unsupported value: {shown}: supported values: {listed}", field)
