"""find: files in directories, by what they are. Source: GNU findutils."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from kubelab.cluster.file_errors import FileError
from kubelab.cluster.files import Stat
from kubelab.terminal import regular
from kubelab.terminal.running import problem
from kubelab.terminal.shell.streams import packed, unpacked
from kubelab.terminal.tool import Context, Exit, Steps, Wait, tool
from kubelab.terminal.tools.dialing import Replay
from kubelab.terminal.tools.find_expression import Expression, Node, parse
from kubelab.terminal.tools.find_printf import shown
from kubelab.terminal.tools.ls import blocks, mode_text

HELP = """Usage: find [-L] [PATH...] [EXPRESSION]
Look for files below PATHs (the current directory where none is named).

Tests: -name -iname -path -ipath -regex -iregex -type -size -empty -mtime -mmin -newer -perm -user -group
-readable -writable -executable -true -false. Actions: -print -print0 -printf -ls -delete -prune -quit
-exec COMMAND ; -exec COMMAND {} + -execdir COMMAND ; Options: -maxdepth -mindepth -depth.
Operators: ( ) ! -not -a -and -o -or ,
"""
UNITS = {"c": 1, "w": 2, "b": 512, "": 512, "k": 1024, "M": 1024**2, "G": 1024**3}
TYPES = {"f": "file", "d": "dir", "l": "link", "c": "char", "b": "block", "s": "socket"}


@dataclass
class Found:
    """A file that find looks at."""

    path: str
    start: str
    depth: int
    stat: Stat
    pruned: bool = False
    extra: list[str] = field(default_factory=list)


@tool("find")
def find(ctx: Context) -> Steps:
    """find [path ...] [expression]"""
    if "--help" in ctx.args or "-help" in ctx.args:
        ctx.write(HELP)
        return 0
    expression = parse(ctx.args)
    finder = Finder(ctx, expression)
    for node in expression.commands():
        fault = problem(ctx, node.words[0])
        if fault is not None and not node.together:
            node.fault = f"find: '{node.words[0]}': {fault[1]}\n"
    yield from finder.run()
    return int(ctx.state.get("status", 0))


class Finder:
    """One call of find.

    Args:
        ctx: the command.
        expression: what is looked for, and what is done.
    """

    def __init__(self, ctx: Context, expression: Expression) -> None:
        self.ctx = ctx
        self.expression = expression
        self.files = ctx.files
        self.execs: list[int] = []
        self.replay: Replay | None = None

    def run(self) -> Generator[Wait, Any, None]:
        ctx, state = self.ctx, self.ctx.state
        if "paths" not in state:
            state["paths"] = [[packed(found.path), packed(found.start), found.depth] for found in self._walk()]
        pruned: list[str] = state.setdefault("pruned", [])
        for kept in ctx.each(state["paths"]):
            path, start, depth = unpacked(kept[0]), unpacked(kept[1]), kept[2]
            if any(path.startswith(above) for above in pruned):
                continue
            found = self._look(path, start, depth)
            if found is None or depth < self.expression.least:
                continue
            if self.expression.commands():
                self.replay = Replay(ctx)
                self.execs = list(state.setdefault("execs", []))
            yield from self._holds(self.expression.tree, found)
            if self.replay is not None:
                self.replay.done()
                state.pop("execs", None)
            if found.pruned and not self.expression.depth_first:
                pruned.append(f"{path.rstrip('/')}/")
            if state.get("quit"):
                break
        yield from self._run_together()

    # walking

    def _walk(self) -> Iterator[Found]:
        for start in self.expression.starts:
            found = self._look(start, start, 0)
            if found is None:
                reason = "No such file or directory"
                self.ctx.state["status"] = self.ctx.complain(f"'{start}': {reason}")
            else:
                yield from self._below(found)

    def _below(self, found: Found) -> Iterator[Found]:
        if not self.expression.depth_first:
            yield found
        if found.stat.is_dir and found.depth < self.expression.most:
            try:
                names = self.files.listdir(self.ctx.path(found.path))
            except FileError as error:
                self.ctx.state["status"] = self.ctx.complain(f"'{found.path}': {error.reason}")
                names = []
            stem = found.path if found.path.endswith("/") else f"{found.path}/"
            for name in names:
                below = self._look(stem + name, found.start, found.depth + 1)
                if below is not None:
                    yield from self._below(below)
        if self.expression.depth_first:
            yield found

    def _look(self, path: str, start: str, depth: int) -> Found | None:
        for follow in (True, False) if self.expression.follow else (False,):
            try:
                return Found(path, start, depth, self.files.stat(self.ctx.path(path), follow=follow))
            except FileError:
                continue
        return None

    # deciding

    def _holds(self, node: Node, found: Found) -> Generator[Wait, Any, bool]:
        if node.name == "and":
            return (yield from self._holds(node.parts[0], found)) and (yield from self._holds(node.parts[1], found))
        if node.name == "or":
            return (yield from self._holds(node.parts[0], found)) or (yield from self._holds(node.parts[1], found))
        if node.name == ",":
            yield from self._holds(node.parts[0], found)
            return (yield from self._holds(node.parts[1], found))
        if node.name == "not":
            return not (yield from self._holds(node.parts[0], found))
        if node.name in ("-exec", "-execdir", "-ok"):
            return (yield from self._exec(node, found))
        test = getattr(self, "_" + node.name.lstrip("-"))
        return bool(test(node, found))

    def _exec(self, node: Node, found: Found) -> Generator[Wait, Any, bool]:
        if node.together:
            self.ctx.state.setdefault("together", {}).setdefault(str(node.number), []).append(packed(found.path))
            return True
        if node.fault:
            self.ctx.error(node.fault)
            return False
        if self.execs:
            return self.execs.pop(0) == 0
        argv = [word.replace("{}", found.path) for word in node.words]
        status = yield from self.ctx.run(argv)
        self.ctx.state["execs"].append(status)
        return status == 0

    def _run_together(self) -> Generator[Wait, Any, None]:
        for node in self.expression.commands():
            paths = self.ctx.state.get("together", {}).get(str(node.number), [])
            if paths and node.number not in self.ctx.state.setdefault("ran", []):
                fault = problem(self.ctx, node.words[0])
                if fault is not None:
                    raise Exit(1, f"find: '{node.words[0]}': {fault[1]}\n")
                status = yield from self.ctx.run([*node.words[:-1], *map(unpacked, paths)])
                self.ctx.state["ran"].append(node.number)
                if status:
                    self.ctx.state["status"] = 1

    def _write(self, text: str) -> None:
        if self.replay is not None:
            self.replay.out(text)
        else:
            self.ctx.write(text)

    # actions

    def _print(self, node: Node, found: Found) -> bool:
        self._write(found.path + "\n")
        return True

    def _print0(self, node: Node, found: Found) -> bool:
        self._write(found.path + "\0")
        return True

    def _printf(self, node: Node, found: Found) -> bool:
        self._write(shown(self.ctx, node.words[0], found.path, found.start, found.depth, found.stat))
        return True

    def _ls(self, node: Node, found: Found) -> bool:
        form = "%3n %-8u %-8g %8s %Tb %Td %TH:%TM %p\n"
        self._write(f"{blocks(found.stat):10} {mode_text(found.stat)} "
                    + shown(self.ctx, form, found.path, found.start, found.depth, found.stat))  # fmt: skip
        return True

    def _delete(self, node: Node, found: Found) -> bool:
        if found.path in (".", "./"):
            return True
        try:
            if found.stat.is_dir:
                self.files.rmdir(self.ctx.path(found.path))
            else:
                self.files.remove(self.ctx.path(found.path))
        except FileError as error:
            self.ctx.state["status"] = self.ctx.complain(f"cannot delete '{found.path}': {error.reason}")
            return False
        return True

    def _prune(self, node: Node, found: Found) -> bool:
        found.pruned = True
        return True

    def _quit(self, node: Node, found: Found) -> bool:
        self.ctx.state["quit"] = True
        return True

    # tests

    def _true(self, node: Node, found: Found) -> bool:
        return True

    def _false(self, node: Node, found: Found) -> bool:
        return False

    def _name(self, node: Node, found: Found) -> bool:
        name = found.path.rstrip("/").rpartition("/")[2] or "/"
        return fnmatchcase(name, node.words[0])

    def _iname(self, node: Node, found: Found) -> bool:
        name = found.path.rstrip("/").rpartition("/")[2] or "/"
        return fnmatchcase(name.lower(), node.words[0].lower())

    def _path(self, node: Node, found: Found) -> bool:
        return fnmatchcase(found.path, node.words[0])

    def _ipath(self, node: Node, found: Found) -> bool:
        return fnmatchcase(found.path.lower(), node.words[0].lower())

    def _regex(self, node: Node, found: Found) -> bool:
        try:
            expression = regular.compiled(
                node.words[0],
                basic=self.expression.basic,
                ignore_case=node.name == "-iregex",
                around=r"\A(?:{})\Z",
            )
            return regular.find(expression, found.path) is not None
        except regular.RegularFault as fault:
            raise Exit(1, f"find: {fault}\n") from None

    _iregex = _regex

    def _type(self, node: Node, found: Found) -> bool:
        return found.stat.type in [TYPES.get(letter) for letter in node.words[0].split(",")]

    def _size(self, node: Node, found: Found) -> bool:
        sign, number, unit = node.number_of()
        size = found.stat.size
        return compared(-(-size // UNITS[unit]), sign, number)

    def _empty(self, node: Node, found: Found) -> bool:
        if found.stat.is_dir:
            try:
                return not self.files.listdir(self.ctx.path(found.path))
            except FileError:
                return False
        return found.stat.type == "file" and not found.stat.size

    def _age(self, node: Node, found: Found, seconds: int) -> bool:
        sign, number, _unit = node.number_of()
        return compared(int((self.ctx.now - found.stat.mtime) // seconds), sign, number)

    def _mtime(self, node: Node, found: Found) -> bool:
        return self._age(node, found, 86_400)

    def _mmin(self, node: Node, found: Found) -> bool:
        sign, number, _unit = node.number_of()
        return compared(-(-int(self.ctx.now - found.stat.mtime) // 60), sign, number)

    def _newer(self, node: Node, found: Found) -> bool:
        try:
            return found.stat.mtime > self.files.stat(self.ctx.path(node.words[0])).mtime
        except FileError as error:
            raise Exit(1, f"find: '{node.words[0]}': {error.reason}\n") from None

    def _perm(self, node: Node, found: Found) -> bool:
        text = node.words[0]
        wanted = node.mode
        if text.startswith("-"):
            return found.stat.mode & wanted == wanted
        if text.startswith("/"):
            return not wanted or bool(found.stat.mode & wanted)
        return found.stat.mode == wanted

    def _user(self, node: Node, found: Found) -> bool:
        return found.stat.owner == node.words[0]

    def _group(self, node: Node, found: Found) -> bool:
        return found.stat.group == node.words[0]

    def _readable(self, node: Node, found: Found) -> bool:
        return self.files.may(self.ctx.path(found.path), "read")

    def _writable(self, node: Node, found: Found) -> bool:
        return self.files.may(self.ctx.path(found.path), "write")

    def _executable(self, node: Node, found: Found) -> bool:
        return self.files.may(self.ctx.path(found.path), "execute")


def compared(value: int, sign: str, number: int) -> bool:
    """Tells whether a value is more than (+), less than (-) or just a number."""
    return value > number if sign == "+" else value < number if sign == "-" else value == number
