"""jq: filters as the library of the same name runs them, the command line as on a real machine."""

from __future__ import annotations

import json

import jq as library
import pytest

from kubelab.terminal.jq import evaluator
from tests.tools.judge import Box, lab, same

DATA = {
    "items": [
        {"metadata": {"name": "web", "labels": {"app": "web", "tier": "front"}}, "spec": {"replicas": 3}, "n": 1.5},
        {"metadata": {"name": "db", "labels": {"app": "db"}}, "spec": {"replicas": 1}, "n": -2},
        {"metadata": {"name": "job"}, "spec": {"replicas": None}, "n": 10},
    ],
    "text": "a,b, c",
    "empty": [],
    "date": "2024-03-05T06:07:08Z",
}
FILTERS = r"""
.
.items[0].metadata.name
.items[].metadata.name
.items[-1]
.items[1:]
.items[:1]
.text[2:4]
.nope
.nope.deeper
.items[5]
."text"
.["text"]
.items | length
.items | map(.metadata.name)
[.items[] | select(.spec.replicas > 1) | .metadata.name]
.items[] | {name: .metadata.name, replicas: .spec.replicas}
.items[] | {(.metadata.name): .n}
.items[0] | {metadata, n}
.items[0].metadata | {"x": .name, "y z": 1, name}
[.items[].metadata.labels.app]
.items[].metadata.labels.app // "none"
.items[] | .metadata.labels | keys?
.items[0] | keys
.items[0] | keys_unsorted
[.items[] | .n] | add, min, max, length
[.items[] | .n] | sort, reverse
.items | sort_by(.n) | .[].metadata.name
.items | sort_by(.spec.replicas, .n) | map(.metadata.name)
.items | group_by(.spec.replicas) | map(length)
.items | unique_by(.spec.replicas) | length
.items | min_by(.n).metadata.name, max_by(.n).metadata.name
[1,1,2,3,3] | unique
.items[0].metadata.labels | to_entries
.items[0].metadata.labels | with_entries(.value |= ascii_upcase)
[{"name":"a","value":1},{"key":"b","value":2}] | from_entries
.items[0].metadata.labels | to_entries[] | "\(.key)=\(.value)"
.text | split(",")
.text | split(", *"; null)
["a","b",1,null] | join("-")
.text | ascii_upcase, length, explode[0]
.text | test("b"), test("B"; "i"), test("^x")
.text | [match("[a-c]"; "g").string]
.text | [scan("[a-c]")]
.text | sub(","; ";"), gsub(","; ";")
"aXbX" | gsub("(?<l>[a-z])X"; "\(.l)-")
"2024-03" | capture("(?<y>\\d+)-(?<m>\\d+)")
.text | startswith("a"), endswith("c"), ltrimstr("a"), rtrimstr("c")
.text | index(","), rindex(","), indices(",")
[1,2,1] | index(1), indices(1), indices([1])
.items | any(.n > 5), all(.n > 5)
[true, false] | any, all
if .items | length > 2 then "many" elif true then "some" else "few" end
if .nope then 1 else 2 end
try error("x") catch .
try (1/0) catch .
[.items[] | .metadata.labels.tier?]
(.text | tonumber)? // "not a number"
[.[]?]
reduce .items[] as $i (0; . + $i.n)
[foreach range(5) as $i (0; . + $i; [$i, .])]
[foreach (1,2,3) as $x (0; . + $x)]
.items[0] as {metadata: {name: $n}, n: $v} | [$n, $v]
.items as [$a, $b] | $a.n + $b.n
[limit(3; range(10))], [first(range(5))], [last(range(5))], [nth(2; range(5))]
[range(2; 10; 3)], [range(5; 0; -2)], [range(0)]
[.items[].n] | map(. * 2 - 1)
10 / 4, 10 % 3, -10 % 3, 2 * 3.5, 1 - 3
"ab" * 3, ("a,b" / ","), ([1,2,3] - [2]), ({a:1} + {b:2}), ({a:{b:1}} * {a:{c:2}})
null + 1, [1] + [2], "a" + "b"
1 == 1.0, "a" < "b", [] < {}, null < false, {} == {}
true and false, true or error, (null | not)
[paths] | length
[paths(type == "number")]
getpath(["items", 0, "n"]), getpath(["x", "y"])
path(.items[0].n), [path(..)] | length
.items[0].n = 5 | .items[0].n
.items[].n |= . + 1 | [.items[].n]
.items[0].spec.replicas += 2 | .items[0].spec
.new.deep[2] = 1 | .new
.items |= map(select(.n > 0)) | .items | length
del(.items[0, 1]) | .items | length
del(.items[] | select(.n > 0)) | [.items[].n]
delpaths([["text"], ["items"]])
to_entries | map(.key)
.items | map(has("n")), (.[0] | has("nope"))
[.items[0] | .. | numbers]
[..|strings] | length
[1, [2, [3, [4]]]] | flatten, flatten(1)
{"a": [1, 2]} | contains({a: [1]}), inside({a: [1, 2, 3]})
"foobar" | contains("bar")
[1,2,3] | contains([3])
"x" | inside("xyz")
[3,[1],{"a":2},"s",null,true,false,1.5] | map(type), sort
[1.5, 2.4, -1.5] | map(floor), map(ceil), map(round), map(sqrt?)
pow(2; 10), (8 | log2), (100 | log10), (0 | exp)
"1" | tonumber, ("1.50" | tonumber), (1 | tostring), ([1] | tojson), ("[1,2]" | fromjson)
@json "v: \([1,2])", @text "a\(1)", @base64 "\("hi")", @uri "q=\("a b&c")", @html "\("<x>")", @sh "echo \("it's")"
[1, "a\"b", null, true] | @csv, @tsv
"aGVsbG8=" | @base64d
"hello" | @base64, @uri, @json, @html
["a b", 1] | @sh
.date | fromdate, (fromdate | todate), (fromdateiso8601 | gmtime | mktime)
1700000000 | todate, strftime("%Y-%m-%d %H:%M:%S"), (gmtime | .[0])
"10:20" | strptime("%H:%M") | .[3:5]
def f(x): x * 2; f(.items[0].n)
def f($a; $b): $a + $b; f(1; 2)
def fac: if . <= 1 then 1 else . * (. - 1 | fac) end; 10 | fac
[recurse(if . < 3 then . + 1 else empty end; true)] | length
2 | [recurse(if . < 20 then . * . else empty end)]
[.[] | numbers], [.[] | scalars] | length
[1, 2] | [while(length < 4; . + [0])] | length
1 | until(. > 100; . * 2)
label $out | foreach (1, 2, 3) as $i (0; . + $i; if . > 2 then ., break $out else . end)
[.items[] | .n] as [$x] | $x
[splits("a, b"; ", ")]?
"a1b2" | [splits("[0-9]")]
$ENV | type
env | type
[.items[].n | -.]
"\u00e9\n\t\"\\"
"é" | length, utf8bytelength, @uri
[.items[] | [.metadata.name, .n]] | transpose
[[1,2],[3]] | transpose, combinations
walk(if type == "number" then . + 1 else . end) | .items[0].n
.items | map(.spec.replicas // 0) | add
.items[] | select(.metadata.labels | . != null and has("tier")) | .metadata.name
.items | map({(.metadata.name): .spec.replicas}) | add
.items | map(select(.metadata.name | IN("web", "db"))) | length
.items | INDEX(.metadata.name) | keys
infinite, -infinite | tostring
[nan] | tostring
[1,2,3] | .[1:] = [9] | ., .[0]
[.items[] | {a: .n, b: (.spec.replicas, 0)}] | length
{a: (1, 2), b: (3, 4)}
[1,2,3][1], {"a": 1}.a, "abc"[1:]
.. | objects | select(has("tier")) | .tier
tojson | fromjson == .
[.[] | tojson] | length
ascii_downcase?, "ABC" | ascii_downcase
.items | to_entries | map(.key)
.items | map(.n) | @text
any(.items[]; .n > 9), all(.items[]; .n > 9)
[.items[].n] | [.[] | select(. > 0)] | length
.items[0] | with_entries(select(.key | startswith("m")))
[limit(0; 1, 2)], isempty(empty), isempty(1)
try error catch ., try error(null) catch .
.items[0].metadata.labels["app"]
.items[0]["metadata"]["name"]
[.items[] | .metadata.name | ascii_upcase] | join(" ")
first(.items[] | select(.n > 5)) | .n
.items | first.n, last.n
[range(0, 3; 2, 4)]
. as $d | $d.items | length as $l | [$l, ($d | keys | length)]
[.[]?] | map(type)
splits("x")?
getpath(["items"]) | map(.n) | map(tostring)
pick(.items[0].n)
[1,null,2] | map(values)
tostream | select(length == 1) | length
""".strip().splitlines()
OPTIONS = r"""
jq . doc
jq -c . doc
jq -r .a doc
jq .a doc
jq -r '.list[]' doc
jq -j '.list[]' doc
jq -S . doc
jq --tab .list doc
jq --indent 1 .list doc
jq --indent 0 .list doc
jq -n '1, 2'
jq -n
echo 1 2 3 | jq -s -c .
printf 'a\nb\n' | jq -R .
printf 'a\nb\n' | jq -Rs .
printf 'a\nb\n' | jq -Rn '[inputs]' -c
echo '1 2 3' | jq -n '[inputs]' -c
echo '1 2 3 4' | jq -c '[., input]'
jq --arg x 1 '$x' doc
jq --argjson x '{"a":1}' -c '$x' doc
jq -n --arg a 1 --arg b 2 '$a + $b'
jq -n -c '$ARGS' --args a b
jq -n -c '$ARGS.positional' --jsonargs 1 '"x"'
jq -n --slurpfile f doc '$f | length'
jq -n --rawfile f doc '$f | length'
jq -e .nope doc
jq -e .a doc
jq -e empty doc
jq .a.b doc
jq '.list | .x' doc
jq '.[0]' doc
jq '.a[]' doc
jq 'error("boom")' doc
jq '.a | error' doc
jq -n '{} | error'
jq . nope
jq . doc nope
jq 'halt_error' doc
jq -n '"bye\n" | halt_error(3)'
jq 'foo' doc
jq '$x' doc
echo '' | jq .
echo '{"a":1}{"a":2}' | jq .a
echo '"\u00e9"' | jq -a .
echo '[1.0, 1e2, 100000000000000000000, 0.1, 1e-5]' | jq -c 'map(. * 1)'
echo '{"b":1,"a":2}' | jq -c 'keys, to_entries'
echo 5 | jq 'debug'
echo '"a"' | jq -r '. + "b"'
jq -nr '"a\tb"'
jq -nr '@tsv "\(["a","b"])"'
jq -rn '["a","b"] | @csv'
jq -c --sort-keys . doc
jq --compact-output --raw-output .a doc
jq -f prog doc
jq -cr .list doc
jq -nc '[1,2] | map(. as $x | $x * 2)'
kubectl() { cat doc; }; kubectl get x -o json | jq -r '.items[]?.name // .a'
""".strip().splitlines()
FILES = {"doc": '{"a": "text", "list": [1, "two", null], "z": {"y": true}}\n', "prog": ".list\n| length\n"}


@pytest.mark.parametrize("filter_", FILTERS)
def test_a_filter_gives_what_the_library_gives(filter_):
    try:
        expected = library.compile(filter_).input_value(DATA).all()
    except ValueError as error:
        expected = str(error)
    outcome = lab("jq -c -f filter data", {"data": json.dumps(DATA), "filter": filter_})
    if isinstance(expected, str):
        assert outcome.code == 5, (expected, outcome)
    else:
        assert [json.loads(line) for line in outcome.out.splitlines()] == expected, outcome


@pytest.mark.parametrize("line", OPTIONS)
def test_the_command_line_is_as_on_a_real_machine(line):
    same(line, FILES)


@pytest.mark.parametrize(
    "filter_",
    [
        "[range(1e9)]", "last(repeat(1))", "def f: f; f", 'reduce range(100) as $i ("a"; . + .)', "until(false; . + 1)",
        "reduce range(60) as $i (0; [., .]) | tojson", '"x" * 1e9', ".[1e9] = 1",
    ],
)  # fmt: skip
def test_a_filter_without_end_is_stopped(filter_, monkeypatch):
    monkeypatch.setattr(evaluator, "STEPS", 10_000)  # so that it does not take the time that a learner is given
    outcome = lab("jq -n -f filter", {"filter": filter_})
    assert outcome.code == 5 and "a limit of KubeLab" in outcome.err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a":1', "Unfinished JSON term at EOF at line 2, column 0"),
        ('{"a" 1}', "Expected separator between values at line 1, column 7"),
        ("hello", "Invalid numeric literal at line 2, column 0"),
        ("{a:1}", "Invalid numeric literal at line 1, column 3"),
        ("[1,2", "Unfinished JSON term at EOF at line 2, column 0"),
        ("kind: Pod", "Invalid numeric literal at line 1, column 5"),
    ],
)
def test_text_that_is_no_json_is_pointed_at(text, message):
    outcome = lab("jq . text", {"text": text + "\n"})
    assert (outcome.err, outcome.code) == (f"jq: parse error: {message}\n", 4)


def test_a_filter_that_is_none_is_refused_with_status_3():
    assert lab("jq '.a |'", stdin="{}").err == (
        "jq: error: syntax error, unexpected end of file (Unix shell quoting issues?) at <top-level>, line 1:\n.a |\n"
        "jq: 1 compile error\n"
    )


def test_results_are_coloured_on_a_terminal():
    out = Box().run("echo '{\"a\":[1,null]}' | jq -c .", tty=True).out
    assert "\x1b[0;37m1\x1b[0m" in out and "\x1b[1;30mnull\x1b[0m" in out
    assert "\x1b[" not in Box().run("echo 1 | jq -M .", tty=True).out
