"""Which revision a list, a get or a watch asks for, and the tokens with which a list goes on.

Source: kubernetes.io, reference/using-api/api-concepts, "Resource versions";
k8s.io/apimachinery/pkg/apis/meta/internalversion/validation; k8s.io/apiserver/pkg/storage (continue.go, errors.go).
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import TYPE_CHECKING

from kubelab.cluster.api import errors
from kubelab.cluster.api.request import Request
from kubelab.cluster.kinds.kind import Cause, Kind

if TYPE_CHECKING:
    from kubelab.cluster.api.server import ApiServer

EXACT, NOT_OLDER = "Exact", "NotOlderThan"
TOKEN = "meta.k8s.io/v1"
LATEST = -1  # in a token: go on with what is there now
_OPTIONS = Kind("meta.k8s.io", "v1", "ListOptions", "listoptions")
_NO_BASE64 = re.compile(r"[^A-Za-z0-9_-]")
_WATCH_LIST_SINCE, _WATCH_LIST_AGAIN = 32, 34  # minor versions whose feature gate WatchList is on


class UnknownRevision(errors.ApiError):
    """A revision that may well exist one day."""

    code = 504
    reason = "Timeout"


class InvalidRevision(errors.ApiError):
    """A revision that is no number; the real server has no reason for it."""

    reason = ""


def check(request: Request, version: str) -> None:
    """Lets a list or a watch pass whose options go together.

    Raises:
        Invalid: they do not.
    """
    causes = _watch_causes(request, version) if request.verb == "watch" else _list_causes(request)
    if causes:
        raise errors.invalid(_OPTIONS, "", causes)


def _list_causes(request: Request) -> list[Cause]:
    options, causes = request.options, []
    if match := options.get("resourceVersionMatch", ""):
        if not options.get("resourceVersion"):
            causes.append(_match("resourceVersionMatch is forbidden unless resourceVersion is provided"))
        if options.get("continue"):
            causes.append(_match("resourceVersionMatch is forbidden when continue is provided"))
        if match not in (EXACT, NOT_OLDER):
            causes.append(_unsupported(match, f'"{EXACT}", "{NOT_OLDER}", ""'))
        if match == EXACT and options.get("resourceVersion") == "0":
            causes.append(_match('resourceVersionMatch "exact" is forbidden for resourceVersion "0"'))
    if "sendInitialEvents" in options:
        causes.append(_forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"))
    return causes


def _watch_causes(request: Request, version: str) -> list[Cause]:
    options, causes = request.options, []
    match, initial = options.get("resourceVersionMatch", ""), "sendInitialEvents" in options
    if initial and match != NOT_OLDER:
        causes.append(_match(f"sendInitialEvents requires setting resourceVersionMatch to {NOT_OLDER}"))
    minor = int(version.partition(".")[2])
    if initial and minor != _WATCH_LIST_SINCE and minor < _WATCH_LIST_AGAIN:
        why = "sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled"
        causes.append(_forbidden("sendInitialEvents", why))
    if match and not initial:
        causes.append(_match("resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"))
    if match and match != NOT_OLDER:
        causes.append(_unsupported(match, f'"{NOT_OLDER}"'))
    if match and options.get("continue"):
        causes.append(_match("resourceVersionMatch is forbidden when continue is provided"))
    return causes


def _match(why: str) -> Cause:
    return _forbidden("resourceVersionMatch", why)


def _forbidden(field: str, why: str) -> Cause:
    return Cause("FieldValueForbidden", f"Forbidden: {why}", field)


def _unsupported(match: str, supported: str) -> Cause:
    message = f'Unsupported value: "{match}": supported values: {supported}'
    return Cause("FieldValueNotSupported", message, "resourceVersionMatch")


def asked(request: Request) -> int:
    """Returns the revision that a request names, 0 for none.

    Raises:
        InvalidRevision: it is no number.
    """
    text = request.options.get("resourceVersion", "")
    if text and not (text.isascii() and text.isdigit() and len(text) <= 20):
        why = f'strconv.ParseUint: parsing "{text}": invalid syntax'
        raise InvalidRevision(f'resourceVersion: Invalid value: "{text}": {why}')
    return int(text or 0)


def known(server: ApiServer, request: Request) -> int:
    """Returns the revision that a request names, once it is there.

    Raises:
        UnknownRevision: it is not there yet.
    """
    revision, current = asked(request), server.store.revision
    if revision > current:
        details = {
            "causes": [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}],
            "retryAfterSeconds": 1,
        }
        raise UnknownRevision(f"Timeout: Too large resource version: {revision}, current: {current}", details)
    return revision


# tokens


def token(revision: int, key: str, prefix: str) -> str:
    """Returns what a client sends back for the next page: what comes after a key."""
    read = {"v": TOKEN, "rv": revision, "start": f"{key.removeprefix(prefix)}\0"}
    return base64.urlsafe_b64encode(json.dumps(read, separators=(",", ":")).encode()).decode().rstrip("=")


def continued(server: ApiServer, request: Request, prefix: str) -> tuple[int, str]:
    """Returns the revision and the key that a list goes on from; 0 and "" for one that begins.

    Raises:
        BadRequest: the token is none of ours.
    """
    text = request.options.get("continue", "")
    if not text:
        return 0, ""
    if request.options.get("resourceVersion", "") not in ("", "0"):
        raise errors.BadRequest("specifying resource version is not allowed when using continue")
    read = _read(text)
    revision, start = read.get("rv"), read.get("start")
    if read.get("v") != TOKEN:
        raise _no_token(f": server does not recognize this encoded version {read.get('v', '')}")
    if not isinstance(revision, int) or revision == 0:
        raise _no_token(f": incorrect encoded start resourceVersion (version {TOKEN})")
    if not isinstance(start, str) or not start:
        raise _no_token(f": encoded start key empty (version {TOKEN})")
    if any(part in ("", ".", "..") for part in start.split("/")):
        raise _no_token(f": {start}")
    if revision > server.store.revision:
        raise errors.InternalError("etcdserver: mvcc: required revision is a future revision")
    return max(revision, LATEST), prefix + start


def _read(text: str) -> dict[str, object]:
    wrong = _NO_BASE64.search(text)
    if wrong is not None:
        raise _no_token(f": illegal base64 data at input byte {wrong.start()}")
    try:
        read = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        raise _no_token(": invalid character") from None
    return read if isinstance(read, dict) else {}


def _no_token(why: str) -> errors.BadRequest:
    return errors.BadRequest(f"invalid continue token: continue key is not valid{why}")
