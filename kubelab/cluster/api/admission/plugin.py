"""What an admission plugin is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Object
from kubelab.cluster.user import User

if TYPE_CHECKING:
    from kubelab.cluster.api.server import ApiServer


@dataclass
class Attributes:
    """What is being written: `old` is None for a creation."""

    kind: Kind
    obj: Object
    old: Object | None
    user: User
    dry_run: bool = False
    warnings: list[str] = field(default_factory=list)  # what is told to the client besides
    subresource: str = ""
    deletes: bool = False

    @property
    def operation(self) -> str:
        """What is done: CREATE, UPDATE or DELETE."""
        return "DELETE" if self.deletes else "CREATE" if self.old is None else "UPDATE"

    @property
    def namespace(self) -> str:
        """The namespace that is written to, "" for none."""
        return str(self.obj["metadata"].get("namespace", ""))


class Plugin:
    """A rule about what is written."""

    name: ClassVar[str] = ""
    kinds: ClassVar[tuple[str, ...]] = ()  # the only ones that it ever has to do with; none for all
    late: ClassVar[bool] = False  # whether it changes what the others have made
    by_template: ClassVar[bool] = False  # whether it lets all Pods of a template pass that one user makes, or none

    def __init__(self, server: ApiServer) -> None:
        self.server = server

    def concerns(self, attributes: Attributes) -> bool:
        """Tells whether the plugin has anything to do with this write."""
        return True

    def looked_at(self, attributes: Attributes) -> list[object]:
        """Returns the objects that decide, besides a Pod's spec, what `mutate` makes of that spec."""
        return []

    def mutate(self, attributes: Attributes) -> Object:
        """Returns what is to be stored instead."""
        return attributes.obj

    def mutate_again(self, attributes: Attributes) -> Object:
        """Returns what is to be stored instead of what a late plugin has changed, and others after it."""
        return attributes.obj

    def validate(self, attributes: Attributes) -> None:
        """Lets the write pass.

        Raises:
            Forbidden: if it may not be.
        """

    def validate_deletion(self, kind: Kind, obj: Object) -> None:
        """Lets a deletion pass.

        Raises:
            Forbidden: if it may not be.
        """

    def validate_deletion_by(self, kind: Kind, obj: Object, user: User) -> None:
        """Lets a deletion pass that a user asks for.

        Raises:
            Forbidden: if it may not be.
        """
