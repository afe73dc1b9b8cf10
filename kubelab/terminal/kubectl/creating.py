"""What the generators of `kubectl create` share: the name, the dry run, the request, the line that is printed.

The rules of kubectl/pkg/cmd/create; each generator has a file of its own in `commands/`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from kubelab.cluster.api.errors import ApiError
from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.changing import LAST_APPLIED, dry_run, validation, with_annotation, write_options
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.printers.json import compact_json
from kubelab.terminal.kubectl.printers.output import printer
from kubelab.terminal.kubectl.printers.structs import as_struct
from kubelab.terminal.kubectl.shared_flags import DRY_RUN, OUTPUT, SAVE_CONFIG, VALIDATE, field_manager

if TYPE_CHECKING:
    from kubelab.terminal.kubectl.call import Call

CREATION = (*OUTPUT, SAVE_CONFIG, VALIDATE, DRY_RUN, field_manager("kubectl-create"))


def one_name(call: Call) -> str:
    """Returns the NAME argument.

    Raises:
        UsageError: there is none, or there are several.
    """
    dash = call.flags.dash
    count = len(call.args) if dash == -1 else dash
    if count != 1:
        raise call.usage(f"exactly one NAME is required, got {count}")
    return call.args[0]


class Creation:
    """One object that is to be created.

    Raises:
        CommandError: the name or a flag is wrong.
    """

    def __init__(self, call: Call) -> None:
        self.call = call
        self.name = one_name(call)
        self.dry = dry_run(call)
        self._print = printer(call, "created", dry_run=self.dry, typed=True)
        self._validation = validation(call)

    @property
    def command(self) -> list[str]:
        """What stands after the name: the words of a container's command."""
        return self.call.args[1:]

    def metadata(self, **more: Any) -> Object:
        """Returns the object's metadata; the namespace only where it was asked for."""
        metadata: Object = {"name": self.name}
        if self.call.explicit_namespace:
            metadata["namespace"] = self.call.namespace
        return metadata | {field: value for field, value in more.items() if value}

    def create(self, obj: Object, failing: str = "", joint: str = ": ") -> None:
        """Creates the object, unless it is a dry run, and prints it.

        Args:
            failing: what stands before the server's words when it refuses, and `joint` between the two.

        Raises:
            ApiError, CommandError: the server refuses.
        """
        write = struct_writer(self.call, obj)
        if self.call.flags.on("save-config"):
            obj = with_annotation(obj, LAST_APPLIED, compact_json(write(obj), as_is=True) + "\n")
        if self.dry != "client":
            obj = self._send(obj, failing + joint if failing else "")
        self._print(write(obj))

    def _send(self, obj: Object, failing: str) -> Object:
        call = self.call
        kind = call.kinds.by_gvk(obj["apiVersion"], obj["kind"])
        if kind is None:
            raise CommandError(f"{failing}the server could not find the requested resource")
        options = write_options(call, dry=self.dry, validate=self._validation)
        try:
            return call.api.call("create", kind, call.namespace, options=options, body=obj)
        except ApiError as error:
            if not failing:
                raise
            raise CommandError(f"{failing}{error.message}") from None


def struct_writer(call: Call, obj: Object) -> Callable[[Object], Object]:
    """Returns what brings an object of the same kind as `obj` into the form of its Go struct."""
    cluster = call.ctx.machine.cluster
    kind = cluster.resources.by_gvk(obj["apiVersion"], obj["kind"])
    if kind is None:
        return lambda obj: obj
    return lambda obj: as_struct(cluster.version, kind, obj)
