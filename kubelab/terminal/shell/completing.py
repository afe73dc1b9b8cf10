"""What Tab may put in place of the word under the cursor: commands, variables, files, what a command's completer knows.

Source: bash(1), Completing; readline(3).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kubelab.cluster.file_errors import FileError
from kubelab.terminal.shell.builtin import builtin_names
from kubelab.terminal.tool import DIRECTORIES, FILES, Completion, find_completer

if TYPE_CHECKING:
    from kubelab.terminal.shell.task import Task

KEYWORDS = (
    "case do done elif else esac fi for function if in select then time until while { } ! [[ ]]"  # as `compgen -k`
).split()
# After these a command follows.
_BEFORE_COMMANDS = frozenset(("if", "then", "elif", "else", "do", "while", "until", "{", "!", "time"))
_WRAPPERS = frozenset(("command", "exec", "sudo", "nohup", "time", "watch", "xargs", "env", "builtin", "nice"))
_OF_COMMANDS = frozenset(("which", "type", "man", "hash", "whatis"))
_OF_VARIABLES = frozenset(("unset", "export", "declare", "readonly", "local", "typeset"))
_OF_DIRECTORIES = frozenset(("cd", "pushd", "rmdir"))
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=")
_VARIABLE = re.compile(r"\$(\{?)(\w*)\Z")
_SPECIAL = re.compile(r"[\s\\'\"`$&|;()<>*?\[\]!#~{}]")


@dataclass
class Word:
    """A word of the line up to the cursor.

    Attributes:
        start: where it stands.
        source: as it was typed.
        text: without its quotes.
        quote: the quotation that is still open, "" for none.
    """

    start: int
    source: str = ""
    text: str = ""
    quote: str = ""


@dataclass
class Line:
    """The command that the cursor is in.

    Attributes:
        words: its words up to the cursor, assignments and redirections left out; the last one is being completed.
        redirects: the word is the target of a redirection.
    """

    words: list[Word] = field(default_factory=list)
    redirects: bool = False


@dataclass
class Choices:
    """What the word may become.

    Attributes:
        start: where the part that is replaced begins.
        found: the completions, sorted.
        files: they are paths, of which only the last part is shown.
        quote: the quotation that is open at the cursor.
    """

    start: int
    found: list[Completion]
    files: bool = False
    quote: str = ""

    @property
    def prefix(self) -> str:
        """What all completions begin with."""
        first, last = self.found[0].text, self.found[-1].text  # they are sorted
        size = next((at for at, pair in enumerate(zip(first, last, strict=False)) if pair[0] != pair[1]), len(first))
        return first[:size]

    def replacement(self, text: str, *, whole: bool) -> str:
        """Returns what to put into the line for a completion (`whole`), or for a part of one."""
        quoted = self.quote + _quoted(text, self.quote)
        return quoted + (self.quote if whole and not text.endswith("/") else "")

    def labels(self) -> list[str]:
        """Returns the completions as they are listed."""
        if not self.files:
            return [choice.text for choice in self.found]
        return [choice.text.rstrip("/").rpartition("/")[2] + "/" * choice.text.endswith("/") for choice in self.found]


def _quoted(text: str, quote: str) -> str:
    if quote == "'":
        return text.replace("'", "'\\''")
    if quote == '"':
        return re.sub(r"([\\\"$`])", r"\\\1", text)
    head, slash, rest = text.partition("/")
    if head.startswith("~"):  # a home directory stays one
        return head + slash + _SPECIAL.sub(r"\\\g<0>", rest)
    return _SPECIAL.sub(r"\\\g<0>", text)


def read_line(text: str) -> Line:
    """Cuts a line up to the cursor into the words of the command that the cursor is in."""
    line, at = Line(), 0
    while True:
        while at < len(text) and text[at] in " \t":
            at += 1
        if at >= len(text):
            line.words.append(Word(at))
            return line
        letter = text[at]
        if letter in ";&|\n(":
            line, at = Line(), at + 1
        elif letter in "<>":
            at += 1
            line.redirects = not text.startswith("(", at)
        elif letter == ")":
            at += 1
        else:
            word = _read_word(text, at)
            at += len(word.source)
            if at >= len(text):
                line.words.append(word)
                return line
            _take(line, word)


def split_words(text: str) -> list[str]:
    """Returns the words of a line as they are written, quotations kept whole."""
    words: list[str] = []
    at = 0
    while at < len(text):
        if text[at] in " \t\n":
            at += 1
            continue
        end = at + len(_read_word(text, at).source)
        if end == at:  # an operator
            end = at + 1 + (text[at + 1 : at + 2] == text[at])
        words.append(text[at:end])
        at = end
    return words


def _take(line: Line, word: Word) -> None:
    """Adds a word that is whole to the command, unless it is none of its words."""
    if line.redirects:
        line.redirects = False
    elif not line.words and (_ASSIGNMENT.match(word.source) or word.source in _BEFORE_COMMANDS):
        return
    elif not (word.source.isdigit() and not line.words):
        line.words.append(word)


def _read_word(text: str, start: int) -> Word:
    """Reads a word; a `$(` in it begins a command of its own, which the word then is."""
    word, at, quote = Word(start), start, ""
    out: list[str] = []
    while at < len(text):
        letter = text[at]
        if text.startswith("$(", at) and quote != "'":
            break
        if not quote and letter in " \t\n;&|()<>":
            break
        at += 1
        if quote == "'" or letter not in "\\'\"":
            if letter == quote:
                quote = ""
            else:
                out.append(letter)
        elif letter == "\\":
            follows = text[at : at + 1]
            if quote and follows not in ("$", "`", '"', "\\"):
                out.append(letter)
            out.append(follows)
            at += len(follows)
        elif letter == quote:
            quote = ""
        elif quote:
            out.append(letter)
        else:
            quote = letter
    if text.startswith("$(", at):
        at += 1
    word.source, word.text, word.quote = text[start:at], "".join(out), quote
    return word


def complete(task: Task, text: str) -> Choices:
    """Returns what the word at the end of `text` may become.

    Args:
        task: the shell at whose prompt it stands.
        text: the line up to the cursor.
    """
    line = read_line(text)
    word = line.words[-1]
    variable = _VARIABLE.search(word.source)
    if variable and word.quote != "'":
        return _variables(task, word, variable)
    if line.redirects:
        return _paths(task, word)
    if len(line.words) == 1:
        if "/" in word.text:
            return _paths(task, word, _runnable)
        return Choices(word.start, _commands(task, word.text), quote=word.quote)
    return _arguments(task, word, _expanded(task, [each.text for each in line.words]))


def _variables(task: Task, word: Word, match: re.Match[str]) -> Choices:
    brace, prefix = match.groups()
    head = word.source[: match.start()]
    found: list[Completion] = []
    for name in sorted(name for name in task.variables.values if name.startswith(prefix)):
        is_dir = task.files.is_dir(task.lookup(name) or "")
        found.append(Completion(f"{head}${brace}{name}{'}' if brace else ''}{'/' * is_dir}", final=not is_dir))
    return Unquoted(word.start, found, quote=word.quote)


class Unquoted(Choices):
    """Completions that are put in as they are."""

    def replacement(self, text: str, *, whole: bool) -> str:
        """Returns the completion, and the quotation's end."""
        return text + (self.quote if whole else "")

    def labels(self) -> list[str]:
        """Returns the names of the variables."""
        return [choice.text[choice.text.rindex("$") :].rstrip("/") for choice in self.found]


def _commands(task: Task, prefix: str) -> list[Completion]:
    names = {
        *KEYWORDS,
        *task.aliases,
        *task.functions,
        *builtin_names(task.flavour.name),
        *task.machine.names(),
    }
    return [Completion(name) for name in sorted(names) if name.startswith(prefix)]


def _expanded(task: Task, words: list[str]) -> list[str]:
    """Puts aliases in place and takes wrappers ("sudo", "watch -n 1") off."""
    seen: set[str] = set()
    while len(words) > 1:
        name = words[0]
        if name in task.aliases and name not in seen:
            seen.add(name)
            words = [*task.aliases[name].split(), *words[1:]]
        elif name in _WRAPPERS and len(words) > 2:
            rest = words[1:]
            while len(rest) > 1 and rest[0].startswith("-"):
                takes_value = rest[0] in ("-n", "-u", "-I", "-d", "--interval") and len(rest) > 2
                rest = rest[2:] if takes_value else rest[1:]
            words = rest
        else:
            return words
    return words


def _arguments(task: Task, word: Word, words: list[str]) -> Choices:
    name, prefix = words[0].rpartition("/")[2], words[-1]
    if len(words) == 1 or name in _OF_COMMANDS or name in _WRAPPERS:
        return Choices(word.start, _commands(task, prefix), quote=word.quote)
    if name in _OF_VARIABLES:
        names = sorted(name for name in task.variables.values if name.startswith(prefix))
        return Choices(word.start, [Completion(name) for name in names], quote=word.quote)
    if name in _OF_DIRECTORIES:
        return _paths(task, word, _is_directory)
    completer = find_completer(name)
    if completer is None:
        return _paths(task, word)
    return _known(task, word, list(completer(task.machine, words)), prefix)


def _known(task: Task, word: Word, offered: Sequence[Completion], prefix: str) -> Choices:
    """Returns what a command's completer offers; it may ask for files."""
    if FILES in offered or DIRECTORIES in offered:
        flag, equals, path = word.text.partition("=")
        if word.text.startswith("-") and equals:  # --filename=po
            word = Word(word.start + len(flag) + 1, path, path, word.quote)
        return _paths(task, word, _is_directory if DIRECTORIES in offered else None)
    fitting = {choice.text: choice for choice in offered if choice.text.startswith(prefix)}
    return Choices(word.start, [fitting[text] for text in sorted(fitting)], quote=word.quote)


# paths

Wanted = Callable[["Task", str], bool]


def _paths(task: Task, word: Word, wanted: Wanted | None = None) -> Choices:
    """Returns the files and directories whose path begins with the word."""
    directory, slash, prefix = word.text.rpartition("/")
    shown = directory + slash
    place = task.absolute(_home(task, shown) or ".")
    try:
        names = task.files.listdir(place)
    except FileError:
        names = []
    found: list[Completion] = []
    for name in sorted(names):
        if not name.startswith(prefix) or (name.startswith(".") and not prefix.startswith(".")):
            continue
        path = f"{place.rstrip('/')}/{name}"
        is_dir = task.files.is_dir(path)
        if wanted is None or is_dir or wanted(task, path):
            found.append(Completion(shown + name + "/" * is_dir, final=not is_dir))
    return Choices(word.start, found, files=True, quote=word.quote)


def _home(task: Task, path: str) -> str:
    if not path.startswith("~"):
        return path
    user, slash, rest = path[1:].partition("/")
    home = task.lookup("HOME") if not user else task.home_of(user)
    return f"{home}{slash}{rest}" if home else path


def _runnable(task: Task, path: str) -> bool:
    return task.files.may(path, "execute")


def _is_directory(task: Task, path: str) -> bool:
    return task.files.is_dir(path)


def in_columns(labels: Iterable[str], width: int) -> list[str]:
    """Returns labels as readline lists them: in columns, read downwards."""
    labels = list(labels)
    if not labels:
        return []
    column = max(len(label) for label in labels) + 2
    columns = max(1, width // column)
    rows = -(-len(labels) // columns)
    lines = []
    for row in range(rows):
        cells = labels[row::rows]
        lines.append("".join(f"{cell:<{column}}" for cell in cells[:-1]) + cells[-1])
    return lines
