"""`-o` of the commands that change or show objects: json, yaml, kyaml, name, templates, or a line of what was done.

The rules of cli-runtime's genericclioptions/print_flags.go and the printers below it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from kubelab.cluster.file_errors import FileError
from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.golang import quote
from kubelab.terminal.kubectl.printers.gotemplate import Template, TemplateError
from kubelab.terminal.kubectl.printers.gotemplate import debugging as template_debugging
from kubelab.terminal.kubectl.printers.json import compact_json, to_json
from kubelab.terminal.kubectl.printers.jsonpath import JSONPath, debugging
from kubelab.terminal.kubectl.printers.jsonpath_parser import JSONPathError
from kubelab.terminal.kubectl.printers.kyaml import to_kyaml
from kubelab.terminal.kubectl.printers.yaml import to_yaml

if TYPE_CHECKING:
    from kubelab.terminal.kubectl.call import Call

Print = Callable[[Object], None]
DRY_RUN_WORDS = {"client": " (dry run)", "server": " (server dry run)"}
TEMPLATE_FORMATS = (
    "go-template",
    "go-template-file",
    "template",
    "templatefile",
    "jsonpath",
    "jsonpath-as-json",
    "jsonpath-file",
)
FORMATS = ("json", "yaml", "name", *TEMPLATE_FORMATS)
_KYAML_SINCE = 35


def name_of(obj: Object) -> str:
    """Returns how an object is named on a line: "pod/web", "deployment.apps/web"."""
    group, slash, _ = obj.get("apiVersion", "").rpartition("/")
    kind = f"{obj['kind']}.{group}" if slash else obj["kind"]
    return f"{kind.lower()}/{obj['metadata'].get('name') or '<unknown>'}"


def printer(call: Call, operation: str = "", *, dry_run: str = "", typed: bool = False, default: str = "") -> Print:
    """Returns what prints an object as `-o` says.

    Args:
        operation: what was done, for the line that is printed without -o: "created".
        dry_run: "client" or "server" when nothing was really done.
        typed: the objects' fields stand in the order of their Go struct; JSON keeps it.
        default: the format without -o.

    Raises:
        CommandError: there is no such format, or its template is wrong.
    """
    form = call.flags.text("output") or default
    if not form and call.flags.text("template"):
        form = "go-template"
    if not form or form == "name":
        return _lines(call, "" if form else f" {operation}{DRY_RUN_WORDS.get(dry_run, '')}".rstrip())
    if form == "json":
        return lambda obj: call.say(to_json(_shown(call, obj), as_is=typed))
    if form == "yaml":
        return _yaml(call)
    if form == "kyaml" and has_kyaml(call):
        return lambda obj: call.out(to_kyaml(_shown(call, obj), as_is=typed))
    template = template_printer(call, form)
    if template is None:
        raise no_printer(form, allowed(call, *FORMATS))
    return template


def has_kyaml(call: Call) -> bool:
    """Tells whether this kubectl has -o kyaml; 1.34 has where the environment asks for it."""
    wanted = call.ctx.env.get("KUBECTL_KYAML", "").lower()
    return wanted != "false" if call.minor >= _KYAML_SINCE else call.minor == _KYAML_SINCE - 1 and wanted == "true"


def allowed(call: Call, *formats: str) -> tuple[str, ...]:
    """Returns the formats, and kyaml where this kubectl has it."""
    return (*formats, "kyaml") if has_kyaml(call) else formats


def no_printer(form: str, formats: tuple[str, ...]) -> CommandError:
    """Returns the error for an unknown format."""
    return CommandError(
        f"unable to match a printer suitable for the output format {quote(form)}, allowed formats are: "
        + ",".join(sorted(formats))
    )


def _lines(call: Call, words: str) -> Print:
    def show(obj: Object) -> None:
        for item in obj["items"] if is_list(obj) else (obj,):
            call.out(f"{name_of(item)}{words}\n")

    return show


def is_list(obj: Object) -> bool:
    """Tells whether an object is a list of others."""
    return isinstance(obj.get("items"), list) and str(obj.get("kind", "")).endswith("List")


def _yaml(call: Call) -> Print:
    printed = 0

    def show(obj: Object) -> None:
        nonlocal printed
        if printed:
            call.out("---\n")
        printed += 1
        call.out(to_yaml(_shown(call, obj)))

    return show


def _shown(call: Call, obj: Object) -> Object:
    if call.flags.has("show-managed-fields") and call.flags.on("show-managed-fields"):
        return obj
    return without_managed_fields(obj)


def without_managed_fields(obj: Object) -> Object:
    """Returns an object, or a list, without who manages its fields."""
    if is_list(obj):
        return {**obj, "items": [without_managed_fields(item) for item in obj["items"]]}
    metadata = obj.get("metadata")
    if not metadata or "managedFields" not in metadata:
        return obj
    return {**obj, "metadata": {key: value for key, value in metadata.items() if key != "managedFields"}}


def template_printer(call: Call, form: str) -> Print | None:
    """Returns what prints by a JSONPath or Go template, None for a format that is none of these."""
    kind, equals, text = form.partition("=")
    if kind not in TEMPLATE_FORMATS:
        return None
    if not equals or not text:
        text = call.flags.text("template")
        if not text:
            raise CommandError("template format specified but no template given")
    if kind.endswith("file"):
        text = _template_file(call, text)
    strict = not call.flags.on("allow-missing-template-keys")
    if kind.startswith("jsonpath"):
        return _jsonpath(call, text, strict, kind == "jsonpath-as-json")
    return _go_template(call, text, strict)


def _template_file(call: Call, path: str) -> str:
    try:
        return call.ctx.read_file(path)
    except FileError as error:
        raise CommandError(f"error reading --template {path}, open {path}: {error.reason.lower()}") from None


def _jsonpath(call: Call, text: str, strict: bool, as_json: bool) -> Print:
    try:
        template = JSONPath(text, allow_missing=not strict, as_json=as_json)
    except JSONPathError as error:
        raise CommandError(f"error parsing jsonpath {text}, {error}") from None

    def show(obj: Object) -> None:
        try:
            call.out(template.apply(obj))
        except JSONPathError as error:
            raise CommandError(debugging(text, error, obj)) from None

    return show


def _go_template(call: Call, text: str, strict: bool) -> Print:
    try:
        template = Template(text, strict=strict)
    except TemplateError as error:
        raise CommandError(f"error parsing template {text}, {error}") from None

    def show(obj: Object) -> None:
        try:
            call.out(template.apply(obj))
        except TemplateError as error:
            call.out(error.written)
            call.out(template_debugging(text, error, compact_json(obj), obj))
            raise CommandError(f"error executing template {quote(text)}: {error}") from None

    return show
