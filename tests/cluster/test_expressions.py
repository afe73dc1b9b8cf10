"""The language of rules and policies: what expressions come to, what they cost, and what the compiler says of them.

Source: github.com/google/cel-spec, doc/langdef.md; kubernetes.io, reference/using-api/cel; cel-go, checker/errors.go,
ext/comprehensions.go, checker/cost.go.
"""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kubelab.cluster.expressions.compiling import ExpressionError, checked, compiled
from kubelab.cluster.expressions.environments import Environment
from kubelab.cluster.expressions.types import DYN, INT, STRING, list_of, map_of, object_of, optional_of

SEEN = {"self": {"replicas": 3, "name": "web", "labels": {"a": "x"}, "tags": ["b", "a"]}, "nothing": None}
TYPES = Environment(
    36,
    {"self": object_of("Self"), "object": DYN, "maybe": optional_of(STRING)},
    {"Self": {"replicas": INT, "name": STRING, "labels": map_of(STRING, STRING), "tags": list_of(STRING)}},
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3 - -4", 11),
        ("7 / -2 == -3 && -7 % 3 == -1 && 7.0 / 2.0 == 3.5", True),
        ("'a' + \"b\" + r'\\d' + '''c'''", "ab\\dc"),
        ("'\\u00e9\\x41\\101\\n'", "éAA\n"),
        ("b'a\\xff'.size() == 2", True),
        ("0x10 + 1", 17),
        ("1 == 1.0 && 1u == 1 && dyn(1) != 'a' && [1, 2] == [1, 2] && {'a': 1} != {'a': 2}", True),
        ("2 > 1.5 && 'b' > 'a' && duration('1h') > duration('59m')", True),
        ("false && 1 / 0 > 1 || 1 / 0 > 1 || true", True),
        ("has(self.name) && !has(self.other)", True),
        ("self.tags.all(t, t.size() == 1) && self.tags.exists(t, t == 'a') && self.tags.exists_one(t, t > 'a')", True),
        ("self.tags.map(t, t + t)", ["bb", "aa"]),
        ("self.tags.map(t, t > 'a', t)", ["b"]),
        ("self.tags.filter(t, t != 'b')", ["a"]),
        ("self.tags.all(i, t, i < 2 && t != 'c') && self.labels.exists(k, v, k == 'a' && v == 'x')", True),
        ("[1, 1, 2].existsOne(i, v, i == 2 && v == 2)", True),
        ("[1, 2, 3].transformList(i, v, i % 2 == 0, i * v + v)", [1, 9]),
        ("{'greeting': 'hello'}.transformMap(k, v, v + '!')", {"greeting": "hello!"}),
        ("[4, 5].transformMapEntry(i, v, {v: i})", {4: 0, 5: 1}),
        ("self.?other.orValue(5) + self.?replicas.orValue(0)", 8),
        ("self.?labels.a.optMap(v, v + '!').orValue('none')", "x!"),
        ("optional.of(1).optFlatMap(v, optional.none()).hasValue()", False),
        ("[?self.?other, 1, ?self.?name]", [1, "web"]),
        ("{?'a': self.?other, 'b': 2}", {"b": 2}),
        ("self.tags[?5].or(optional.of('z')).value()", "z"),
        ("optional.ofNonZeroValue('').hasValue()", False),
        ("type(1) == int && type(self.name) == string && type([]) == list && type(null) == null_type", True),
        ("int('42') + int(2.9) + int(duration('2s')) / 1000000000", 46),
        ("string(1) + string(1.5) + string(true) + string(b'x')", "11.5truex"),
        ("string(timestamp('2024-02-03T04:05:06Z') + duration('1h30m'))", "2024-02-03T05:35:06Z"),
        ("timestamp('2024-02-03T04:05:06Z').getMonth() + timestamp('2024-02-03T04:05:06Z').getDayOfWeek()", 7),
        ("timestamp('2024-02-03T23:05:06Z').getHours('Europe/Berlin')", 0),
        ("duration('90m').getHours()", 1),
        ("'Tacocat'.lowerAscii().substring(0, 4) + 'a b'.replace(' ', '-') + 'x,y'.split(',')[1]", "tacoa-by"),
        ("['a', 'b'].join('-') + 'hello'.charAt(1) + string('hello'.indexOf('l')) + ' x '.trim()", "a-be2x"),
        ("'%s is %d of %.1f, %x %b %o'.format(['a', 1, 2.55, 255, 5, 8])", "a is 1 of 2.5, ff 101 10"),
        ("'%s'.format([{'b': [1, true], 'a': null}])", "{a: null, b: [1, true]}"),
        ("[1, 2, 3].isSorted() && [3, 1].max() == 3 && [3, 1].min() == 1 && [1, 2].sum() == 3", True),
        ("['a', 'b', 'a'].lastIndexOf('a') + ['a', 'b'].indexOf('c')", 1),
        ("'abc 123 def 456'.find('[0-9]+') + '|' + '1 2 3'.findAll('[0-9]', 2).join('')", "123|12"),
        ("url('https://user@example.com:80/a/b?c=d&c=e').getHost()", "example.com:80"),
        ("url('https://example.com:80/a?c=d&c=e').getQuery()['c'][1] + url('/p').getEscapedPath()", "e/p"),
        ("isURL('https://a') && !isURL('a b')", True),
        ("quantity('1.5Gi').isGreaterThan(quantity('1Gi')) && quantity('50k').asInteger() == 50000", True),
        ("quantity('1').add(quantity('500m')).sub(1).compareTo(quantity('500m'))", 0),
        ("isQuantity('10Mo')", False),
        ("ip('127.0.0.1').isLoopback() && ip('::1').family() == 6 && !isIP('1.2.3') && isIP('fe80::1')", True),
        ("ip.isCanonical('2001:DB8::1')", False),
        ("cidr('192.168.0.0/24').containsIP('192.168.0.9') && cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16')", True),
        ("string(cidr('10.1.2.3/8').masked()) + string(cidr('10.1.2.3/8').ip())", "10.0.0.0/810.1.2.3"),
        ("semver('1.2.3').isLessThan(semver('1.10.0')) && semver('v1.2', true).minor() == 2 && !isSemver('1.2')", True),
        ("semver('1.0.0-alpha.2').compareTo(semver('1.0.0-alpha.10'))", -1),
        ("sets.contains([1, 2, 3], [3, 1]) && sets.intersects([1], [2, 1]) && sets.equivalent([1, 1], [1])", True),
        ("nothing == null", True),
    ],
)
def test_expressions_come_to_what_the_language_says(text, value):
    outcome = compiled(text).run(SEEN)
    assert outcome.error == ""
    assert outcome.value == value


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("self.other", "no such key: other"),
        ("nothing.name", "no such key: name"),
        ("self.labels['b']", "no such key: b"),
        ("self.tags[2]", "index out of bounds: 2"),
        ("1 / 0", "division by zero"),
        ("1 % 0", "modulus by zero"),
        ("9223372036854775807 + 1", "integer overflow"),
        ("0u - 1u", "unsigned integer overflow"),
        ("1 + 'a'", "no such overload"),
        ("self.replicas && true", "no such overload"),
        ("int('x')", "type conversion error from 'string' to 'int'"),
        ("optional.none().value()", "optional.none() dereference"),
        ("{'a': 1, 'b': 1}.transformMapEntry(k, v, {v: k})", "insert failed: key 1 already exists"),
        ("other", "no such attribute(s): other"),
        ("[1, 2].all(x, x / 0 > 1)", "division by zero"),
    ],
)
def test_what_goes_wrong_is_said_in_cels_words(text, error):
    assert compiled(text).run(SEEN).error == error


@pytest.mark.parametrize(
    ("text", "cost"),
    [
        ("self.replicas > 1", 3),
        ("has(self.name)", 1),
        ("self.tags.all(t, t != '')", 2 + 2 * (2 + 1 + 1) + 1 + 0 + 1 * 0),
        ("[1, 2]", 10),
        ("{'a': 1}", 30),
        ("'a' + 'b'", 1),
        ("self.tags.map(t, t)", 2 + 10 + 2 * (1 + 1 + 10 + 1) + 1),
        ("true || self.name == ''", 0),
    ],
)
def test_what_has_been_run_has_cost(text, cost):
    assert compiled(text).run(SEEN).cost == cost


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("self.replica > 1", "1:5: undefined field 'replica'"),
        ("self.replicas + 'a'", "1:15: found no matching overload for '_+_' applied to '(int, string)'"),
        ("other", "1:1: undeclared reference to 'other' (in container '')"),
        ("self.name.foo(1)", "1:14: undeclared reference to 'foo' (in container '')"),
        ("self.name.startsWith(1)", "1:21: found no matching overload for 'startsWith' applied to 'string.(int)'"),
        ("self.replicas.x", "1:14: type 'int' does not support field selection"),
        (
            "self.replicas.all(x, true)",
            "1:5: expression of type 'int' cannot be range of a comprehension (must be list, map, or dynamic)",
        ),
        ("[1, 'a']", "1:5: expected type 'int' but found 'string'"),
        ("self.name.matches('(')", "1:19: invalid matches argument"),
        ("duration('1 hour') > duration('1h')", "1:10: invalid duration argument"),
        ("1 +", "1:4: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', "),
        ("self..name", "1:6: Syntax error: no viable alternative at input '..'"),
        ("self name", "1:6: Syntax error: extraneous input 'name' expecting <EOF>"),
        ("has(self)", "1:5: invalid argument to has() macro"),
        ("self.tags.map(1, 2)", "1:15: argument must be a simple name"),
        ("self.if", "1:6: "),
        ("cel.bind(x, 1, x)", "1:1: undeclared reference to 'cel' (in container '')"),
        ("Object{a: 1}", "1:7: undeclared reference to 'Object' (in container '')"),
    ],
)
def test_the_compiler_says_what_is_wrong_and_where(text, said):
    wrong = checked(text, TYPES).errors
    if said == "1:6: ":  # a reserved word may be a field's name after a dot: it is only not defined
        said = "1:5: undefined field 'if'"
    assert wrong[0].startswith(f"ERROR: <input>:{said}")
    line = wrong[0].splitlines()
    assert line[1] == f" | {text}"
    assert len(line[2]) == 3 + int(said.split(":")[1])


@pytest.mark.parametrize(
    ("text", "type"),
    [
        ("self.tags.map(t, t.size())", "list(int)"),
        ("self.labels.transformMap(k, v, v.size())", "map(string, int)"),
        ("self.?labels.a", "optional_type(string)"),
        ("maybe.orValue('')", "string"),
        ("object.anything.at.all", "dyn"),
        ("object.a + 1", "int"),
        ("quantity('1')", "kubernetes.Quantity"),
        ("[]", "list(dyn)"),
        ("type(1)", "type(int)"),
        ("self.replicas > 1 ? 'a' : self.name", "string"),
        ("optional.none()", "optional_type(dyn)"),
    ],
)
def test_types_are_found_out(text, type):
    found = checked(text, TYPES)
    assert (found.errors, str(found.type)) == ((), type)


@pytest.mark.parametrize(
    ("text", "since"),
    [
        ("ip('::1').family() == 6", 31),
        ("format.dns1123Label().validate('a').hasValue()", 32),
        ("[1].all(i, v, i == v)", 33),
        ("semver('1.0.0').major() == 1", 34),
    ],
)
def test_a_library_is_for_new_expressions_one_version_after_the_one_that_brought_it(text, since):
    assert checked(text, Environment(since)).errors == ()
    assert checked(text, Environment(since - 1)).errors != ()


def test_what_is_too_long_or_too_deep_is_none():
    for text in ("'" + "a" * 100_001 + "'", "(" * 260 + "1" + ")" * 260, "!" * 3 + "(" * 5000):
        with pytest.raises(ExpressionError):
            compiled(text)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(-5, 5) | st.text("ab", max_size=2)
    | st.just(datetime(2024, 1, 1, tzinfo=UTC)) | st.just(timedelta(seconds=1)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=5,
)  # fmt: skip
TWO = ["({} + {})", "({} == {})", "({} && {})", "({} in {})", "({} < {})", "({} / {})"]
LOOPS = ["{}.all(e, e == {})", "{}.map(e, {})", "{}.exists(i, e, e == {})", "{}[{}]"]
ONE = ["size({})", "string({})", "!{}", "int({})", "{}.orValue(1)", "quantity({})", "ip({})"]
PARTS = st.recursive(
    st.sampled_from(["x", "y", "x.a", "y.b", "1", "'a'", "true", "null", "[1, 2]", "{'a': 1}", "1.5", "2u", "x.?a"]),
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(TWO), inner, inner),
        st.tuples(st.sampled_from(LOOPS), inner, inner),
        st.tuples(st.sampled_from(ONE), inner),
    ).map(lambda parts: parts[0].format(*parts[1:])),
    max_leaves=6,
)  # fmt: skip


@settings(max_examples=150)
@given(PARTS, VALUES, VALUES)
def test_whatever_an_expression_meets_it_comes_to_a_value_or_says_why_not(text, x, y):
    outcome = compiled(text).run({"x": x, "y": y})
    assert outcome.value is None or outcome.error == ""
    assert outcome.cost >= 0
    checked(text, Environment(36, {"x": DYN, "y": DYN}))
