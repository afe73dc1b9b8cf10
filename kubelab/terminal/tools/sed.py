"""sed: edits lines as they pass. Source: GNU sed."""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import Any

from kubelab.cluster.file_errors import FileError
from kubelab.terminal.inputs import Inputs, gather
from kubelab.terminal.options import Given, Usage, refuse
from kubelab.terminal.regular import RegularFault
from kubelab.terminal.sed.editor import Editor, Quit, Stopped
from kubelab.terminal.sed.script import Missing, Script, ScriptFault, read_script
from kubelab.terminal.shell.streams import packed, unpacked
from kubelab.terminal.tool import Context, Exit, Sleep, Steps, Wait, tool

USAGE = Usage("""
Usage: sed [OPTION]... {script-only-if-no-other-script} [input-file]...
Edit files, or standard input, line by line.

  -n, --quiet, --silent              lines are written only when the script says so
  -e, --expression=script            add to the script
  -f, --file=script-file             add a file to the script
  -E, -r, --regexp-extended          extended regular expressions
  -i[SUFFIX], --in-place[=SUFFIX]    edit the files themselves; keep copies with SUFFIX
  -l N, --line-length=N              nothing
  -s, --separate                     each file for itself
  -u, --unbuffered                   nothing: lines are written at once
      --posix                        nothing
      --sandbox                      nothing
      --debug                        nothing
""", not_simulated="-z --null-data -b --binary --follow-symlinks", reminds=True)  # fmt: skip


@tool("sed")
def sed(ctx: Context) -> Steps:
    """sed [-nEsi] [-e script] [-f file] [script] [file ...]"""
    given = USAGE.parse(ctx)
    operands = list(given.operands)
    files = yield from gather(ctx, given.all("f"), lambda path, error: f"couldn't open file {path}: {error.reason}")
    if None in files:
        return 1
    script = _script(ctx, given, operands, [text or "" for text in files])
    try:
        if given.has("i"):
            return _in_place(ctx, given, script, operands)
        return (yield from _streaming(ctx, given, script, operands))
    except (RegularFault, Stopped) as fault:
        raise Exit(1, f"sed: {'-e expression #1, char 0: ' if 'previous' in str(fault) else ''}{fault}\n") from None


def _script(ctx: Context, given: Given, operands: list[str], files: list[str]) -> Script:
    parts = []
    for key, value in given.options:
        if key == "-e":
            parts.append(value)
        elif key == "-f":
            text = files.pop(0)
            parts.append(text.removesuffix("\n"))
    if not given.has("e", "f"):
        if not operands:
            ctx.error(USAGE.text)
            raise Exit(1)
        parts.append(operands.pop(0))
    text = "\n".join(parts)
    try:
        return read_script(text, extended=given.has("E"))
    except ScriptFault as fault:
        where = f"file {given.value('f')} line 1" if given.has("f") else f"-e expression #{len(parts)}, {fault}"
        if given.has("f"):
            where += f": {re.sub(r'^char [0-9]+: ', '', str(fault))}"
        elif str(fault).startswith("can't find label"):
            where = str(fault)
        raise Exit(4 if "label for jump" in where else 1, f"sed: {where}\n") from None
    except Missing as missing:
        refuse(ctx, str(missing))


def _complaint(path: str, error: FileError) -> str:
    if error.code == "EISDIR":
        raise Exit(4, f"sed: read error on {path}: {error.reason}\n")
    return f"can't read {path}: {error.reason}"


def _editor(ctx: Context, given: Given, script: Script, kept: dict[str, Any]) -> Editor:
    def read(path: str) -> str:
        try:
            return ctx.read_file(path)
        except FileError:
            return ""

    def write(path: str, text: str) -> None:
        if path == "/dev/stderr":
            ctx.error(text)
        else:
            ctx.files.append(ctx.path(path), text)

    if "wrote" not in ctx.state:
        ctx.state["wrote"] = True
        for command in script.commands:
            if command.name in "swW" and command.text and not command.text.startswith("/dev/std"):
                ctx.files.write(ctx.path(command.text), "")
    return Editor(script, kept, quiet=given.has("n"), extended=given.has("E"), read=read, write=write)


def _lines(text: str) -> list[str]:
    lines = [line + "\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]


def _streaming(ctx: Context, given: Given, script: Script, operands: list[str]) -> Generator[Wait, Any, int]:
    state = ctx.state
    kept = _restored(state)
    editor = _editor(ctx, given, script, kept)
    inputs = Inputs(ctx, operands, complaint=_complaint)
    lines = _lines(unpacked(state.get("left", "")))
    while True:
        chunk = yield from inputs.next()
        if chunk is not None:
            if lines and not lines[-1].endswith("\n") and chunk.text:
                lines[-1] += "\n"
            lines += _lines(chunk.text)
        more = chunk is not None and not (given.has("s") and chunk.last)
        editor.name = chunk.name if chunk is not None else "-"
        try:
            text, used = editor.feed(lines, more=more)
        except Quit as end:
            ctx.write("".join(editor.out))
            if ctx.stdin.kind == "file" and not operands:
                ctx.stdin.unread("".join(lines[editor.at :]))
            return end.status
        ctx.write(text)
        lines = lines[used:]
        if chunk is None:
            return 2 if inputs.failed else 0
        state.update(left=packed("".join(lines)), kept=dict(kept, hold=packed(kept["hold"])))
        yield Sleep(ctx.now)


def _restored(state: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = dict(state.get("kept", {}))
    if "hold" in kept:
        kept["hold"] = unpacked(kept["hold"])
        kept["ranges"] = dict(kept["ranges"])
    return kept


def _in_place(ctx: Context, given: Given, script: Script, operands: list[str]) -> int:
    if not operands:
        raise Exit(1, "sed: no input files\n")
    status = 0
    for path in operands:
        full = ctx.path(path)
        if ctx.files.is_dir(full):
            status = 4
            ctx.complain(f"couldn't edit {path}: not a regular file")
            continue
        try:
            before = ctx.files.read(full)
        except FileError as error:
            status = 2 if error.code == "ENOENT" else 4
            ctx.complain(f"can't read {path}: {error.reason}")
            continue
        editor = _editor(ctx, given, script, {})
        lines, ended = _lines(before), None
        try:
            text, _used = editor.feed(lines, more=False)
        except Quit as end:
            text, ended = "".join(editor.out), end.status
        suffix = given.value("i")
        if suffix:
            copy = suffix.replace("*", path.rpartition("/")[2]) if "*" in suffix else path + suffix
            ctx.files.write(ctx.path(copy), before)
        if not ctx.files.may(full.rpartition("/")[0] or "/", "write"):
            raise Exit(
                4,
                f"sed: couldn't open temporary file {path.rpartition('/')[0] or '.'}/sed{6 * 'X'}: Permission denied\n",
            )
        ctx.files.write(full, text)
        if ended is not None:
            return ended
    return status
