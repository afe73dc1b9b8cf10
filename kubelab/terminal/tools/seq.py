"""seq and yes: numbers in a row, a word without end. Source: GNU coreutils."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from kubelab.terminal.options import Given, Usage
from kubelab.terminal.tool import Context, Exit, Sleep, Steps, tool

USAGE = Usage("""
Usage: seq [OPTION]... [FIRST [INCREMENT]] LAST
Write numbers from FIRST (1) to LAST in steps of INCREMENT (1).

  -f, --format=FORMAT      write them in this printf format
  -s, --separator=STRING   STRING between the numbers instead of newlines
  -w, --equal-width        zeros before the numbers make them equally wide
""")
YES = Usage("""
Usage: yes [STRING]...
Write a line with the strings, or `y`, until somebody ends it.
""", ordered=True)  # fmt: skip
BATCH = 2000  # lines between two looks at whether the reader keeps up
_FORMAT = re.compile(r"((?:[^%]|%%)*)%([-+ 0#']*\d*(?:\.\d+)?[efgaEFGA])((?:[^%]|%%)*)")


@tool("seq")
def seq(ctx: Context) -> Steps:
    """seq [-w] [-s string] [-f format] [first [increment]] last"""
    given = USAGE.parse(ctx, _guarded(ctx.args))
    operands = USAGE.operands(ctx, given, 1, 3)
    numbers = [_number(ctx, operand) for operand in operands]
    first = numbers[0] if len(numbers) > 1 else Decimal(1)
    step = numbers[1] if len(numbers) > 2 else Decimal(1)
    last = numbers[-1]
    if step == 0:
        USAGE.fail(ctx, f"invalid Zero increment value: '{operands[1]}'")
    write = _writer(ctx, given, first, step, last)
    separator = given.value("s", "\n")
    index = ctx.state.get("index", 0)
    while True:
        batch: list[str] = []
        while len(batch) < BATCH and ((number := first + index * step) <= last if step > 0 else
                                      (number := first + index * step) >= last):  # fmt: skip
            batch.append(write(number))
            index += 1
        if not batch:
            break
        ctx.write((separator if ctx.state.get("index") else "") + separator.join(batch))
        ctx.state["index"] = index
        yield Sleep(ctx.now)
        yield from ctx.drained()
    if index:
        ctx.write("\n")
    return 0


def _guarded(args: list[str]) -> list[str]:
    """Keeps negative numbers from being taken for options."""
    for index, arg in enumerate(args):
        if re.fullmatch(r"-(\d|\.\d).*", arg):
            return [*args[:index], "--", *args[index:]]
    return args


def _number(ctx: Context, text: str) -> Decimal:
    try:
        number = Decimal(text)
        if not number.is_finite():
            raise InvalidOperation
        return number
    except InvalidOperation:
        USAGE.fail(ctx, f"invalid floating point argument: '{text}'")


def _writer(ctx: Context, given: Given, first: Decimal, step: Decimal, last: Decimal) -> Callable[[Decimal], str]:
    if given.has("f"):
        match = _FORMAT.fullmatch(given.value("f"))
        if not match:
            form = given.value("f")
            problem = "has no % directive" if "%" not in form else "has unknown or missing directive"
            raise Exit(1, f"{ctx.name}: format '{form}' {problem}\n")
        before, form, after = match.groups()
        return lambda number: before.replace("%%", "%") + f"%{form}" % float(number) + after.replace("%%", "%")
    places = max(0, -min(_exponent(first), _exponent(step)))
    width = 0
    if given.has("w"):
        all_places = max(places, 0)
        width = max(len(f"{number:.{all_places}f}") for number in (first, last))
    return lambda number: f"{number:0{width}.{places}f}" if width else f"{number:.{places}f}"


def _exponent(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


@tool("yes")
def yes(ctx: Context) -> Steps:
    """yes [string ...]"""
    line = " ".join(YES.parse(ctx).operands or ["y"]) + "\n"
    while True:
        ctx.write(line * max(1, 8192 // len(line)))
        yield Sleep(ctx.now)
        yield from ctx.drained()
