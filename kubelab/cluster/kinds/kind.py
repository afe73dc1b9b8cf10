"""What a kind of object is: its names, where it is stored, and the rules that its own file adds.

Source: kubernetes.io, reference/using-api/api-concepts; storage prefixes as kube-apiserver's etcd has them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
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
ValidateIn = Callable[[Object, Object | None, int], list[Cause]]  # new, old, the cluster's minor version
Row = Callable[[Object, float], list[Any]]  # object, now -> cells


class Newer(NamedTuple):
    """How a kind stands in a table from a minor version on."""

    since: int
    columns: Sequence[Column]
    row: Row


@dataclass(frozen=True)
class Custom:
    """What a CustomResourceDefinition says of a version of its kind.

    Args:
        definition: its schema as OpenAPI tells it.
        decode: returns a body without the fields that the schema does not know, and adds these to a list.
        read: returns a stored object as this version shows it.
        storage_version: the apiVersion that its objects are stored with.
        scale: the JSON paths of its scale subresource.
        deprecation: what its users are warned of.
        converts: whether objects of another version can be shown; a webhook would have to do it where not.
    """

    definition: Object
    decode: Callable[[Object, list[str]], Object]
    read: Default
    storage_version: str
    list_name: str
    scale: Object | None = None
    deprecation: str = ""
    converts: bool = True


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
    prepare_delete: Callable[[Object, str], Object] | None = None  # object, timestamp
    validate: Validate | None = None
    validate_update: ValidateUpdate | None = None
    validate_in: ValidateIn | None = None  # instead of `validate`, where versions differ in what is right
    validate_subresource: Mapping[str, ValidateUpdate] = field(default_factory=dict)
    columns: Sequence[Column] = ()
    row: Row | None = None
    newer: Newer | None = None
    rank: Callable[[Object], Any] | None = None  # by which rows of a table are sorted; without: as listed
    field_labels: Sequence[str] = ()  # field selectors beyond metadata.name and metadata.namespace
    custom: Custom | None = None  # of a kind that a CRD defines; `validate` then checks creations only
    prefix: str = field(init=False, default="")

    def __post_init__(self) -> None:
        object.__setattr__(self, "singular", self.singular or self.name.lower())
        object.__setattr__(self, "prefix", f"/registry/{self.storage or self.plural}/")

    @cached_property
    def api_version(self) -> str:
        """The apiVersion of its objects: "v1", "apps/v1"."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def list_name(self) -> str:
        """The kind of its lists."""
        return self.custom.list_name if self.custom is not None else f"{self.name}List"

    @property
    def resource(self) -> str:
        """Its resource with its group, as messages name it: "pods", "deployments.apps"."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    def path(self, key: Key) -> str:
        """Returns the storage key of one object."""
        return f"{self.prefix}{key.namespace}/{key.name}" if key.namespace else self.prefix + key.name
