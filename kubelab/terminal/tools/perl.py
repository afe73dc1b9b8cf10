"""perl: the one program that the Job tutorial runs, which prints pi; any other is not simulated.

Source: kubernetes.io, concepts/workloads/controllers/job (perl -Mbignum=bpi -wle "print bpi(2000)").
"""

from __future__ import annotations

import re

from kubelab.terminal.tool import Context, Sleep, Steps, tool

PROGRAM = re.compile(r"\s*print\s+bpi\(\s*(\d{1,4})\s*\)\s*;?\s*")
SPEED = 500.0  # digits a second, as long ago as the tutorial


@tool("perl")
def perl(ctx: Context) -> Steps:
    """perl -Mbignum=bpi -wle 'print bpi(DIGITS)'"""
    if ctx.args[:1] == ["-v"]:
        ctx.print("\nThis is perl 5, version 42, subversion 0 (v5.42.0) built for x86_64-linux-gnu")
        return 0
    found = next((match for word in ctx.args if (match := PROGRAM.fullmatch(word))), None)
    if found is None or "-Mbignum=bpi" not in ctx.args:
        ctx.error("perl: only the program of the Job tutorial is simulated in KubeLab: print bpi(DIGITS)\n")
        return 2
    digits = max(int(found[1]), 1)
    until = ctx.state.setdefault("until", ctx.now + digits / SPEED)
    if until > ctx.now:
        yield Sleep(until)
    ctx.print(pi(digits))
    return 0


def pi(digits: int) -> str:
    """Returns pi with that many digits, by Machin's formula on whole numbers."""
    one = 10 ** (digits + 10)
    value = (4 * (4 * _arctangent(5, one) - _arctangent(239, one)) + 5 * 10**10) // 10**11
    text = str(value)
    return f"{text[0]}.{text[1:]}" if digits > 1 else text[0]


def _arctangent(inverse: int, one: int) -> int:
    """Returns arctan(1/inverse) times `one`."""
    term = one // inverse
    total, square, divisor, sign = term, inverse * inverse, 3, -1
    while term:
        term //= square
        total += sign * (term // divisor)
        divisor, sign = divisor + 2, -sign
    return total
