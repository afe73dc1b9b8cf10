"""What a kind of object is: its names, where it is stored, and the rules that its own file adds.

Source: kubernetes.io, reference/using-api/api-concepts; storage prefixes as kube-apiserver's etcd has them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from kubelab.cluster.objects import Key, Object

ALL_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")


class Cause(NamedTuple):
    """One thing that is wrong with an object (field.Error)."""

    reason: str  # FieldValueInvalid, FieldValueRequired ...
    message: str
    field: str
    go: str = ""  # the message before v1.34, where that shows a value in Go's syntax instead of JSON


class Column(NamedTuple):
    """One column of the server's Table."""

    name: str
    type: str = "string"
    priority: int = 0  # above 0: only with -o wide
    format: str = ""
    description: str = ""


Default = Callable[[Object], Object]
Validate = Callable[[Object], list[Cause]]
ValidateUpdate = Callable[[Object, Object], list[Cause]]  # new, old
Row = Callable[[Object, float], list[Any]]  # object, now -> cells


class Newer(NamedTuple):
    """How a kind stands in a table from a minor version on."""

    since: int
    columns: Sequence[Column]
    row: Row


@dataclass(frozen=True, eq=False)
class Kind:
    """A kind that the API serves.

    `default`, `validate` and the others are the kind's own rules; None where it has none beyond its schema.
    """

    group: str
    version: str
    name: str
    plural: str
    namespaced: bool = True
    singular: str = ""
    short_names: Sequence[str] = ()
    categories: Sequence[str] = ()
    subresources: Sequence[str] = ()
    verbs: Sequence[str] = ALL_VERBS
    storage: str = ""  # the storage prefix where it is not simply the plural
    schema: str = ""  # the definition's name in the schema package
    default: Default | None = None
    prepare_create: Default | None = None
    prepare_update: Callable[[Object, Object], Object] | None = None
    validate: Validate | None = None
    validate_update: ValidateUpdate | None = None
    columns: Sequence[Column] = ()
    row: Row | None = None
    newer: Newer | None = None
    field_labels: Sequence[str] = ()  # field selectors beyond metadata.name and metadata.namespace
    prefix: str = field(init=False, default="")

    def __post_init__(self) -> None:
        object.__setattr__(self, "singular", self.singular or self.name.lower())
        object.__setattr__(self, "prefix", f"/registry/{self.storage or self.plural}/")

    @property
    def api_version(self) -> str:
        """The apiVersion of its objects: "v1", "apps/v1"."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def list_name(self) -> str:
        """The kind of its lists."""
        return f"{self.name}List"

    @property
    def resource(self) -> str:
        """Its resource with its group, as messages name it: "pods", "deployments.apps"."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    def path(self, key: Key) -> str:
        """Returns the storage key of one object."""
        return f"{self.prefix}{key.namespace}/{key.name}" if key.namespace else self.prefix + key.name
