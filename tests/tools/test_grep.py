"""grep as on a real machine."""

from __future__ import annotations

import pytest

from kubelab.terminal.regular import SECONDS
from tests.tools.judge import Box, same
from tests.tools.samples import FILES

LINES = r"""
grep apple fruit
grep -i banana fruit
grep -v apple fruit
grep -c apple fruit
grep -n apple fruit numbers
grep -c apple fruit numbers
grep -o 'a[a-z]*' fruit
grep -on p fruit
grep -ob p fruit
grep -l port conf/app.conf fruit
grep -L port conf/app.conf fruit
grep -w fig fruit
grep -w 'cherry 1' fruit
grep -x fig fruit
grep -x 'a.*e' fruit
grep -E 'fig|pear' fruit
grep 'fig\|pear' fruit
grep -F 'c' fruit
grep -F '2.5' numbers
grep -F . numbers
egrep 'a(p)+l' fruit
fgrep 2.5 numbers
grep -P '\d{2}' fruit
grep -oP 'cherry \K\d+' fruit
grep -P '(?<=1)2' fruit
grep -A1 fig fruit
grep -B1 fig fruit
grep -C1 fig fruit
grep -1 fig fruit
grep -n -A1 'apple' fruit
grep -nC1 'line 5$' numbered
grep -A1 -e 'line 2$' -e 'line 7$' numbered
grep -A2 -e 'line 2$' -e 'line 5$' numbered
grep -B2 -A1 apple fruit numbers
grep -c -v '^$' blank
grep -m1 apple fruit
grep -m 2 -n line numbered
grep -m1 -A1 apple fruit
grep -q apple fruit
grep -q nope fruit
grep nope fruit
grep -e apple -e fig fruit
grep -f left right
printf 'fig\npear\n' | grep -f - fruit
printf 'fig\npear\n' > pats; grep -f pats fruit
grep -h apple fruit noend
grep -H apple fruit
grep -r port conf | sort
grep -rn port conf | sort
grep -r 'nginx' | sort
grep -rl port . | sort
grep -rh port conf | sort
grep -rc port conf | sort
grep -r --include='*.conf' port . | sort
grep -r --exclude='*.conf' port . | sort
grep -r --exclude-dir=deep port conf | sort
grep port conf
grep port conf fruit
grep apple nope
grep apple nope fruit
grep -s apple nope
grep -q apple nope fruit
grep
grep --nope
grep -E '(' fruit
grep '[a' fruit
grep '\(' fruit
grep -E 'a{1' fruit
grep 'a\{1' fruit
grep '[[:foo:]]' fruit
grep -E '[[:digit:]]+$' fruit
grep '^[A-Z]' fruit
grep -i '^b' fruit
grep -E '^.{4}$' fruit
grep 'p\{2\}' fruit
grep '\(p\)\1' fruit
grep -E '(a)(p)\2' fruit
grep -E 'a*' noend
grep '*' fruit
grep 'a**' noend
grep '' empty
grep '' fruit | wc -l
grep -c '' noend
grep three noend
grep -v one < noend
cat noend | grep -n two
cat fruit | grep -c a -
grep --color=always apple fruit
grep --color=always -n apple fruit numbers
grep --color=always -o p fruit
grep --color=auto apple fruit
grep -e
grep -A x apple fruit
grep -m x apple fruit
grep -- -3 numbers
grep -e -3 numbers
grep '\bfig\b' fruit
grep '\<c' fruit
grep 'y\>' fruit
grep '\w\+ \w' fruit
grep -E '\s[0-9]' fruit
grep -vE '^(#|$)' conf/app.conf
grep -iE 'RUNNING|completed' pods
grep Running pods | grep -v 12d
printf 'a\0b\n' | grep b
printf 'a\0b\n' | grep -a b | od -c
printf 'a\nb\n' | grep -n b - fruit
grep --label=here -H a - < noend
grep --count apple fruit
grep --max-count=1 --line-number apple fruit
grep -vc a fruit
grep -lv apple fruit
grep -ov apple fruit
grep -E 'x|' noend
grep 'a.c\|fig' fruit
grep -E '^$|fig' fruit
grep 'port *= *[0-9]' conf/app.conf
grep -y FIG fruit
grep --ignore-case FIG fruit
grep -E 'a+?' fruit
grep -A1 --no-group-separator -e 'line 2$' -e 'line 7$' numbered
grep -A1 --group-separator='**' -e 'line 2$' -e 'line 7$' numbered
""".strip().splitlines()


@pytest.mark.parametrize("line", LINES)
def test_it_is_as_on_a_real_machine(line):
    same(line, FILES)


def test_each_line_is_shown_when_it_comes():
    line = "(echo web; sleep 3600; echo db) | grep --line-buffered web | (read x; date +%H:%M; echo $x)"
    assert Box().run(line).out == "12:00\nweb\n"


def test_a_restart_in_the_middle_changes_nothing():
    line = "(seq 5; sleep 1; seq 5 12) | grep -n -B1 -A1 5; (echo a; sleep 1; echo b) | grep -c ."
    assert Box().run(line, restarts=True) == Box().run(line)


def test_an_expression_that_would_try_for_ever_is_stopped():
    outcome = Box({"long": "a" * 60 + "!\n"}).run(r"grep -E '^(a|aa|a?)+\1$' long")
    assert SECONDS < 1
    assert outcome.code == 2 or outcome.code == 1


def test_what_gnu_has_and_the_lab_has_not_says_so():
    assert Box().run("grep --null-data x").err == "grep: option '--null-data' is not simulated in KubeLab\n"
