"""Reads awk programs into trees: tuples whose first element says what they are."""

from __future__ import annotations

from kubelab.terminal.awk.lexer import AwkFault, Token, tokens_of
from kubelab.terminal.awk.program import Function, Program, Tree, find_arrays

ASSIGN = frozenset(("=", "+=", "-=", "*=", "/=", "%=", "^="))
COMPARE = frozenset(("<", "<=", "==", "!=", ">", ">="))
# What may begin an operand of a concatenation.
BEGINS = frozenset(("number", "string", "regex", "name", "call", "builtin", "(", "$", "!", "-", "+", "++", "--"))


class MissingFault(Exception):
    """The program asks for something that is not simulated."""


def read_program(source: str) -> Program:
    """Reads a program.

    Raises:
        AwkFault: if it is none.
        MissingFault: if it asks for what is not simulated.
    """
    parser = _Parser(tokens_of(source))
    program = parser.program()
    find_arrays(program)
    return program


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.at = 0
        self.result = Program()
        self.no_in = False  # within for (x in y)
        self.no_greater = False  # within print, > redirects

    # tokens

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def next(self) -> Token:
        token = self.token
        self.at += 1
        return token

    def has(self, *kinds: str) -> bool:
        return self.token.kind in kinds

    def word(self, *words: str) -> bool:
        return self.token.kind == "keyword" and self.token.text in words

    def fault(self) -> AwkFault:
        token = self.token
        where = "unexpected newline" if token.kind == "newline" else "end of file"
        if token.kind not in ("newline", "end"):
            where = token.text
        return AwkFault(f"line {token.line}: syntax error at or near {where}")

    def expect(self, kind: str) -> Token:
        if not self.has(kind):
            raise self.fault()
        return self.next()

    def newlines(self) -> None:
        while self.has("newline"):
            self.at += 1

    def ends(self) -> None:
        while self.has("newline", ";"):
            self.at += 1

    # program

    def program(self) -> Program:
        self.ends()
        while not self.has("end"):
            self._item()
            self.ends()
        return self.result

    def _item(self) -> None:
        if self.word("BEGIN", "END"):
            which = self.next().text
            self.newlines()
            (self.result.begins if which == "BEGIN" else self.result.ends).append(self._block())
        elif self.word("function"):
            self._function()
        else:
            pattern: Tree | None = None
            if not self.has("{"):
                pattern = self._expression()
                if self.has(","):
                    self.next()
                    self.newlines()
                    pattern = ("range", pattern, self._expression())
            action = self._block() if self.has("{") else None
            self.result.rules.append((pattern, action))

    def _function(self) -> None:
        self.next()
        if not self.has("call", "name"):
            raise self.fault()
        name = self.next().text
        self.expect("(")
        parameters = []
        while not self.has(")"):
            parameters.append(self.expect("name").text)
            if self.has(","):
                self.next()
                self.newlines()
        self.next()
        self.newlines()
        function = self.result.functions[name] = Function(name, parameters)
        function.body = self._block()

    # statements

    def _block(self) -> Tree:
        self.expect("{")
        statements = []
        self.ends()
        while not self.has("}"):
            statements.append(self._statement())
            self.ends()
        self.next()
        return ("block", statements)

    def _simple_end(self) -> None:
        if self.has(";", "newline"):
            self.next()
        elif not self.has("}", "end"):
            raise self.fault()

    def _statement(self) -> Tree:
        if self.has("{"):
            return self._block()
        if self.has(";"):
            self.next()
            return ("block", [])
        if self.token.kind == "keyword":
            compound = getattr(self, f"_{self.token.text}_statement", None)
            if compound is not None:
                self.next()
                tree: Tree = compound()
                return tree
        tree = self._simple()
        self._simple_end()
        return tree

    def _body(self) -> Tree:
        self.newlines()
        return self._statement()

    def _condition(self) -> Tree:
        self.expect("(")
        tree = self._expression()
        self.expect(")")
        return tree

    def _if_statement(self) -> Tree:
        condition = self._condition()
        then = self._body()
        mark = self.at
        self.ends()
        if self.word("else"):
            self.next()
            return ("if", condition, then, self._body())
        self.at = mark
        return ("if", condition, then, None)

    def _while_statement(self) -> Tree:
        condition = self._condition()
        if self.has(";"):
            self.next()
            return ("while", condition, ("block", []))
        return ("while", condition, self._body())

    def _do_statement(self) -> Tree:
        body = self._body()
        self.ends()
        if not self.word("while"):
            raise self.fault()
        self.next()
        tree = ("do", body, self._condition())
        self._simple_end()
        return tree

    def _for_statement(self) -> Tree:
        self.expect("(")
        if self.has("name") and self.tokens[self.at + 1].text == "in" and self.tokens[self.at + 3].kind == ")":
            name = self.next().text
            self.next()
            array = self.expect("name").text
            self.next()
            return ("for in", name, array, self._body())
        begin = None if self.has(";") else self._simple()
        self.expect(";")
        self.newlines()
        condition = None if self.has(";") else self._expression()
        self.expect(";")
        self.newlines()
        step = None if self.has(")") else self._simple()
        self.expect(")")
        if self.has(";"):
            self.next()
            return ("for", begin, condition, step, ("block", []))
        return ("for", begin, condition, step, self._body())

    def _leaf(self, name: str) -> Tree:
        self._simple_end()
        return (name,)

    def _break_statement(self) -> Tree:
        return self._leaf("break")

    def _continue_statement(self) -> Tree:
        return self._leaf("continue")

    def _next_statement(self) -> Tree:
        return self._leaf("next")

    def _nextfile_statement(self) -> Tree:
        return self._leaf("nextfile")

    def _exit_statement(self) -> Tree:
        value = None if self.has(";", "newline", "}") else self._expression()
        self._simple_end()
        return ("exit", value)

    def _return_statement(self) -> Tree:
        value = None if self.has(";", "newline", "}") else self._expression()
        self._simple_end()
        return ("return", value)

    def _simple(self) -> Tree:
        if self.word("delete"):
            self.next()
            name = self.expect("name").text
            return ("delete", name, self._subscripts() if self.has("[") else None)
        if self.word("print", "printf"):
            return self._print()
        return ("expression", self._expression())

    def _print(self) -> Tree:
        kind = self.next().text
        values: list[Tree] = []
        self.no_greater, kept = True, self.no_greater
        if not self.has(";", "newline", "}", ">", ">>", "|"):
            values = self._list()
            if len(values) == 1 and values[0][0] == "group":
                values = list(values[0][1])
        self.no_greater = kept
        redirect = target = None
        if self.has(">", ">>", "|"):
            redirect = self.next().kind
            self.no_greater = True
            target = self._expression()
            self.no_greater = kept
        return (kind, values, redirect, target)

    def _list(self) -> list[Tree]:
        values = [self._expression()]
        while self.has(","):
            self.next()
            self.newlines()
            values.append(self._expression())
        return values

    # expressions, from the loosest to the tightest

    def _expression(self) -> Tree:
        condition = self._or()
        if self.has("?"):
            self.next()
            self.newlines()
            then = self._expression()
            self.newlines()
            self.expect(":")
            self.newlines()
            return ("?", condition, then, self._expression())
        if self.token.kind in ASSIGN:
            if condition[0] not in ("variable", "field", "index"):
                raise self.fault()
            operator = self.next().kind
            self.newlines()
            return ("assign", operator, condition, self._expression())
        return condition

    def _or(self) -> Tree:
        left = self._and()
        while self.has("||"):
            self.next()
            self.newlines()
            left = ("||", left, self._and())
        return left

    def _and(self) -> Tree:
        left = self._in()
        while self.has("&&"):
            self.next()
            self.newlines()
            left = ("&&", left, self._in())
        return left

    def _in(self) -> Tree:
        left = self._match()
        while self.word("in") and not self.no_in:
            self.next()
            keys = list(left[1]) if left[0] == "group" else [left]
            left = ("in", keys, self.expect("name").text)
        return left

    def _match(self) -> Tree:
        left = self._comparison()
        while self.has("~", "!~"):
            operator = self.next().kind
            left = ("match", operator == "!~", left, self._comparison())
        return left

    def _comparison(self) -> Tree:
        left = self._concatenation()
        if self.token.kind in COMPARE and not (self.no_greater and self.has(">")):
            operator = self.next().kind
            return ("compare", operator, left, self._concatenation())
        if self.has("|") and self.tokens[self.at + 1].text == "getline":
            raise MissingFault("a command that getline reads from")
        return left

    def _concatenation(self) -> Tree:
        left = self._additive()
        while self.token.kind in BEGINS and not self.has("+", "-") and not self.word("in"):
            left = ("concat", left, self._additive())
        return left

    def _additive(self) -> Tree:
        left = self._multiplicative()
        while self.has("+", "-"):
            operator = self.next().kind
            left = ("arithmetic", operator, left, self._multiplicative())
        return left

    def _multiplicative(self) -> Tree:
        left = self._unary()
        while self.has("*", "/", "%"):
            operator = self.next().kind
            left = ("arithmetic", operator, left, self._unary())
        return left

    def _unary(self) -> Tree:
        if self.has("!", "-", "+"):
            operator = self.next().kind
            return ("unary", operator, self._unary())
        return self._power()

    def _power(self) -> Tree:
        base = self._postfix()
        if self.has("^"):
            self.next()
            exponent = self._unary() if self.has("-", "+", "!") else self._power()
            return ("arithmetic", "^", base, exponent)
        return base

    def _postfix(self) -> Tree:
        tree = self._primary()
        if self.has("++", "--") and tree[0] in ("variable", "field", "index"):
            return ("postfix", self.next().kind, tree)
        return tree

    def _primary(self) -> Tree:
        token = self.next()
        kind = token.kind
        if kind == "number":
            return ("number", float(token.text))
        if kind in ("string", "regex"):
            return (kind, token.text)
        if kind == "$":
            if self.has("++", "--"):
                operator = self.next().kind
                return ("field", ("prefix", operator, self._primary()))
            if self.has("-", "+"):
                return ("field", self._unary())
            return ("field", self._primary())
        if kind in ("++", "--"):
            tree = self._primary()
            if tree[0] not in ("variable", "field", "index"):
                raise self.fault()
            return ("prefix", kind, tree)
        if kind == "(":
            return self._group()
        if kind == "name":
            if self.has("["):
                return ("index", token.text, self._subscripts())
            return ("variable", token.text)
        if kind == "call":
            return ("call", token.text, self._arguments())
        if kind == "builtin":
            return self._builtin(token.text)
        if kind == "keyword" and token.text == "getline":
            return self._getline()
        self.at -= 1
        raise self.fault()

    def _group(self) -> Tree:
        kept, self.no_greater, no_in, self.no_in = self.no_greater, False, self.no_in, False
        self.newlines()
        values = self._list()
        self.newlines()
        self.expect(")")
        self.no_greater, self.no_in = kept, no_in
        return ("group", values)

    def _subscripts(self) -> list[Tree]:
        self.expect("[")
        kept, self.no_greater = self.no_greater, False
        keys = self._list()
        self.no_greater = kept
        self.expect("]")
        return keys

    def _arguments(self) -> list[Tree]:
        self.expect("(")
        kept, self.no_greater = self.no_greater, False
        self.newlines()
        values = [] if self.has(")") else self._list()
        self.newlines()
        self.expect(")")
        self.no_greater = kept
        return values

    def _builtin(self, name: str) -> Tree:
        if name == "system":
            raise MissingFault("system() of awk")
        if not self.has("("):
            if name != "length":
                raise self.fault()
            return ("builtin", "length", [])
        return ("builtin", name, self._arguments())

    def _getline(self) -> Tree:
        target = None
        if self.has("$", "name"):
            target = self._primary()
        source = None
        if self.has("<"):
            self.next()
            source = self._primary()
        else:
            self.result.reads = True
        return ("getline", target, source)
