"""grep: the lines that match. Source: GNU grep."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from kubelab.cluster.file_errors import FileError
from kubelab.terminal.inputs import Chunk, Inputs, descriptor, gather, lines_of
from kubelab.terminal.options import Given, Usage
from kubelab.terminal.regular import RegularFault
from kubelab.terminal.shell.streams import packed, unpacked
from kubelab.terminal.tool import Context, Exit, Steps, tool
from kubelab.terminal.tools.grep_patterns import Patterns

USAGE = Usage("""
Usage: grep [OPTION]... PATTERNS [FILE]...
Write the lines of files, or of standard input, that match one of the patterns (one a line).

  -E, --extended-regexp          patterns are extended regular expressions
  -F, --fixed-strings            patterns are plain text
  -G, --basic-regexp             patterns are basic regular expressions (as without it)
  -P, --perl-regexp              patterns are Perl's regular expressions
  -e, --regexp=PATTERNS          these patterns; may be given several times
  -f, --file=FILE                the patterns in a file
  -i, --ignore-case              upper and lower case are the same
      --no-ignore-case           upper and lower case are not the same
  -y                             as -i
  -w, --word-regexp              only whole words
  -x, --line-regexp              only whole lines
  -v, --invert-match             the lines that do not match
  -c, --count                    only how many lines there are
  -l, --files-with-matches       only the names of files with such lines
  -L, --files-without-match      only the names of files without
  -m, --max-count=NUM            at most NUM lines of a file
  -o, --only-matching            only what matches of the lines
  -q, --quiet, --silent          nothing; the exit status tells
  -s, --no-messages              nothing about files that cannot be read
  -b, --byte-offset              with the number of bytes before
  -H, --with-filename            with the file's name
  -h, --no-filename              without the file's name
  -n, --line-number              with line numbers
      --label=LABEL              the name of standard input
      --line-buffered            nothing: lines are written at once
  -A, --after-context=NUM        also NUM lines after each
  -B, --before-context=NUM       also NUM lines before each
  -C, --context=NUM              also NUM lines before and after each
      --no-group-separator       no -- between groups
      --group-separator=SEP      SEP instead of --
      --color[=WHEN], --colour[=WHEN]  what matches in colour: always, never, auto
  -r, --recursive                all files in directories
  -R, --dereference-recursive    as -r
  -d, --directories=ACTION       read, skip or recurse
      --include=GLOB             only files with such names
      --exclude=GLOB             no files with such names
      --exclude-dir=GLOB         no directories with such names
  -a, --text                     files that are no text as well
  -I                             no files that are no text
""", not_simulated="-z --null-data -Z --null -U --binary --binary-files -D --devices --exclude-from "
    "-T --initial-tab", status=2, reminds=True)  # fmt: skip


@tool("grep", "egrep", "fgrep")
def grep(ctx: Context) -> Steps:
    """grep [-EFGP] [-i] [-v] [-c] [-l] [-n] [-o] [-r] [-w] [-x] [-A n] [-B n] [-C n] patterns [file ...]"""
    given = USAGE.parse(ctx, list(_modern(ctx.args)))
    operands = list(given.operands)
    try:
        files = yield from gather(ctx, given.all("f"))
        if None in files:
            return 2
        patterns = Patterns.of(ctx, given, operands, [text or "" for text in files])
    except RegularFault as fault:
        raise Exit(2, f"{ctx.name}: {fault}\n") from None
    search = _Search(ctx, given, patterns, operands)
    try:
        yield from search.run()
    except RegularFault as fault:
        raise Exit(2, f"{ctx.name}: {fault}\n") from None
    if ctx.state.get("found") and (given.has("q") or not search.failed):
        return 0
    return 2 if search.failed else 1


def _modern(args: list[str]) -> Iterator[str]:
    """Reads -5 as -C5."""
    before = ""
    for at, arg in enumerate(args):
        if arg == "--":
            yield from args[at:]
            return
        yield re.sub(r"^-(\d+)$", r"-C\1", arg) if not re.fullmatch(r"-\w*[efmABCd]", before) else arg
        before = arg


def _number(ctx: Context, given: Given, *keys: str) -> int:
    key = given.last(*keys)
    if not key:
        return 0
    text = given.value(key)
    if not text.isdigit():
        raise Exit(2, f"{ctx.name}: {text}: invalid context length argument\n")
    return int(text)


class _Search:
    """One call of grep: what it looks for, where, and what it shows."""

    def __init__(self, ctx: Context, given: Given, patterns: Patterns, operands: list[str]) -> None:
        self.ctx = ctx
        self.given = given
        self.patterns = patterns
        recursive = given.has("r", "R") or given.value("d") == "recurse"
        self.failed = bool(ctx.state.get("failed"))
        paths = operands or (["."] if recursive else ["-"])
        self.names = given.last("H", "h") == "H" or (
            not given.has("h") and (len(paths) > 1 or (recursive and not self._is_one_file(operands)))
        )
        if recursive:
            paths = list(self._found(paths, bare=not operands))
        self.inputs = Inputs(ctx, paths, complaint=self._complaint) if paths else None
        self.invert = given.has("v")
        self.after, self.before = _number(ctx, given, "A", "C"), _number(ctx, given, "B", "C")
        most = given.value("m", "-1")
        if not re.fullmatch(r"-?\d+", most):
            raise Exit(2, f"{ctx.name}: invalid max count\n")
        self.most = int(most)
        self.quiet = given.has("q")
        self.listing = given.last("l", "L")
        self.counting = given.has("c") and not self.listing
        self.silent = self.quiet or bool(self.listing) or self.counting
        when = given.value("color") or "auto" if given.has("color") else "never"
        self.colour = when == "always" or (when in ("auto", "tty") and ctx.tty)
        self.separator = given.value("group-separator", "--") if not given.has("no-group-separator") else None

    def _is_one_file(self, operands: list[str]) -> bool:
        return len(operands) == 1 and not self.ctx.files.is_dir(self.ctx.path(operands[0]))

    def _complaint(self, path: str, error: FileError) -> str:
        return "" if self.given.has("s") else f"{path}: {error.reason}"

    def _found(self, paths: list[str], *, bare: bool) -> Iterator[str]:
        """Yields the files in directories."""
        files = self.ctx.files
        for path in paths:
            if path == "-" or not files.is_dir(self.ctx.path(path)):
                yield path
                continue
            full = self.ctx.path(path).rstrip("/")
            hidden = self.given.all("exclude-dir")
            for found in files.walk(full):
                inner = found[len(full) + 1 :]
                if not inner or any(fnmatchcase(part, glob) for part in inner.split("/")[:-1] for glob in hidden):
                    continue
                stat = files.stat(found, follow=False)
                if stat.type == "file" and self._is_included(inner.rpartition("/")[2]):
                    yield inner if bare else f"{path.rstrip('/')}/{inner}"

    def _is_included(self, name: str) -> bool:
        includes = self.given.all("include")
        if includes and not any(fnmatchcase(name, glob) for glob in includes):
            return False
        return not any(fnmatchcase(name, glob) for glob in self.given.all("exclude"))

    def run(self) -> Any:
        state = self.ctx.state
        while self.inputs is not None and (chunk := (yield from self._next())):
            if chunk.first:
                state["file"] = {"line": 0, "byte": 0, "count": 0, "after": 0, "last": 0, "before": [], "done": False}
            if not state["file"]["done"]:
                self._look(chunk, state["file"])
            if chunk.last:
                self._end(chunk.name, state["file"])
            if state.get("found") and self.quiet:
                return

    def _next(self) -> Any:
        inputs = self.inputs
        if inputs is None:
            return None
        chunk = yield from inputs.next()
        if inputs.failed:
            self.failed = self.ctx.state["failed"] = True
        return chunk

    def _name(self, name: str) -> str:
        return self.given.value("label", "(standard input)") if descriptor(name) == 0 else name

    def _look(self, chunk: Chunk, held: dict[str, Any]) -> None:
        """Looks through the lines of a piece."""
        out: list[str] = []
        binary = "\0" in chunk.text and not self.given.has("a")
        if self.most == 0 or (binary and self.given.has("I")):
            held["done"] = True
            return
        for line in lines_of(chunk.text):
            held["line"] += 1
            if (self.patterns.find(line) is None) == self.invert:
                held["count"] += 1
                self.ctx.state["found"] = True
                if binary and not self.silent:
                    self.ctx.complain(f"{self._name(chunk.name)}: binary file matches")
                    held["done"] = True
                    break
                if not self.silent:
                    self._select(chunk.name, line, held, out)
                if held["count"] == self.most or (self.silent and not self.counting):
                    held["done"] = True
                    if not (self.after and not self.silent):
                        break
            elif held["after"] > 0:
                held["after"] -= 1
                out.append(self._shown(chunk.name, line, held, "-"))
                held["last"] = held["line"]
            elif self.before and not self.silent:
                held["before"] = [*held["before"], packed(line)][-self.before :]
            if held["done"] and not held["after"]:
                break
            held["byte"] += len(line.encode("utf-8", "surrogateescape")) + 1
        self.ctx.write("".join(out))

    def _select(self, name: str, line: str, held: dict[str, Any], out: list[str]) -> None:
        """Shows a line that was selected, and the lines before it that are wanted."""
        first = held["line"] - len(held["before"])
        if self.separator is not None and (self.after or self.before) and self.ctx.state.get("shown"):
            if first > held["last"] + 1 or (not held["last"] and held["count"] == 1):
                out.append(self._painted(self.separator, "36") + "\n")
        number = held["line"]
        for at, kept in enumerate(held["before"]):
            held["line"] = first + at
            if not self.given.has("o"):
                out.append(self._shown(name, unpacked(kept), held, "-"))
        held.update(line=number, before=[], last=number, after=self.after)
        self.ctx.state["shown"] = True
        if self.given.has("o"):
            if not self.invert:
                out.extend(self._parts(name, line, held))
        else:
            out.append(self._shown(name, line, held, ":"))

    def _parts(self, name: str, line: str, held: dict[str, Any]) -> Iterator[str]:
        for start, end in self.patterns.all(line):
            if end > start:
                head = self._head(name, held, ":", len(line[:start].encode("utf-8", "surrogateescape")))
                yield f"{head}{self._painted(line[start:end], '01;31')}\n"

    def _shown(self, name: str, line: str, held: dict[str, Any], sign: str) -> str:
        if sign == "-" and self.given.has("o"):
            return ""
        if self.colour and (sign == ":") != self.invert:
            at, painted = 0, ""
            for start, end in self.patterns.all(line):
                if end > start:
                    painted += line[at:start] + self._painted(line[start:end], "01;31")
                    at = end
            line = painted + line[at:]
        return f"{self._head(name, held, sign, 0)}{line}\n"

    def _head(self, name: str, held: dict[str, Any], sign: str, offset: int) -> str:
        sign = self._painted(sign, "36")
        head = ""
        if self.names:
            head += self._painted(self._name(name), "35") + sign
        if self.given.has("n"):
            head += self._painted(str(held["line"]), "32") + sign
        if self.given.has("b"):
            head += self._painted(str(held["byte"] + offset), "32") + sign
        return head

    def _painted(self, text: str, colour: str) -> str:
        return f"\x1b[{colour}m\x1b[K{text}\x1b[m\x1b[K" if self.colour else text

    def _end(self, name: str, held: dict[str, Any]) -> None:
        if self.quiet:
            return
        shown = self._painted(self._name(name), "35")
        if self.counting:
            head = shown + self._painted(":", "36") if self.names else ""
            self.ctx.print(f"{head}{held['count']}")
        elif self.listing and (held["count"] > 0) == (self.listing == "l"):
            self.ctx.print(shown)
        if self.listing == "L":
            self.ctx.state["found"] = bool(self.ctx.state.get("listed")) or not held["count"]
            self.ctx.state["listed"] = self.ctx.state["found"]
