"""One REST call and its answer, free of any transport."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Key
from kubelab.cluster.user import ADMIN, User

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_MERGE_PATCH = "application/strategic-merge-patch+json"
APPLY_PATCH = "application/apply-patch+yaml"


@dataclass(frozen=True)
class Undecoded:
    """A body that cannot be read: the server says so once it has looked at who asks for what.

    Args:
        why: in the decoder's words.
        shown: how the body begins, as messages show it.
    """

    why: str
    shown: str = ""


@dataclass(frozen=True)
class Request:
    """What is asked of the API server.

    Args:
        verb: get, list, watch, create, update, patch, delete or deletecollection.
        options: the query parameters by their REST names.
        body: the decoded body; a list for a JSON patch, `Undecoded` where it cannot be read.
        doubled: the paths of fields that the body has twice.
        content_type: tells the patch types apart.
        accept: "" for the object itself, "Table" or "PartialObjectMetadata".
        user_agent: its part before the slash is the default field manager.
        in_pieces: whether a long list may be answered as a Listing, which is to be made in pieces.
    """

    verb: str
    kind: Kind
    namespace: str = ""
    name: str = ""
    subresource: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    content_type: str = "application/json"
    accept: str = ""
    user: User = ADMIN
    user_agent: str = ""
    in_pieces: bool = False
    doubled: Sequence[str] = ()

    @property
    def key(self) -> Key:
        """The key of the object that is meant."""
        return Key(self.namespace if self.kind.namespaced else "", self.name)

    @property
    def dry_run(self) -> bool:
        """Tells whether nothing is to be stored; a deletion may say so in its DeleteOptions."""
        said = self.body if self.verb in ("delete", "deletecollection") and isinstance(self.body, dict) else {}
        return "All" in self.options.get("dryRun", "") or "All" in (said.get("dryRun") or ())

    @property
    def manager(self) -> str:
        """The field manager of a write."""
        return self.options.get("fieldManager") or self.user_agent.split("/")[0] or "unknown"


@dataclass
class Response:
    """The server's answer: an object, the text of a log, or a long list that is still to be made."""

    object: Any
    code: int = 200
    warnings: list[str] = field(default_factory=list)


def succeeded(code: int, warnings: list[str]) -> Response:
    """Returns the answer to what was done and leaves no object to show."""
    status = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": code}
    return Response(status, code, warnings)
