"""The loop of `kubectl edit`: a temporary file, an editor, and what became of the file (kubectl's editor package).

Everything that is needed to go on after a wait stands in the call's state.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Generator, Sequence
from typing import TYPE_CHECKING, Any

from kubelab.cluster.api.errors import ApiError
from kubelab.cluster.file_errors import FileError
from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.changing import validation
from kubelab.terminal.kubectl.errors import CommandError, Exit, Failures
from kubelab.terminal.kubectl.golang import quote
from kubelab.terminal.kubectl.manifests import YamlError, load_yaml
from kubelab.terminal.kubectl.printers.json import to_json
from kubelab.terminal.kubectl.printers.output import no_printer
from kubelab.terminal.kubectl.printers.yaml import to_yaml
from kubelab.terminal.kubectl.resources import PROBLEMS, Builder, Info
from kubelab.terminal.kubectl.sources import Source, identity_problem
from kubelab.terminal.tool import Edit, Steps

if TYPE_CHECKING:
    from kubelab.terminal.kubectl.call import Call
    from kubelab.terminal.tool import Wait

_HEADER = """\
# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
"""
_APPLIED_HEADER = """\
# Please edit the 'last-applied-configuration' annotations below.
# Lines beginning with a '#' will be ignored, and an empty file will abort the edit.
#
"""
_PAGE_EDITORS = ("vi", "vim", "nano", "edit", "emacs", "pico")
_Waits = Generator["Wait", Any, None]


class Outcome:
    """What the server said to one round of edits."""

    def __init__(self) -> None:
        self.reasons: list[list[Any]] = []  # why the file is opened again: a line, and items below it
        self.again = False
        self.retryable = 0
        self.missing = 0

    def add(self, error: ApiError, info: Info) -> str:
        """Takes an error and returns how it is told."""
        subject = f"{info.kind.resource} {quote(info.name)}"
        if error.reason == "Invalid":
            causes = error.details.get("causes") or ()
            lines = [f"{cause.get('field', '')}: {cause.get('message', '')}" for cause in causes]
            self.reasons.append([f"{subject} was not valid", lines])
            self.again = True
            return f"error: {subject} is invalid"
        if error.reason == "NotFound":
            self.missing += 1
            return f"error: {subject} could not be found on the server"
        self.retryable += 1
        return f"error: {subject} could not be patched: {error.message}"


# the edited objects, what the server said to them -> nothing
Save = Callable[[list[Info], Outcome], None]


def edit(call: Call, objects: Sequence[Object], save: Save, *, applied: bool = False) -> Steps:
    """Lets the learner edit objects until they are saved or given up.

    Args:
        save: sends what was edited.
        applied: it is the last-applied configuration that is edited.

    Raises:
        CommandError: the edit came to nothing; the file is kept then.
    """
    state = call.state.setdefault("edit", {"reasons": [], "edited": None, "original": "", "failed": False})
    state["first"] = _subject(call, objects[0])
    if call.flags.text("output") not in ("", "json", "yaml"):
        raise no_printer(call.flags.text("output"), ("json", "yaml"))
    while True:
        if "file" not in state:
            _begin(call, state, objects, applied)
        yield from _launch(call, state["file"])
        if _finish(call, state, save):
            return 0


def _subject(call: Call, obj: Object) -> str:
    kind = call.kinds.by_gvk(obj["apiVersion"], obj["kind"])
    resource = kind.resource if kind is not None else obj["kind"].lower()
    return f"{resource} {quote(obj['metadata'].get('name', ''))}"


def _begin(call: Call, state: Object, objects: Sequence[Object], applied: bool) -> None:
    """Writes the file that the editor is to open."""
    as_json = call.flags.text("output") == "json"
    header = "" if as_json else _header(state["reasons"], applied)
    if state["failed"]:
        text = header + _without_comments(state["edited"])
    else:
        whole = objects[0] if len(objects) == 1 else {
            "apiVersion": "v1", "items": list(objects), "kind": "List", "metadata": {},
        }  # fmt: skip
        text = header + (to_json(whole) + "\n" if as_json else to_yaml(whole))
        state["original"] = text
    if call.flags.on("windows-line-endings"):
        text = text.replace("\n", "\r\n")
    state["before"] = state["edited"]
    cluster = call.ctx.machine.cluster
    number = cluster.random.index(2**32, "edit", cluster.store.revision, call.ctx.now, state.get("count", 0))
    state["count"] = state.get("count", 0) + 1
    state["file"] = f"/tmp/kubectl-edit-{number}{'.json' if as_json else '.yaml'}"
    call.ctx.files.write(state["file"], text)


def _header(reasons: list[list[Any]], applied: bool) -> str:
    lines = [_APPLIED_HEADER if applied else _HEADER]
    for head, items in reasons:
        lines.append(f"# {_commented(head)}{':' if items else ''}\n")
        lines += [f"# * {_commented(item)}\n" for item in items]
        lines.append("#\n")
    return "".join(lines)


def _commented(text: str) -> str:
    head, *lines = text.split("\n")
    return "".join((head, *(f"\n# {line}" if line and not line.startswith("#") else f"\n{line}" for line in lines)))


def _launch(call: Call, path: str) -> _Waits:
    """Opens $KUBE_EDITOR or $EDITOR; the page's editor stands for those that need a terminal."""
    editor = call.ctx.env.get("KUBE_EDITOR") or call.ctx.env.get("EDITOR") or "vi"
    words = editor.split(" ")
    if posixpath.basename(words[0]) in _PAGE_EDITORS:
        if not call.ctx.tty or not call.ctx.stdin_tty:
            raise CommandError(
                f"unable to launch the editor {quote(editor)}: there is no terminal whose page could open its editor"
            )
        yield Edit(path)
        return
    in_shell = any(letter in editor for letter in "\"'\\")
    argv = ["sh", "-c", f'{editor} "{path}"'] if in_shell else [*(word for word in words if word), path]
    code = yield from call.ctx.run(argv)
    if code == 127:
        raise CommandError(f"unable to launch the editor {quote(editor)}")
    if code:
        raise CommandError(f"there was a problem with the editor {quote(editor)}")


def _finish(call: Call, state: Object, save: Save) -> bool:
    """Looks at what was edited and saves it; tells whether that was the end."""
    path = state.pop("file")
    try:
        edited = call.ctx.files.read(path).replace("\r\n", "\n")
    except FileError as error:
        raise CommandError(f"open {path}: {error.reason.lower()}") from None
    plain = _without_comments(edited)
    if state["failed"] and _without_comments(state["before"] or "") == plain:
        raise _kept(call, path, CommandError("Edit cancelled, no valid changes were saved."))
    if state.get("last"):
        _remove(call, state.pop("last"))
    state["edited"] = edited
    state["last"] = path
    problem = _problem(plain) if validation(call) != "Ignore" else ""
    if problem:
        call.err(f"error: {state['first']} is invalid\n")
        text = f'<nil>: Invalid value: "The edited file failed validation": {problem}'
        state |= {"failed": True, "reasons": [[f"{state['first']} was not valid", [text]]]}
        return False
    if _without_comments(state["original"]) == plain:
        return _cancelled(call, path, "Edit cancelled, no changes made.")
    if not plain.strip():
        return _cancelled(call, path, "Edit cancelled, saved file was empty.")
    infos, errors = _parsed(call, plain)
    if errors:
        why = errors[0] if len(errors) == 1 else Failures(errors)
        state |= {"failed": True, "reasons": [[f"The edited file had a syntax error: {why}", []]]}
        return False
    state |= {"failed": False, "reasons": []}
    outcome = Outcome()
    try:
        save(infos, outcome)
    except PROBLEMS as error:
        raise _kept(call, path, error) from None
    return _settled(call, state, path, outcome)


def _problem(text: str) -> str:
    """Returns why a file cannot be what is sent, "" if it can."""
    try:
        return identity_problem(load_yaml(text))
    except YamlError as error:
        return str(error)


def _settled(call: Call, state: Object, path: str, outcome: Outcome) -> bool:
    if outcome.retryable:
        call.err(f"You can run `kubectl replace -f {path}` to try this update again.\n")
        raise Exit
    if outcome.missing:
        call.err(f"The edits you made on deleted resources have been saved to {quote(path)}\n")
        raise Exit
    if not outcome.again:
        _remove(call, path)
        return True
    state |= {"failed": True, "reasons": outcome.reasons}
    return False


def _cancelled(call: Call, path: str, message: str) -> bool:
    _remove(call, path)
    call.err(message + "\n")
    return True


def _kept(call: Call, path: str, error: Exception) -> Exception:
    call.err(f"A copy of your changes has been stored to {quote(path)}\n")
    return error


def _remove(call: Call, path: str) -> None:
    if call.ctx.files.exists(path):
        call.ctx.files.remove(path)


def _parsed(call: Call, text: str) -> tuple[list[Info], list[Exception]]:
    """Reads the edited file, and checks that its objects stay in their namespace."""
    builder = Builder(call, flatten=True, go_on=True, namespace=call.namespace, subresource=_subresource(call))
    return builder.of_sources([Source("edited-file", text)]).infos()


def _subresource(call: Call) -> str:
    return call.flags.text("subresource") if call.flags.has("subresource") else ""


def _without_comments(text: str) -> str:
    """Returns a text without the lines that begin with a `#`."""
    return "".join(line for line in text.splitlines(keepends=True) if not line.lstrip().startswith("#"))
