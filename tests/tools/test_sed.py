"""sed as on a real machine."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kubelab.terminal.sed import editor
from tests.tools.judge import Box, same
from tests.tools.samples import FILES

LINES = r"""
sed 's/apple/APPLE/' fruit
sed 's/p/P/g' fruit
sed 's/p/P/2' fruit
sed 's/p/P/2g' fruit
sed -n 's/apple/x/p' fruit
sed 's/APPLE/x/I' fruit
sed 's/\(.\)\(.\)/\2\1/' fruit
sed -E 's/(.)(.)/\2\1/' fruit
sed -r 's/([a-z]+) ([0-9]+)/\2 \1/' fruit
sed 's/a/[&]/g' fruit
sed 's|/bin|/BIN|g' passwd
sed 's#/#\##g' passwd
sed 's/\//|/g' passwd
sed 's/[/]/|/g' passwd
sed 's/x*/-/g' left
sed 's/b*/X/2' left
sed 's/a*/x/g' fruit
sed 's/$/!/' noend
sed 's/^/> /' noend
sed 's/./\U&/' fruit
sed 's/.*/\U&/' fruit
sed -E 's/(.)(.*)/\U\1\E\2/' fruit
sed 's/a/\n/' fruit
sed 's/\t/,/g' tabs
sed 's/a\|e/_/g' fruit
sed -E 's/a|e/_/g' fruit
sed 's/[[:digit:]]\+/N/g' fruit
sed -E 's/[0-9]+$/N/' pods
sed 's/a/b/w out' fruit; cat out
sed 's/a/1/;s/p/2/' fruit
sed -e 's/a/1/' -e 's/p/2/' fruit
sed -n 2p fruit
sed -n '2,4p' fruit
sed -n '$p' fruit
sed -n '/fig/p' fruit
sed -n '/fig/,$p' fruit
sed -n '/apple/,/fig/p' fruit
sed -n '2,+2p' fruit
sed -n '1~2p' numbered
sed -n '0~3p' numbered
sed -n '2,~4p' numbered
sed -n '0,/apple/p' fruit
sed -n '1,/pear/p' fruit
sed -n '/fig/!p' fruit
sed '2d' fruit
sed '2,4d' fruit
sed '$d' fruit
sed '/^$/d' fruit
sed '/^#/d;/^$/d' conf/app.conf
sed '1!d' fruit
sed -n '5,2p' fruit
sed '/fig/,2d' fruit
sed '2q' fruit
sed '2q5' fruit
sed 2Q fruit
sed -n '/fig/{p;q}' fruit
sed '/fig/a after' fruit
sed '/fig/i before' fruit
sed '/fig/c changed' fruit
sed '2,3c changed' fruit
sed '$a end' fruit
sed '$a end' noend
sed '1i\  indented' noend
sed 'a\' -e 'text' left
sed = left
sed -n '$=' fruit
sed 'y/abc/xyz/' fruit
sed 'y/abc/xy/' fruit
sed n left
sed 'n;d' numbered
sed '$!N;s/\n/ /' numbered
sed 'N;N;s/\n/,/g' numbered
sed -n '$!{h;d};H;x;p' left
sed -n '1!G;h;$p' left
sed G left
sed 'x;p;x' left
sed -n 'H;${x;s/\n/,/g;s/^,//;p}' left
sed ':a;N;$!ba;s/\n/ /g' left
sed ':a;s/^\(.\{1,6\}\)$/ \1/;ta' left
sed -e :a -e '$!N;s/\n//;ta' left
sed '/one/{s/one/1/;b};s/^/x/' left
sed 's/one/1/;t;s/^/x/' left
sed 's/one/1/;T;s/^/x/' left
sed '$!N;P;D' fruit
sed '$!N;/^\(.*\)\n\1$/!P;D' blank
sed -n l tabs
sed -n 'l 20' pods
sed -i 's/a/b/' fruit; cat fruit
sed -i.bak 's/a/b/' fruit; cat fruit fruit.bak
sed -i -e '1d' fruit noend; cat fruit noend
sed -n -i '2p' fruit; cat fruit
sed -i '$a x' noend; cat noend
sed -i 's/a/b/' nope
sed -i 's/a/b/' conf
sed -i 2q numbered; cat numbered
sed s/a/b/ nope
sed s/a/b/ nope left
sed s/a/b/ conf
sed -s -n '$p' left right
sed -n '$p' left right
sed -n 'F;q' left
cat left | sed -n 'F;q'
sed 's/a/b' fruit
sed 's/a' fruit
sed 'k' fruit
sed 's/a/b/k' fruit
sed '/a' fruit
sed 'p;}' fruit
sed '{p' fruit
sed 's/\(a/b/' fruit
sed 's/a/\1/' fruit
sed 'b nope' fruit
sed '3,' fruit
sed 'a' fruit
sed 'p x' fruit
sed '0p' fruit
sed ': ' fruit
sed 'r left' noend
sed '1r left' fruit
sed 'r nope' left
sed '2w out' left; cat out
sed --expression='s/a/b/' --quiet left
sed --version | head -0
printf 's/a/b/\np\n' > prog; sed -f prog left
sed -nf left right
printf '#n\n1p\n' > prog; sed -f prog left
sed -n '/one/,/four/{/two/p}' left
sed '/^port=/s/=.*/=9090/' conf/app.conf
sed 's/image: nginx:.*/image: nginx:1.27/' conf/web.yaml
sed -n '/spec:/,$p' conf/web.yaml
sed -e '/name: web/ s/web/db/' conf/web.yaml
sed 's/\bport\b/PORT/' conf/app.conf
sed 's/\<w/W/g' conf/web.yaml
sed 's/e\{1,2\}/E/' fruit
sed -E 's/e{1,2}/E/' fruit
sed -E 's/(a|b)+/<\0>/g' fruit
sed 's/.\{3\}/&-/g' fruit
sed '//d' fruit
sed -n '/apple/s//pie/p' fruit
sed s,a,b, fruit
sed 's/a/b/; # comment' left
sed 'z;s/^$/empty/' left
sed --help | head -0
echo a.b | sed 's/\./-/'
echo 'a+b' | sed 's/a+b/x/'
echo 'a+b' | sed -E 's/a\+b/x/'
echo hello | sed 's/l*/X/g'
echo baaac | sed 's/a*/x/g'
echo abc | sed 's/x*/-/g'
echo 'one two' | sed 's/\w\+/<&>/g'
echo aaa | sed 's/a/b/3'
echo aXb | sed 's/x/_/i'
printf "a\nb\n" | (sed 1q; cat)
(sed 1q; cat) < left
sed '1~3d' numbered
sed '$!d' numbered
sed -n '/line 1$/,/line 3$/p;/line 20/q' numbered
sed '1,3!d' numbered
sed "s/'/\"/g" fruit
sed 's/\x41/B/' fruit
sed '/Banana/{n;s/^$/gap/}' fruit
sed '/fig/,/nomatch/d' fruit
sed '2,3{s/a/A/;s/p/P/}' fruit
sed -e '1{' -e 's/p/P/' -e '}' fruit
sed '1{s/p/P/};2{s/a/A/}' fruit
""".strip().splitlines()
SEVERAL_LINES = ["sed '2a\\\none\\\ntwo' fruit", "echo abc | sed 's/b/\\\n/'"]


@pytest.mark.parametrize("line", LINES + SEVERAL_LINES)
def test_it_is_as_on_a_real_machine(line):
    same(line, FILES)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.text("abx. ", max_size=10),
    st.text("abx.*", min_size=1, max_size=4),
    st.text("AB&", max_size=3),
    st.sampled_from(["", "g", "2", "2g", "p"]),
)
def test_any_substitution(text, pattern, replacement, flags):
    if "**" in pattern:
        return  # GNU sed and GNU grep do not agree on it
    same(f"sed 's/{pattern}/{replacement}/{flags}' t", {"t": text + "\n"}, errors=False)


def test_lines_pass_through_as_they_come():
    line = "(echo a; sleep 60; echo b; sleep 60) | sed s/./x/ | (read x; date +%M; echo $x)"
    assert Box().run(line).out == "01\nx\n"


def test_a_restart_in_the_middle_changes_nothing():
    line = (
        "(seq 3; sleep 1; seq 4 9) | sed -n 'H;2,5p;${x;s/\\n/,/g;p}'; (echo a; sleep 1; echo b) | sed '$!N;s/\\n/ /'"
    )
    assert Box().run(line, restarts=True) == Box().run(line)


def test_a_script_without_end_is_stopped(monkeypatch):
    monkeypatch.setattr(editor, "STEPS", 10_000)
    outcome = Box().run("echo a | sed ':a;ba'")
    assert outcome.code == 1 and "a limit of KubeLab" in outcome.err


def test_programs_are_not_run():
    assert Box().run("echo ls | sed e").err == "sed: the command 'e' of sed is not simulated in KubeLab\n"
