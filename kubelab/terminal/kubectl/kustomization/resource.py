"""A resource while it is built: the object, what it was called before, and whether its name gets a hash."""

from __future__ import annotations

from dataclasses import dataclass, field

from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Object, with_metadata


@dataclass
class Resource:
    """One object of a kustomization.

    Args:
        kind: None for kinds that the cluster does not serve.
        hashed: its name is to end in a hash of its content.
        names: the names and namespaces that it had, the original one first.
    """

    object: Object
    kind: Kind | None
    hashed: bool = False
    names: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.names = self.names or [(self.namespace, self.name)]

    @property
    def name(self) -> str:
        """Its name now."""
        return str((self.object.get("metadata") or {}).get("name", ""))

    @property
    def namespace(self) -> str:
        """Its namespace now."""
        return str((self.object.get("metadata") or {}).get("namespace", ""))

    @property
    def kind_name(self) -> str:
        """The kind that it says it is."""
        return str(self.object.get("kind", ""))

    @property
    def namespaced(self) -> bool:
        """Whether it lives in a namespace; kinds that nobody knows do."""
        return self.kind is None or self.kind.namespaced

    @property
    def identity(self) -> str:
        """How kustomize's errors name it: Deployment.v1.apps/web.[noNs]."""
        group, _, version = str(self.object.get("apiVersion", "")).rpartition("/")
        namespace, name = self.names[0]
        return f"{self.kind_name}.{version or '[noVer]'}.{group or '[noGrp]'}/{name}.{namespace or '[noNs]'}"

    def was(self, name: str) -> bool:
        """Tells whether it has or had that name."""
        return name == self.name or any(name == before for _, before in self.names)

    def rename(self, *, name: str | None = None, namespace: str | None = None) -> None:
        """Changes its name or its namespace, and remembers what they were."""
        if name is not None:
            self.object = with_metadata(self.object, name=name)
        if namespace is not None:
            self.object = with_metadata(self.object, namespace=namespace)
        self.names.append((self.namespace, self.name))
