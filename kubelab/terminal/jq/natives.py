"""jq's built-in functions that take filters or lead along paths; the others are in functions.py."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import cmp_to_key
from typing import Any

from kubelab.terminal.jq.evaluator import Breaking, Evaluator, Item, Native, Scope
from kubelab.terminal.jq.functions import ONE, PLAIN
from kubelab.terminal.jq.parser import Tree, parse
from kubelab.terminal.jq.paths import delete_paths, get_path, set_path
from kubelab.terminal.jq.values import JqError, compare, described, dump, kind_of, number, truth

NATIVES: dict[tuple[str, int], Native] = {}
LONG = 1_000_000
# What jq itself defines by other functions.
PRELUDE = """
def map(f): [.[] | f]; def map_values(f): .[] |= f; def values: select(. != null); def nulls: select(. == null);
def booleans: select(type == "boolean"); def numbers: select(type == "number"); def strings: select(type == "string");
def arrays: select(type == "array"); def objects: select(type == "object");
def iterables: select(type == "array" or type == "object"); def scalars: select(type != "array" and type != "object");
def to_entries: [keys_unsorted[] as $k | {key: $k, value: .[$k]}];
def from_entries: reduce .[] as $x ({}; . + { ($x | if type == "object" then (if has("key") then .key elif has("k")
  then .k elif has("name") then .name elif has("Name") then .Name elif has("Key") then .Key else .K end) else . end
  | if type == "string" then . elif type == "null" then "null" else tojson end):
  ($x | if type == "object" then (if has("value") then .value elif has("v") then .v elif has("Value") then .Value
  else .V end) else null end) });
def with_entries(f): to_entries | map(f) | from_entries;
def del(f): delpaths([path(f)]); def paths: path(..) | select(length > 0);
def paths(f): path(.. | select(f)) | select(length > 0); def leaf_paths: paths(scalars);
def pick(f): . as $top | reduce path(f) as $p (null; setpath($p; $top | getpath($p)));
def any: reduce .[] as $x (false; . or $x); def all: reduce .[] as $x (true; . and $x);
def any(f): any(.[]; f); def all(f): all(.[]; f);
def todate: strftime("%Y-%m-%dT%H:%M:%SZ"); def fromdateiso8601: strptime("%Y-%m-%dT%H:%M:%SZ") | mktime;
def todateiso8601: todate; def fromdate: fromdateiso8601; def dateadd(u; n): . + n; def date: todate;
def walk(f): def w: if type == "object" then map_values(w) elif type == "array" then map(w) else . end | f; w;
def env: $ENV; def in(xs): . as $x | xs | has($x); def inside(xs): . as $x | xs | contains($x);
def combinations: if length == 0 then [] else .[0][] as $x | (.[1:] | combinations) as $w | [$x] + $w end;
def combinations(n): . as $dot | [range(n)] | map($dot) | combinations;
def ascii: [.] | implode; def finites: select(isinfinite or isnan | not); def normals: select(isnormal);
def index($i): indices($i) | .[0]; def rindex($i): indices($i) | .[-1:][0];
def IN(s): any(s == .; .); def IN(src; s): any(src == s; .);
def INDEX(stream; f): reduce stream as $row ({}; .[$row | f | tostring] |= $row); def INDEX(f): INDEX(.[]; f);
def match(re): match(re; null); def test(re): test(re; null); def capture(re): capture(re; null);
def scan(re): scan(re; null); def splits(re): splits(re; null); def sub(re; s): sub(re; s; "");
def gsub(re; s): sub(re; s; "g"); def gsub(re; s; f): sub(re; s; f + "g"); def splits(re; f): split(re; f) | .[];
def capture(re; f): match(re; f) | [.captures | .[] | select(.name != null) | { key: .name, value: .string }]
  | from_entries;
def scan(re; f): match(re; "g" + f) | if (.captures | length) > 0 then [.captures | .[] | .string] else .string end;
def abs: if type == "number" and . < 0 then -. else . end; def toarray: if type == "array" then . else [.] end;
def halt_error: halt_error(5); def add(f): reduce f as $x (null; . + $x);
def nth($n): .[$n]; def nth($n; f): first(skip($n; f)); def isvalid(f): try (f | true) catch false;
def skip($n; f): if $n > 0 then foreach f as $x ($n; . - 1; if . < 0 then $x else empty end) else f end;
def limit($n; f): if $n <= 0 then empty else label $out | foreach f as $x (0; . + 1; $x, if . >= $n then break $out
  else empty end) end;
def isempty(g): first((g | false), true); def error(m): m | error; def not: if . then false else true end;
def group_by(f): _group(map([f])); def unique_by(f): [_group(map([f]))[] | .[0]];
def unique: unique_by(.); def sort_by(f): _sort(map([f])); def min_by(f): _least(map([f])); def sort: sort_by(.);
def max_by(f): _greatest(map([f])); def min: min_by(.); def max: max_by(.);
def tostream: path(def r: (.[]? | r), .; r) as $p | getpath($p) | reduce path(.[]?) as $q ([$p, .]; [$p + $q]);
def input_line_number: 0;
""".replace("\n", " ")


def native(name: str, arguments: int = 0) -> Callable[[Native], Native]:
    """Makes a function a built-in one of jq."""

    def register(function: Native) -> Native:
        NATIVES[name, arguments] = function
        return function

    return register


def prelude() -> Scope:
    """Returns the scope with what jq defines by itself."""
    scope = Scope({}, {})
    tree = parse(PRELUDE + " .")
    evaluator = Evaluator(NATIVES, iter(()), {}, 0.0)
    functions: dict[tuple[str, int], Any] = {}
    scope = Scope({}, functions)
    while tree[0] == "def":
        key, closure = next(reversed(evaluator.define(tree[1], Scope({}, {})).functions.items()))
        functions[key] = closure._replace(scope=scope)
        tree = tree[2]
    return scope


def _one(function: Callable[[Evaluator, Any], Any]) -> Native:
    def run(jq: Evaluator, item: Item, arguments: list[Tree], scope: Scope) -> Iterator[Item]:
        jq.count(1)
        yield Item(function(jq, item.value))

    return run


def _with_values(function: Callable[..., Any]) -> Native:
    """A function whose arguments are values: it runs for each combination of them."""

    def run(jq: Evaluator, item: Item, arguments: list[Tree], scope: Scope) -> Iterator[Item]:
        def combined(rest: list[Tree]) -> Iterator[list[Any]]:
            if not rest:
                yield []
                return
            for value in jq.values(rest[-1], item, scope):
                for before in combined(rest[:-1]):
                    yield [*before, value]

        for values in combined(arguments):
            jq.count(1)
            yield Item(function(jq, item.value, *values))

    return run


for _name, _function in ONE.items():
    NATIVES[_name, 0] = _one(_function)
for (_name, _count), _plain in PLAIN.items():
    NATIVES[_name, _count] = _with_values(_plain)


# streams


@native("empty")
def _empty(jq: Evaluator, item: Item, arguments: list[Tree], scope: Scope) -> Iterator[Item]:
    return iter(())


@native("error")
def _error(jq: Evaluator, item: Item, arguments: list[Tree], scope: Scope) -> Iterator[Item]:
    raise JqError(item.value)


@native("select", 1)
def _select(jq: Evaluator, item: Item, arguments: list[Tree], scope: Scope) -> Iterator[Item]:
    for value in jq.values(arguments[0], item, scope):
        if truth(value):
            yield item


@native("recurse")
def _recurse(jq: Evaluator, item: Item, arguments: list[Tree], scope: Scope) -> Iterator[Item]:
    todo = [item]
    while todo:
        found = todo.pop()
        jq.count(1)
        yield found
        value = found.value
        if isinstance(value, list | dict):
            pairs = list(enumerate(value) if isinstance(value, list) else value.items())
            for key, content in reversed(pairs):
                todo.append(Item(content, None if found.path is None else [*found.path, key]))


@native("recurse", 1)
def _recurse_by(jq: Evaluator, item: Item, arguments: list[Tree], scope: Scope) -> Iterator[Item]:
    todo = [iter([item])]
    while todo:
        found = next(todo[-1], None)
        if found is None:
            todo.pop()
            continue
        jq.count(1)
        yield found
        todo.append(jq.run(arguments[0], found, scope))


@native("recurse", 2)
def _recurse_while(jq: Evaluator, item: Item, arguments: list[Tree], scope: Scope) -> Iterator[Item]:
    step, condition = arguments
    return _recurse_by(jq, item, [("binary", "|", step, ("call", "select", [condition]))], scope)


@native("range", 1)
def _range(jq: Evaluator, item: Item, arguments: list[Tree], scope: Scope) -> Iterator[Item]:
    for end in jq.values(arguments[0], item, scope):
        yield from _numbers(jq, 0, end, 1)


@native("range", 2)
def _range_from(jq: Evaluator, item: Item, arguments: list[Tree], scope: Scope) -> Iterator[Item]:
    for start in jq.values(arguments[0], item, scope):
        for end in jq.values(arguments[1], item, scope):
            yield from _numbers(jq, start, end, 1)


@native("range", 3)
def _range_by(jq: Evaluator, item: Item, arguments: list[Tree], scope: Scope) -> Iterator[Item]:
    for start in jq.values(arguments[0], item, scope):
        for end in jq.values(arguments[1], item, scope):
            for step in jq.values(arguments[2], item, scope):
                yield from _numbers(jq, start, end, step)


def _numbers(jq: Evaluator, start: Any, end: Any, step: Any) -> Iterator[Item]:
    if any(kind_of(each) != "number" for each in (start, end, step)):
        raise JqError("Range bounds must be numeric")
    at = start
    while (at < end if step > 0 else at > end) and step:
        jq.count(1)
        yield Item(number(at))
        at += step


@native("repeat", 1)
def _repeat(jq: Evaluator, item: Item, arguments: list[Tree], scope: Scope) -> Iterator[Item]:
    return _recurse_by(jq, item, arguments, scope)


@native("while", 2)
def _while(jq: Evaluator, item: Item, arguments: list[Tree], scope: Scope) -> Iterator[Item]:
    condition, update = arguments
    todo = [iter([item])]
    while todo:
        found = next(todo[-1], None)
        if found is None:
            todo.pop()
            continue
        for value in jq.values(condition, found, scope):
            if truth(value):
                yield found
                todo.append(jq.run(update, found, scope))


@native("until", 2)
def _until(jq: Evaluator, item: Item, arguments: list[Tree], scope: Scope) -> Iterator[Item]:
    condition, update = arguments
    todo = [iter([item])]
    while todo:
        found = next(todo[-1], None)
        if found is None:
            todo.pop()
            continue
        for value in jq.values(condition, found, scope):
            if truth(value):
                yield found
            else:
                todo.append(jq.run(update, found, scope))


@native("first", 1)
def _first(jq: Evaluator, item: Item, arguments: list[Tree], scope: Scope) -> Iterator[Item]:
    for found in jq.run(arguments[0], item, scope):
        yield found
        return


@native("last", 1)
def _last(jq: Evaluator, item: Item, arguments: list[Tree], scope: Scope) -> Iterator[Item]:
    last = None
    for found in jq.run(arguments[0], item, scope):
        last = found
    if last is not None:
        yield last


@native("first")
def _first_of(jq: Evaluator, item: Item, arguments: list[Tree], scope: Scope) -> Iterator[Item]:
    return jq.run(("index", ("identity",), ("literal", 0)), item, scope)


@native("last")
def _last_of(jq: Evaluator, item: Item, arguments: list[Tree], scope: Scope) -> Iterator[Item]:
    return jq.run(("index", ("identity",), ("literal", -1)), item, scope)


@native("any", 2)
def _any(jq: Evaluator, item: Item, arguments: list[Tree], scope: Scope) -> Iterator[Item]:
    pipe = ("binary", "|", arguments[0], arguments[1])
    yield Item(any(truth(value) for value in jq.values(pipe, item, scope)))


@native("all", 2)
def _all(jq: Evaluator, item: Item, arguments: list[Tree], scope: Scope) -> Iterator[Item]:
    pipe = ("binary", "|", arguments[0], arguments[1])
    yield Item(all(truth(value) for value in jq.values(pipe, item, scope)))


# paths


@native("path", 1)
def _path(jq: Evaluator, item: Item, arguments: list[Tree], scope: Scope) -> Iterator[Item]:
    for path in jq.paths(arguments[0], item.value, scope):
        yield Item(path)


@native("getpath", 1)
def _getpath(jq: Evaluator, item: Item, arguments: list[Tree], scope: Scope) -> Iterator[Item]:
    for path in jq.values(arguments[0], item, scope):
        if not isinstance(path, list):
            raise JqError("Path must be specified as an array")
        yield Item(get_path(item.value, path, jq.count), None if item.path is None else [*item.path, *path])


@native("setpath", 2)
def _setpath(jq: Evaluator, item: Item, arguments: list[Tree], scope: Scope) -> Iterator[Item]:
    for value in jq.values(arguments[1], item, scope):
        for path in jq.values(arguments[0], item, scope):
            if not isinstance(path, list):
                raise JqError("Path must be specified as an array")
            yield Item(set_path(item.value, path, value, jq.count))


@native("delpaths", 1)
def _delpaths(jq: Evaluator, item: Item, arguments: list[Tree], scope: Scope) -> Iterator[Item]:
    for paths in jq.values(arguments[0], item, scope):
        if not isinstance(paths, list):
            raise JqError("Paths must be specified as an array")
        yield Item(delete_paths(item.value, paths, jq.count))


# regular expressions


@native("match", 2)
def _match(jq: Evaluator, item: Item, arguments: list[Tree], scope: Scope) -> Iterator[Item]:
    for found in jq.values(("call", "_match", arguments), item, scope):
        matches: list[Any] = found
        for match in matches:
            yield Item(match)


@native("sub", 3)
def _sub(jq: Evaluator, item: Item, arguments: list[Tree], scope: Scope) -> Iterator[Item]:
    pattern, replacement, flags = arguments
    text = item.value
    for found in jq.values(("call", "_match", [pattern, flags]), item, scope):

        def filled(matches: list[Any], at: int) -> Iterator[str]:
            if not matches:
                yield text[at:]
                return
            match, rest = matches[0], matches[1:]
            names = {capture["name"]: capture["string"] for capture in match["captures"] if capture["name"]}
            for part in jq.values(replacement, Item(names), scope):
                if not isinstance(part, str):
                    raise JqError(f"{described(names, jq.count)} cannot be added to a string")
                for ending in filled(rest, match["offset"] + match["length"]):
                    jq.count(1 + len(ending) // 64)
                    yield text[at : match["offset"]] + part + ending

        for result in filled(found, 0):
            yield Item(result)


# order


def _keyed(jq: Evaluator, item: Item, arguments: list[Tree], scope: Scope) -> list[tuple[Any, Any]]:
    if not isinstance(item.value, list):
        raise JqError(f"Cannot index {kind_of(item.value)} with number" if isinstance(item.value, dict) else
                      f"{described(item.value, jq.count)} cannot be sorted, as it is not an array")  # fmt: skip
    keys = next(jq.values(arguments[0], item, scope))
    return list(zip(keys, item.value, strict=True))


def _in_order(jq: Evaluator, pairs: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    def order(one: Any, two: Any) -> int:
        return compare(one[0], two[0], jq.count)

    return sorted(pairs, key=cmp_to_key(order))


@native("_sort", 1)
def _sort(jq: Evaluator, item: Item, arguments: list[Tree], scope: Scope) -> Iterator[Item]:
    yield Item([value for _key, value in _in_order(jq, _keyed(jq, item, arguments, scope))])


@native("_group", 1)
def _group(jq: Evaluator, item: Item, arguments: list[Tree], scope: Scope) -> Iterator[Item]:
    groups: list[list[Any]] = []
    last: Any = None
    for key, value in _in_order(jq, _keyed(jq, item, arguments, scope)):
        if groups and not compare(last, key, jq.count):
            groups[-1].append(value)
        else:
            groups.append([value])
            last = key
    yield Item(groups)


@native("_least", 1)
def _least(jq: Evaluator, item: Item, arguments: list[Tree], scope: Scope) -> Iterator[Item]:
    pairs = _in_order(jq, _keyed(jq, item, arguments, scope))
    yield Item(pairs[0][1] if pairs else None)


@native("_greatest", 1)
def _greatest(jq: Evaluator, item: Item, arguments: list[Tree], scope: Scope) -> Iterator[Item]:
    pairs = _in_order(jq, _keyed(jq, item, arguments, scope))
    yield Item(pairs[-1][1] if pairs else None)


# the world outside


@native("input")
def _input(jq: Evaluator, item: Item, arguments: list[Tree], scope: Scope) -> Iterator[Item]:
    try:
        value = next(jq.inputs)
    except StopIteration:
        raise JqError("No more inputs") from None
    yield Item(value)


@native("inputs")
def _inputs(jq: Evaluator, item: Item, arguments: list[Tree], scope: Scope) -> Iterator[Item]:
    for value in jq.inputs:
        yield Item(value)


@native("debug")
def _debug(jq: Evaluator, item: Item, arguments: list[Tree], scope: Scope) -> Iterator[Item]:
    jq.messages.append(f'["DEBUG:",{dump(item.value, jq.count)}]\n')
    yield item


@native("debug", 1)
def _debug_of(jq: Evaluator, item: Item, arguments: list[Tree], scope: Scope) -> Iterator[Item]:
    for value in jq.values(arguments[0], item, scope):
        jq.messages.append(f'["DEBUG:",{dump(value, jq.count)}]\n')
    yield item


@native("stderr")
def _stderr(jq: Evaluator, item: Item, arguments: list[Tree], scope: Scope) -> Iterator[Item]:
    jq.messages.append(dump(item.value, jq.count))
    yield item


class Halt(Exception):
    """`halt` and `halt_error`: the filter ends jq itself."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@native("halt")
def _halt(jq: Evaluator, item: Item, arguments: list[Tree], scope: Scope) -> Iterator[Item]:
    raise Halt(0, "")


@native("halt_error", 1)
def _halt_error(jq: Evaluator, item: Item, arguments: list[Tree], scope: Scope) -> Iterator[Item]:
    for status in jq.values(arguments[0], item, scope):
        if kind_of(status) != "number":
            raise JqError("halt_error/1: number required")
        text = item.value if isinstance(item.value, str) else dump(item.value, jq.count) + "\n"
        raise Halt(int(status) & 255, text)
    return iter(())


@native("now")
def _now(jq: Evaluator, item: Item, arguments: list[Tree], scope: Scope) -> Iterator[Item]:
    yield Item(number(jq.now))


@native("input_filename")
def _input_filename(jq: Evaluator, item: Item, arguments: list[Tree], scope: Scope) -> Iterator[Item]:
    yield Item(None)


@native("builtins")
def _builtins(jq: Evaluator, item: Item, arguments: list[Tree], scope: Scope) -> Iterator[Item]:
    yield Item([f"{name}/{count}" for name, count in (*NATIVES, *SCOPE.functions) if not name.startswith("_")])


@native("infinite")
def _infinite(jq: Evaluator, item: Item, arguments: list[Tree], scope: Scope) -> Iterator[Item]:
    yield Item(math.inf)


@native("nan")
def _nan(jq: Evaluator, item: Item, arguments: list[Tree], scope: Scope) -> Iterator[Item]:
    yield Item(math.nan)


SCOPE = prelude()
__all__ = ["NATIVES", "SCOPE", "Breaking", "Halt"]
