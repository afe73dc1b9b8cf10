"""A resource while it is built: the object, what it was called before, and whether its name gets a hash."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Object, with_metadata

DEFAULT_NAMESPACE = "default"


class Identity(NamedTuple):
    """What kustomize knows an object by, now or before."""

    group: str
    version: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return (
            f"{self.kind or '[noKind]'}.{self.version or '[noVer]'}.{self.group or '[noGrp]'}/"
            f"{self.name or '[noName]'}.{self.namespace or '[noNs]'}"
        )

    def is_same(self, other: Identity) -> bool:
        """Tells whether both mean the same object; no namespace is the default one."""
        spaces = self.namespace or DEFAULT_NAMESPACE, other.namespace or DEFAULT_NAMESPACE
        return self._replace(namespace="") == other._replace(namespace="") and spaces[0] == spaces[1]


def identity_of(obj: Object) -> Identity:
    """Returns what an object is known by."""
    group, _, version = str(obj.get("apiVersion", "")).rpartition("/")
    metadata = obj.get("metadata") or {}
    return Identity(
        group, version, str(obj.get("kind", "")), str(metadata.get("namespace", "")), str(metadata.get("name", ""))
    )


@dataclass
class Resource:
    """One object of a kustomization.

    Args:
        kind: None for kinds that the cluster does not serve.
        hashed: its name is to end in a hash of its content.
        before: what it was known by, the original identity first.
        prefixes, suffixes: what its name got, the first one first.
        origin: where it comes from, for `buildMetadata`.
        transformations: what changed it, for `buildMetadata`.
    """

    object: Object
    kind: Kind | None
    hashed: bool = False
    before: list[Identity] = field(default_factory=list)
    prefixes: list[str] = field(default_factory=list)
    suffixes: list[str] = field(default_factory=list)
    origin: Object = field(default_factory=dict)
    transformations: list[Object] = field(default_factory=list)

    @property
    def identity(self) -> Identity:
        """What it is known by now."""
        return identity_of(self.object)

    @property
    def identities(self) -> list[Identity]:
        """What it is and was known by, the original identity first."""
        return [*self.before, self.identity]

    @property
    def original(self) -> Identity:
        """What it was known by at first."""
        return self.identities[0]

    @property
    def name(self) -> str:
        """Its name now."""
        return self.identity.name

    @property
    def namespace(self) -> str:
        """Its namespace now."""
        return self.identity.namespace

    @property
    def kind_name(self) -> str:
        """The kind that it says it is."""
        return str(self.object.get("kind", ""))

    @property
    def group(self) -> str:
        """The group of its apiVersion."""
        return self.identity.group

    @property
    def version(self) -> str:
        """The version of its apiVersion."""
        return self.identity.version

    @property
    def namespaced(self) -> bool:
        """Whether it lives in a namespace; kinds that nobody knows do."""
        return self.kind is None or self.kind.namespaced

    def was(self, name: str) -> bool:
        """Tells whether it has or had that name."""
        return any(name == identity.name for identity in self.identities)

    def remember(self) -> None:
        """Keeps what it is known by, before that changes."""
        self.before.append(self.identity)

    def rename(self, *, name: str | None = None, namespace: str | None = None) -> None:
        """Changes its name or its namespace, and remembers what they were."""
        self.remember()
        if name is not None:
            self.object = with_metadata(self.object, name=name)
        if namespace is not None:
            self.object = with_metadata(self.object, namespace=namespace)
