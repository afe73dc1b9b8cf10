"""The output formats of kubectl get beyond tables."""

from __future__ import annotations

from kubelab.cluster.file_errors import FileError
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.printers.custom_columns import CustomColumnsPrinter, columns_of, columns_of_template
from kubelab.terminal.kubectl.printers.output import FORMATS, Print, allowed, no_printer, printer
from kubelab.terminal.kubectl.printers.tabwriter import TabWriter

OUTPUT_FORMATS = (
    "json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, "
    "jsonpath-file, custom-columns, custom-columns-file, wide"
)
ALLOWED = (*FORMATS, "custom-columns", "custom-columns-file", "wide")


def is_human(call: Call) -> bool:
    """Tells whether a table is asked for."""
    form = call.flags.text("output")
    return form == "wide" or not (form or call.flags.text("template"))


def generic_printer(call: Call) -> Print:
    """Returns what prints objects, or the list of them, in any format but a table's.

    Raises:
        CommandError: there is no such format.
    """
    form = call.flags.text("output")
    if form.startswith("custom-columns"):
        return _custom_columns(call, form)
    try:
        return printer(call)
    except CommandError as error:
        if error.message.startswith("unable to match a printer"):
            raise no_printer(form, allowed(call, *ALLOWED)) from None
        raise


def _custom_columns(call: Call, form: str) -> Print:
    kind, _, spec = form.partition("=")
    if kind not in ("custom-columns", "custom-columns-file"):
        raise no_printer(form, allowed(call, *ALLOWED))
    spec = spec or call.flags.text("template")
    if not spec:
        raise CommandError("custom-columns format specified but no custom columns given")
    if kind == "custom-columns-file":
        try:
            text = call.ctx.read_file(spec)
        except FileError as error:
            raise CommandError(f"error reading template {spec}, open {spec}: {error.reason.lower()}\n") from None
        columns = CustomColumnsPrinter(columns_of_template(text), call.flags.on("no-headers"))
    else:
        columns = CustomColumnsPrinter(columns_of(spec), call.flags.on("no-headers"))
    out = TabWriter(call.out)

    def show(obj: dict[str, object]) -> None:
        columns.print(obj, out)
        out.flush()

    return show
