"""What may be asked of a kind, and besides the object itself: dryRun, fieldManager, fieldValidation, propagationPolicy.

Source: k8s.io/apimachinery/pkg/apis/meta/v1/validation/validation.go.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from kubelab.cluster.api import errors
from kubelab.cluster.api.bodies import whole_number
from kubelab.cluster.api.request import APPLY_PATCH, Request
from kubelab.cluster.kinds.causes import forbidden, invalid, required
from kubelab.cluster.kinds.kind import Cause, Kind

POLICIES = ("Foreground", "Background", "Orphan")
WRITES = ("create", "update", "patch", "delete", "deletecollection")
VALIDATIONS = ("", "Ignore", "Strict", "Warn")
LONGEST_MANAGER = 128  # bytes
OPTIONS = {"create": "CreateOptions", "update": "UpdateOptions", "patch": "PatchOptions"}


def check_options(request: Request, version: str) -> None:
    """Lets a request pass whose options make sense.

    Raises:
        BadRequest: a number is none.
        MethodNotAllowed: the kind has no such verb, or not for all its objects at once.
        Invalid: one of them has a value that there is not.
    """
    _check_verb(request)
    if request.verb in ("list", "watch", "deletecollection") and request.options.get("timeoutSeconds"):
        whole_number(request.options["timeoutSeconds"])
    body = request.body if request.verb in ("delete", "deletecollection") and isinstance(request.body, dict) else {}
    given = {**body, **request.options}
    causes = _manager_causes(request) if request.verb in OPTIONS else []
    dry_run = given.get("dryRun") or []
    asked = [dry_run] if isinstance(dry_run, str) else list(dry_run)
    if asked not in ([], ["All"]):
        quoted = ", ".join(f'"{found}"' for found in asked)
        shown = json.dumps(asked) if version >= "1.34" else f"[]string{{{quoted}}}"
        causes.append(_unsupported("dryRun", shown, ["All"]))
    validation = request.options.get("fieldValidation", "")
    if request.verb in OPTIONS and validation not in VALIDATIONS:
        causes.append(_unsupported("fieldValidation", f'"{validation}"', VALIDATIONS))
    policy = given.get("propagationPolicy")
    if policy and policy not in POLICIES:
        causes.append(_unsupported("propagationPolicy", f'"{policy}"', [*POLICIES, "nil"]))
    if causes:
        name = OPTIONS.get(request.verb, "DeleteOptions")
        raise errors.invalid(Kind("meta.k8s.io", "v1", name, name.lower()), "", causes)


def _check_verb(request: Request) -> None:
    kind, verb = request.kind, request.verb
    if request.subresource or kind.custom is not None or verb not in WRITES:
        return
    if verb not in kind.verbs or (verb in ("update", "patch") and not request.name):
        raise errors.MethodNotAllowed("the server does not allow this method on the requested resource")


def _manager_causes(request: Request) -> list[Cause]:
    """Returns what is wrong with the name of a field manager, and with when it may force."""
    manager, causes = request.options.get("fieldManager", ""), list[Cause]()
    if request.verb == "patch" and request.content_type != APPLY_PATCH:
        if "force" in request.options:
            causes.append(forbidden("force", "may not be specified for non-apply patch"))
    elif request.verb == "patch" and not manager:
        causes.append(required("fieldManager", "is required for apply patch"))
    if len(manager) > LONGEST_MANAGER:
        why = f"Too long: may not be more than {LONGEST_MANAGER} bytes"
        causes.append(Cause("FieldValueTooLong", why, "fieldManager"))
    if not manager.isprintable():
        causes.append(invalid("fieldManager", manager, "should only contain printable characters"))
    return causes


def _unsupported(field: str, shown: str, supported: Sequence[str]) -> Cause:
    listed = ", ".join(f'"{found}"' for found in supported)
    return Cause("FieldValueNotSupported", f"Unsupported value: {shown}: supported values: {listed}", field)
