"""bc: numbers of any length, with as many decimals as `scale` says. Source: POSIX bc; no functions, no loops."""

from __future__ import annotations

import re
from decimal import ROUND_DOWN, Decimal
from decimal import Context as Precision

from kubelab.terminal.inputs import gather
from kubelab.terminal.tool import Context, Exit, Steps, tool

HELP = """Usage: bc [-lq] [FILE]...
Calculate: + - * / % ^ ( ) sqrt() length() scale(), comparisons, variables, scale=N.
"""
_TOKEN = re.compile(r"\s*(\d+\.?\d*|\.\d+|[a-z][a-z0-9_]*|[-+*/%^]=|[<>=!]=|[-+*/%^()=<>;\n]|\S)")
DIGITS = 2_000
PRECISION = Precision(prec=DIGITS * 2)
WORDS = frozenset("if while for define print halt auto return break continue read ibase obase last".split())


class _Fault(Exception):
    pass


@tool("bc")
def bc(ctx: Context) -> Steps:
    """bc [-lq] [file ...]"""
    if "--help" in ctx.args or "-h" in ctx.args:
        ctx.write(HELP)
        return 0
    paths = [arg for arg in ctx.args if not arg.startswith("-")]
    texts = yield from gather(ctx, paths or ["-"])
    calculator = _Calculator(ctx, 20 if "-l" in ctx.args else 0)
    for text in texts:
        calculator.run(text or "")
    return 0


class _Calculator:
    def __init__(self, ctx: Context, scale: int) -> None:
        self.ctx = ctx
        self.variables: dict[str, Decimal] = {"scale": Decimal(scale)}
        self.tokens: list[str] = []

    @property
    def scale(self) -> int:
        return min(int(self.variables["scale"]), DIGITS)

    def run(self, text: str) -> None:
        text = re.sub(r"/\*.*?\*/|#[^\n]*", "", text, flags=re.S).replace("\\\n", "")
        for number, line in enumerate(text.split("\n"), 1):
            for statement in line.split(";"):
                self._statement(statement.strip(), number)

    def _statement(self, text: str, line: int) -> None:
        if not text:
            return
        if text in ("quit", "halt"):
            raise Exit(0)
        if text.startswith('"') and text.endswith('"'):
            self.ctx.write(text[1:-1])
            return
        self.tokens = [match.group(1) for match in _TOKEN.finditer(text)][::-1]
        words = [token for token in self.tokens if token in WORDS]
        if words:
            self.ctx.error(f"bc: '{words[-1]}' is not simulated in KubeLab\n")
            return
        is_assignment = re.match(r"[a-z][a-z0-9_]*\s*[-+*/%^]?=(?!=)", text) is not None
        try:
            value = self._comparison()
            if self.tokens:
                raise _Fault("syntax error")
        except _Fault as fault:
            message = (
                f"(standard_in) {line}: {fault}"
                if str(fault) == "syntax error"
                else f"Runtime error (func=(main), adr=8): {fault}"
            )
            self.ctx.error(message + "\n")
            return
        except (ArithmeticError, RecursionError):
            self.ctx.error("bc: the number is too long (a limit of KubeLab)\n")
            return
        if not is_assignment:
            self.ctx.print(_shown(value))

    def _peek(self) -> str:
        return self.tokens[-1] if self.tokens else ""

    def _take(self) -> str:
        if not self.tokens:
            raise _Fault("syntax error")
        return self.tokens.pop()

    def _comparison(self) -> Decimal:
        left = self._sum()
        while self._peek() in ("<", ">", "<=", ">=", "==", "!="):
            operator, right = self._take(), self._sum()
            left = Decimal(int({"<": left < right, ">": left > right, "<=": left <= right, ">=": left >= right,
                                "==": left == right, "!=": left != right}[operator]))  # fmt: skip
        return left

    def _sum(self) -> Decimal:
        left = self._product()
        while self._peek() in ("+", "-"):
            left = self._result(self._take(), left, self._product())
        return left

    def _product(self) -> Decimal:
        left = self._power()
        while self._peek() in ("*", "/", "%"):
            left = self._result(self._take(), left, self._power())
        return left

    def _power(self) -> Decimal:
        base = self._unary()
        if self._peek() == "^":
            self._take()
            return self._result("^", base, self._power())
        return base

    def _unary(self) -> Decimal:
        if self._peek() == "-":
            self._take()
            return PRECISION.minus(self._unary())
        return self._term()

    def _term(self) -> Decimal:
        token = self._take()
        if token == "(":
            value = self._comparison()
            self._close()
            return value
        if token[0].isdigit() or token[0] == ".":
            if len(token) > DIGITS:
                raise ArithmeticError
            return Decimal(token)
        if not token[0].isalpha():
            raise _Fault("syntax error")
        if self._peek() == "(":
            self._take()
            value = self._comparison()
            self._close()
            return self._function(token, value)
        operator = self._peek()
        if operator == "=" or (len(operator) == 2 and operator[1] == "=" and operator[0] in "-+*/%^"):
            self._take()
            value = self._comparison()
            if len(operator) == 2:
                value = self._result(operator[0], self.variables.get(token, Decimal(0)), value)
            self.variables[token] = value
            return value
        return self.variables.get(token, Decimal(0))

    def _close(self) -> None:
        if self._take() != ")":
            raise _Fault("syntax error")

    def _function(self, name: str, value: Decimal) -> Decimal:
        places = _places(value)
        if name == "sqrt":
            if value < 0:
                raise _Fault("Square root of a negative number")
            return _cut(value.sqrt(PRECISION), max(self.scale, places))
        if name == "scale":
            return Decimal(places)
        if name == "length":
            return Decimal(len(str(value).replace("-", "").replace(".", "").lstrip("0")) or 1)
        raise _Fault(f"the function {name} is not simulated in KubeLab")

    def _result(self, operator: str, one: Decimal, two: Decimal) -> Decimal:
        if max(len(one.as_tuple().digits), len(two.as_tuple().digits)) > DIGITS:
            raise ArithmeticError
        if operator == "+":
            return PRECISION.add(one, two)
        if operator == "-":
            return PRECISION.subtract(one, two)
        if operator == "*":
            places = min(_places(one) + _places(two), max(self.scale, _places(one), _places(two)))
            return _cut(PRECISION.multiply(one, two), places)
        if operator == "^":
            exponent = int(two)
            if abs(exponent) * len(one.as_tuple().digits) > DIGITS:
                raise ArithmeticError
            if exponent < 0:
                return _cut(PRECISION.power(one, exponent), self.scale)
            places = min(_places(one) * exponent, max(self.scale, _places(one)))
            return _cut(PRECISION.power(one, exponent), places)
        if two == 0:
            raise _Fault("Divide by zero")
        quotient = _cut(PRECISION.divide(one, two), self.scale)
        if operator == "/":
            return quotient
        return PRECISION.subtract(one, PRECISION.multiply(quotient, two))


def _places(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _cut(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_DOWN, context=PRECISION)


def _shown(value: Decimal) -> str:
    """Returns a number as bc does: no zero before the point, lines of 69 digits."""
    text = f"{value:f}"
    if value == 0:
        return "0"
    if text.startswith("0."):
        text = text[1:]
    elif text.startswith("-0."):
        text = "-" + text[2:]
    if len(text) <= 69:
        return text
    pieces = [text[at : at + 68] for at in range(0, len(text), 68)]
    return "\\\n".join(pieces)
