"""Options of GNU programs: read off a command's own help text, parsed as getopt_long does.

    USAGE = Usage("Usage: nl [OPTION]... [FILE]...\\n  -b, --body-numbering=STYLE  which lines are numbered\\n")
    given = USAGE.parse(ctx)
    given.value("b", "t"), given.operands

The help text is the table: what it lists is what the command takes. Source: getopt_long(3), GNU coreutils.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple, NoReturn

from kubelab.terminal.tool import Context, Exit

NO, REQUIRED, OPTIONAL = "no", "required", "optional"
_LINE = re.compile(r"^ +(-\S.*?)(?:  .*)?$", re.M)
_FORM = re.compile(r"(--?[^\s=\[,]+)(\[?)([ =]?\S*)")


class Option(NamedTuple):
    """One option: the name that it is asked by, and whether it takes an argument."""

    key: str
    argument: str


class Given:
    """The options and operands of one call.

    Attributes:
        options: keys and arguments in the order in which they were given.
        operands: what is no option.
    """

    def __init__(self, keys: dict[str, Option]) -> None:
        self._keys = keys
        self.options: list[tuple[str, str]] = []
        self.operands: list[str] = []

    def _key(self, name: str) -> str:
        full = "-" + name if len(name) == 1 else "--" + name
        option = self._keys.get(full)
        return full if option is None else option.key  # a helper of several commands asks for options of them all

    def has(self, *names: str) -> bool:
        """Tells whether one of the options was given."""
        keys = {self._key(name) for name in names}
        return any(key in keys for key, _value in self.options)

    def value(self, name: str, default: str = "") -> str:
        """Returns the last argument of an option."""
        values = self.all(name)
        return values[-1] if values else default

    def all(self, name: str) -> list[str]:
        """Returns all arguments of an option."""
        key = self._key(name)
        return [value for given, value in self.options if given == key]

    def last(self, *names: str) -> str:
        """Returns which of some options was given last; "" for none of them."""
        keys = {self._key(name): name for name in names}
        found = [keys[key] for key, _value in self.options if key in keys]
        return found[-1] if found else ""


class Usage:
    """What a command takes.

    Args:
        text: its help text, with a line for each option.
        not_simulated: further options that the real program has.
        status: exit status of wrong usage.
        ordered: options end at the first operand (env, xargs, timeout).
        reminds: the help's first line is shown when it is called wrongly (grep).
    """

    def __init__(
        self, text: str, *, not_simulated: str = "", status: int = 1, ordered: bool = False, reminds: bool = False
    ) -> None:
        self.text = text.strip("\n") + "\n"
        self.status = status
        self.ordered = ordered
        self.reminder = self.text.partition("\n")[0] + "\n" if reminds else ""
        self.missing = frozenset(not_simulated.split())
        self.options: dict[str, Option] = {}
        for line in _LINE.findall(self.text):
            self._add(line)
        for name in ("--help", "--version"):
            self.options.setdefault(name, Option(name, NO))

    def _add(self, line: str) -> None:
        names, argument = [], NO
        for form in line.split(", "):
            match = _FORM.match(form)
            if match:
                names.append(match.group(1))
                if match.group(2):
                    argument = OPTIONAL
                elif match.group(3).strip():
                    argument = REQUIRED
        for name in names:
            self.options[name] = Option(names[0], argument)

    # parsing

    def parse(self, ctx: Context, args: Sequence[str] | None = None) -> Given:
        """Parses the arguments of a call.

        Args:
            args: instead of the context's.

        Raises:
            Exit: after --help, --version and on wrong usage.
        """
        given = Given(self.options)
        todo = list(reversed(ctx.args if args is None else args))
        while todo:
            word = todo.pop()
            if word == "--":
                given.operands.extend(reversed(todo))
                break
            if word.startswith("--"):
                self._long(ctx, given, word, todo)
            elif word.startswith("-") and len(word) > 1:
                self._short(ctx, given, word[1:], todo)
            else:
                given.operands.append(word)
                if self.ordered:
                    given.operands.extend(reversed(todo))
                    break
        return given

    def _long(self, ctx: Context, given: Given, word: str, todo: list[str]) -> None:
        name, equals, value = word.partition("=")
        option = self._find(ctx, name)
        if option.key in ("--help", "--version"):
            ctx.write(self.text if option.key == "--help" else f"{ctx.name} (KubeLab)\n")
            raise Exit(0)
        if equals and option.argument == NO:
            self.fail(ctx, f"option '{self._full(name)}' doesn't allow an argument")
        if option.argument == REQUIRED and not equals:
            if not todo:
                self.fail(ctx, f"option '{self._full(name)}' requires an argument")
            value = todo.pop()
        given.options.append((option.key, value))

    def _full(self, name: str) -> str:
        return name if name in self.options else next(other for other in self.options if other.startswith(name))

    def _find(self, ctx: Context, name: str) -> Option:
        if name in self.options:
            return self.options[name]
        found = [other for other in self.options if other.startswith(name) and other.startswith("--")]
        missing = [other for other in self.missing if other.startswith(name)]
        if len({self.options[other].key for other in found}) > 1:
            choices = "".join(f" '{other}'" for other in found)
            self.fail(ctx, f"option '{name}' is ambiguous; possibilities:{choices}")
        if not found and missing:
            self.refuse(ctx, name)
        if not found:
            self.fail(ctx, f"unrecognized option '{name}'")
        return self.options[found[0]]

    def _short(self, ctx: Context, given: Given, letters: str, todo: list[str]) -> None:
        while letters:
            letter, letters = letters[0], letters[1:]
            option = self.options.get("-" + letter)
            if option is None:
                if "-" + letter in self.missing:
                    self.refuse(ctx, "-" + letter)
                self.fail(ctx, f"invalid option -- '{letter}'")
            value = ""
            if option.argument != NO:
                value, letters = letters, ""
                if not value and option.argument == REQUIRED:
                    if not todo:
                        self.fail(ctx, f"option requires an argument -- '{letter}'")
                    value = todo.pop()
            given.options.append((option.key, value))

    # errors

    def fail(self, ctx: Context, message: str) -> NoReturn:
        """Ends the command: it was not called rightly.

        Raises:
            Exit: with GNU's pointer to --help.
        """
        raise Exit(
            self.status, f"{ctx.name}: {message}\n{self.reminder}Try '{ctx.name} --help' for more information.\n"
        )

    def refuse(self, ctx: Context, option: str) -> NoReturn:
        """Ends the command: the real one has this option, KubeLab has not.

        Raises:
            Exit: always.
        """
        raise Exit(self.status, f"{ctx.name}: option '{option}' is not simulated in KubeLab\n")

    def operands(self, ctx: Context, given: Given, least: int, most: int | None = None) -> list[str]:
        """Returns the operands, when there are as many as the command takes.

        Raises:
            Exit: with GNU's words.
        """
        found = given.operands
        if len(found) < least:
            self.fail(ctx, f"missing operand after '{found[-1]}'" if found else "missing operand")
        if most is not None and len(found) > most:
            self.fail(ctx, f"extra operand '{found[most]}'")
        return found


def refuse(ctx: Context, what: str, status: int = 1) -> NoReturn:
    """Ends a command that is asked for something that KubeLab does not simulate.

    Raises:
        Exit: always.
    """
    raise Exit(status, f"{ctx.name}: {what} is not simulated in KubeLab\n")
