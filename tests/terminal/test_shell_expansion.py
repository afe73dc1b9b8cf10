"""Any word, however it is quoted, becomes the arguments that it becomes in bash."""

import subprocess

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.terminal.judged import ENVIRONMENT, ours

PRELUDE = "x='a  b' y= z='*' w=';echo no' n=3; unset u; set -- 'one 1' two\n"
PLAIN = st.text(alphabet="abc12.,:=+-_/%@^~", min_size=1, max_size=4)
EXPANSIONS = st.sampled_from(
    r"""
$x|${x}|$y|$z|$w|$u|${u:-d e}|${x:+s t}|${#x}|${x#a}|${x%b}|${x/ /_}|${x// /}|${x:2}|${x^^}|$n|$((n+1))|$1|$2|$#
$(echo hi)|$(printf 'p  q\n')|`echo bq`|${x%%b*}|${z}|${y:-$x}|${u-'q r'}|${x@Q}|${u:-"d  e"}
"$@"|"$*"|$@|$*|"${@:1:1}"|"${u:-d  e}"|"${x/a/&&}"|${x/a/"&"}|"${u:+no}"|${!x*}
""".strip()
    .replace("\n", "|")
    .split("|")
)
SINGLE = st.text(alphabet='ab $"\\`*?', max_size=5).map(lambda text: f"'{text}'")
ESCAPED = st.sampled_from(list(" $\"'\\`*?[;&|<>()#~{}ab")).map(lambda letter: "\\" + letter)
INSIDE = st.lists(
    st.text(alphabet="ab '*?~;|&{},", max_size=4)
    | st.sampled_from(
        ["$x", "${x}", "$y", "$(echo in)", "$((1+1))", '\\"', "\\$", "\\\\", "\\a", "${u:-d}", "`echo q`", "$*"]
    ),
    max_size=4,
).map(lambda parts: '"' + "".join(parts) + '"')
BRACES = st.sampled_from(["{a,b}", "{1..3}", "{x}", "{,c}", "{c..a}", "{a,{b,c}}", "{}", "{1..}"])
ANSI = st.sampled_from(["$'a\\tb'", "$'\\x41'", "$'it\\'s'", "$'\\\\n'"])
WORD = st.lists(PLAIN | EXPANSIONS | SINGLE | ESCAPED | INSIDE | BRACES | ANSI, min_size=1, max_size=5).map("".join)


def by_bash(script: str) -> tuple[str, int]:
    done = subprocess.run(
        ["bash", "-c", script], cwd="/", env=ENVIRONMENT, capture_output=True, text=True, errors="surrogateescape",
        timeout=10, check=False,
    )  # fmt: skip
    return done.stdout, done.returncode


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.lists(WORD, min_size=1, max_size=3))
def test_words_become_the_arguments_that_bash_makes_of_them(words):
    script = PRELUDE + "set -f; printf '<%s>' " + " ".join(words)
    here = ours(script, "/tmp/judged")
    assert (here.stdout, here.exit) == by_bash(script)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.text(alphabet="ab:, \t", max_size=12), st.sampled_from([" ", ":", ",", ": ", " ,", "", "ab"]))
def test_text_is_split_as_bash_splits_it(text, ifs):
    script = f"IFS='{ifs}'; x='{text}'; printf '<%s>' $x; read a b c <<< \"$x\"; printf '[%s]' \"$a\" \"$b\" \"$c\""
    here = ours(script, "/tmp/judged")
    assert (here.stdout, here.exit) == by_bash(script)


NUMBERS = st.integers(-20, 20).map(str) | st.sampled_from(["x", "y", "0x1f", "010", "z"])
EXPRESSIONS = st.recursive(
    NUMBERS,
    lambda inner: (
        st.tuples(
            inner,
            st.sampled_from(
                ["+", "-", "*", "/", "%", "<<", ">>", "&", "|", "^", "&&", "||", "<", ">=", "==", "!=", ","]
            ),
            inner,
        ).map(" ".join)
        | inner.map(lambda text: f"({text})")
        | inner.map(lambda text: f"!({text})")
        | inner.map(lambda text: f"- {text}")
        | st.tuples(inner, inner, inner).map(lambda parts: "({} ? {} : {})".format(*parts))
    ),
    max_leaves=6,
)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(EXPRESSIONS)
def test_expressions_have_the_value_that_bash_computes(expression):
    script = f"x=7; y=-3; unset z; echo $(( {expression} ))"
    here = ours(script, "/tmp/judged")
    assert (here.stdout, here.exit) == by_bash(script)
