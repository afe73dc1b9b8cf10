"""awk as on a real machine, where that is mawk."""

from __future__ import annotations

import pytest

from kubelab.terminal.awk import interpreter
from tests.tools.judge import Box, same
from tests.tools.samples import FILES

LINES = r"""
awk '{print $1}' pods
awk '{print $1, $3}' pods
awk '{print $NF}' pods
awk '{print $(NF-1)}' pods
awk '{print NR": "$0}' fruit
awk 'NR==2' fruit
awk 'NR>1' pods
awk 'NR>1 {print $1}' pods
awk 'NR==2,NR==4' fruit
awk '/apple/' fruit
awk '!/apple/' fruit
awk '/apple/,/Banana/' fruit
awk '$3 == "Running"' pods
awk '$3 != "Running" {print $1}' pods
awk '$4 > 0 {print $1, $4}' pods
awk '$4+0 > 5' pods
awk '$3 ~ /^Run/ {print $1}' pods
awk '$3 !~ /^Run/ {print $1}' pods
awk -F: '{print $1, $7}' passwd
awk -F: '$3 >= 1000 {print $1}' passwd
awk -F : -v OFS=, '{print $1, $3}' passwd
awk 'BEGIN {FS=":"; OFS="-"} {print $1, $6}' passwd
awk -F'[:/]' '{print $NF}' passwd
awk -F, '{print $1}' fruit
awk -F'\t' '{print $2}' tabs
awk '{$2="x"; print}' left
awk '{$5="new"; print; print NF}' left
awk '{NF=1; print}' left
awk '{$1=$1}1' pods
awk -v OFS=, '{$1=$1}1' pods
awk 'END {print NR}' fruit
awk 'END {print $0, NF}' left
awk '{s+=$1} END {print s}' numbers
awk '{s+=$1} END {print s/NR}' left
awk 'BEGIN {print 1/3}'
awk 'BEGIN {print 1e6, 0.1+0.2, -3}'
awk 'BEGIN {print 2^10, 7%3, -7%3, 10/4}'
awk 'BEGIN {print 1==1.0, "a"<"b", "10"<"9", 10<9}'
awk 'BEGIN {print length("hello"), length()}'
awk '{print length}' fruit
awk '{print length($0)}' fruit
awk 'length > 4' fruit
awk 'BEGIN {print substr("hello", 2, 3), substr("hello", 0), substr("hello", 4)}'
awk 'BEGIN {print index("hello", "l"), index("x", "y")}'
awk 'BEGIN {n = split("a b c", a); print n, a[1], a[3]}'
awk 'BEGIN {n = split("a:b:c", a, ":"); print n, a[2]}'
awk 'BEGIN {n = split("a1b22c", a, /[0-9]+/); print n, a[3]}'
awk 'BEGIN {n = split("", a); print n, length(a)}'
awk '{sub(/p/, "P"); print}' fruit
awk '{gsub(/p/, "[&]"); print}' fruit
awk '{n = gsub(/a/, "A"); print n, $0}' fruit
awk '{gsub("r", "R", $1); print}' fruit
awk 'BEGIN {s = "aaa"; gsub(/x*/, "-", s); print s}'
awk 'BEGIN {s = "a.b.c"; gsub(/\./, "\\&", s); print s}'
awk 'BEGIN {s = "hello"; gsub(/l/, "", s); print s}'
awk 'BEGIN {print match("foobar", /o+/), RSTART, RLENGTH}'
awk 'BEGIN {print match("x", /y/), RSTART, RLENGTH}'
awk 'BEGIN {print toupper("abc"), tolower("ABC")}'
awk 'BEGIN {print int(3.9), int(-3.9), sqrt(16), exp(0), log(1), sin(0), cos(0), atan2(0, 1)}'
awk 'BEGIN {printf "%d %5d|%-5d|%05d\n", 42, 42, 42, 42}'
awk 'BEGIN {printf "%s %10s|%-10s|%.2s\n", "abc", "abc", "abc", "abc"}'
awk 'BEGIN {printf "%f %.2f %e %g %x %o %c %c %%\n", 3.14159, 3.14159, 31415.9, 0.0001, 255, 8, 65, "hello"}'
awk 'BEGIN {printf "%*d|%-*s|\n", 5, 42, 6, "ab"}'
awk 'BEGIN {printf "no newline"}'
awk 'BEGIN {printf("%s-%s\n", "a", "b")}'
awk '{printf "%-25s %s\n", $1, $3}' pods
awk 'BEGIN {print sprintf("%03d", 7)}'
awk '{c[$3]++} END {for (k in c) print k, c[k]}' pods | sort
awk '!seen[$0]++' fruit
awk '{a[NR]=$0} END {for (i=NR; i>0; i--) print a[i]}' fruit
awk 'BEGIN {a["x"]=1; if ("x" in a) print "yes"; if (!("y" in a)) print "no"}'
awk 'BEGIN {a[1,2]=3; for (k in a) {split(k, p, SUBSEP); print p[1], p[2]}; if ((1,2) in a) print "in"}'
awk 'BEGIN {a[1]; a[2]; delete a[1]; print length(a); delete a; print length(a)}'
awk 'BEGIN {for (i = 0; i < 3; i++) print i}'
awk 'BEGIN {i = 0; while (i < 3) print i++}'
awk 'BEGIN {i = 5; do {print i--} while (i > 3)}'
awk 'BEGIN {for (;;) {if (++i > 3) break; if (i == 2) continue; print i}}'
awk '{if ($1 == "fig") print "F"; else if ($1 == "pear") print "P"; else print "-"}' fruit
awk '/fig/ {next} {print}' fruit
awk 'NR==3 {exit} {print}' fruit
awk 'NR==2 {exit 3} {print} END {print "end"}' fruit
awk 'BEGIN {exit 4}'
awk 'function f(x) {return x*2} BEGIN {print f(21)}'
awk 'function fact(n) {return n <= 1 ? 1 : n * fact(n-1)} BEGIN {print fact(10)}'
awk 'function fill(a, n,  i) {for (i=1; i<=n; i++) a[i]=i*i} BEGIN {fill(sq, 4); print sq[4]}'
awk 'function g(s) {s = "changed"} BEGIN {t = "kept"; g(t); print t}'
awk 'BEGIN {x = "5 apples"; print x + 3; print x "3"; print -x}'
awk 'BEGIN {print "a" "b" 1+2 "c"}'
awk 'BEGIN {print 1 " " 2, 3}'
awk 'BEGIN {x; if (!x) print "unset"; if (x == 0) print "zero"; if (x == "") print "empty"}'
awk 'BEGIN {x = y = 3; x += 2; y *= x; x ^= 2; print x, y, x %= 7, x++ + ++x, x--}'
awk 'BEGIN {print !0, !1, !"a", !""}'
awk 'BEGIN {print 1 > 2 ? "a" : "b"}'
awk 'BEGIN {print (1 > 2) ? "a" : "b"}'
awk 'BEGIN {print 1 in a, length(a)}'
awk 'BEGIN {print "x" > "out"; print "y" > "out"; close("out")} END {}' left; cat out
awk '{print > $1".txt"}' left; cat 1.txt 2.txt
awk '{print $2 >> "log"}' left; cat log
awk 'BEGIN {print "oops" > "/dev/stderr"}'
awk '{print $2 | "sort -r"}' left
awk 'BEGIN {print "b\na" | "sort"; close("sort"); print "x"}' | sort
awk 'BEGIN {while ((getline line < "left") > 0) n++; print n, line}'
awk 'NR==1 {getline; print}' left
awk 'NR==1 {getline x; print x, $0, NR}' left
awk 'BEGIN {while (getline > 0) print "got", $0}' left
awk 'BEGIN {if ((getline x < "nope") < 0) print "cannot"}'
awk 'BEGIN {print ENVIRON["TZ"], ARGC, ARGV[1]}' a b
awk -v n=3 'NR==n' fruit
awk -v 's=a\tb' 'BEGIN {print s}'
awk '{print v, $1}' v=1 left v=2 right
awk '{print FILENAME, FNR, NR}' left right
awk 'FNR==1 {print FILENAME}' left right
awk 'NR==FNR {a[$1]=$2; next} $1 in a {print $1, a[$1], $2}' left right
awk 'BEGIN {RS=""} {print NR": "$1}' blank
awk 'BEGIN {RS=";"} {print NR": "$0}' left
printf 'a;b;c' | awk -v RS=';' '{print}'
awk -v ORS=' ' '{print $1}' left
awk 'BEGIN {OFMT="%.2f"; x = 3.14159; print x, x ""}'
awk 'BEGIN {CONVFMT="%.2f"; x = 3.14159; print x, x ""}'
awk '{print $1 * 2}' numbers
awk '$1 == 7' numbers
awk '$1 < 10' numbers
awk '{print ($1 > $2)}' left
awk '/web/{print $1;f=1} f&&/db/{print "after"}' pods
awk '{ print $1 } # comment' left
awk '
/one/ { print "1" }
/two/ { print "2" }
END { print "done" }
' left
awk '{print}; END {print "x"}' left
awk 'BEGIN {print "a\tb\n\"q\"\\"}'
awk 'BEGIN {print "a/b" ~ /a\/b/, "a.b" ~ "a\\.b", "ab" ~ /^a.$/}'
awk '/^[[:upper:]]/' fruit
awk '$0 ~ "^" p' p=fig fruit
awk 'BEGIN {if (!(3 in a)) print "no"; print length(a)}'
awk '{x[NR]=$1} END {print x[1] x[2], x[9] "."}' left
awk 'BEGIN {printf "%d\n", "12abc"; printf "%s\n", 12.0; printf "%i\n", 3.99}'
awk 'BEGIN {print length(12345), 1e3 "", 0x10, 1.0, 1.50}'
awk 'BEGIN {print -2^2, 2^3^2, !1 + 1, 1 - -1}'
awk 'BEGIN {a = "x"; b = a++; print a, b}'
awk 'BEGIN {$0 = "a b c"; print NF, $2; $3 = ""; print NF, $0 "."}'
awk '{$0 = toupper($0); print $1}' left
awk '{t = $1; $1 = $2; $2 = t; print}' left
awk 'NF' blank
awk 'NF {print NF}' blank
awk '{print NF}' blank
awk 'END {print NR, FNR}' left right
awk '{print $1}' nope
awk '{print $1}' left nope
awk '{sum[$1 % 2] += $1} END {print sum[0], sum[1]}' left
awk '{n = split($0, c, ""); print n, c[1]}' left
awk 'BEGIN { "x" }'
awk 'BEGIN {if (1) {print "a"} else print "b"}'
awk 'BEGIN {if (1) print "a"; else print "b"}'
awk 'BEGIN {for (i in a) print i; print "none"}'
awk -f prog left
awk -F'|' '{print $1}' left
awk -F. '{print $1}' numbers
awk -F'  +' '{print $2}' pods
awk '{ $1 = ""; print substr($0, 2) }' pods
awk '{print $1}' < noend
awk 'ORS=NR%2?",":"\n"' numbered
awk 'NR%5==0' numbered
awk 'BEGIN{while(i<3){i++;if(i==2)continue;print i}}'
awk '{a[$1]=a[$1]","$2} END{print a[1]}' left
awk '{print length($1) > 3 ? "long" : "short"}' fruit; ls
awk '{ if (length($1) > m) m = length($1) } END { print m }' fruit
awk 'BEGIN{print index("abc","c")index("abc","a")}'
awk 'BEGIN{print 1,2 > "/dev/stdout"}'
awk 'BEGIN{getline; print "got " $0}' left
awk '$2=="one"{print;exit}' left
awk '/two/{f=1;next}f' left
awk -v x=1 -v y=2 'BEGIN{print x+y}'
awk 'function max(a,b){return a>b?a:b} {m=max(m,$1)} END{print m}' left
""".strip().split("\nawk ")
LINES = [LINES[0], *("awk " + line for line in LINES[1:])]


@pytest.mark.parametrize("line", LINES)
def test_it_is_as_on_a_real_machine(line):
    same(line, {**FILES, "prog": "# a program\n{ print $2 }\nEND { print NR }\n"})


@pytest.mark.parametrize("program", ["{print", "BEGIN {print 1", "{print $1", "BEGIN {x = }", "/abc", '{print "a}'])
def test_a_program_that_is_none_is_refused_with_status_2(program):
    outcome = Box(FILES).run(f"awk '{program}' left")
    assert outcome.code == 2 and outcome.err.startswith("awk: ") and outcome.out == ""


def test_lines_pass_through_as_they_come():
    line = "(echo a 1; sleep 60; echo b 2; sleep 60) | awk '{print $2}' | (read x; date +%M; echo $x)"
    assert Box().run(line).out == "00\n1\n"


def test_a_restart_in_the_middle_changes_nothing():
    line = "(seq 3; sleep 1; seq 4 9) | awk '{s += $1; a[NR % 2] = a[NR % 2] $1} END {print s, a[0], a[1], NF, $0}'"
    assert Box().run(line, restarts=True) == Box().run(line)


@pytest.mark.parametrize(
    "program", ["BEGIN {while (1) i++}", "function f() {f()} BEGIN {f()}", 'BEGIN {s = "x"; while (1) s = s s}']
)
def test_a_program_without_end_is_stopped(program, monkeypatch):
    monkeypatch.setattr(interpreter, "STEPS", 10_000)  # so that it does not take the time that a learner is given
    outcome = Box().run(f"awk '{program}'")
    assert outcome.code == 2 and "a limit of KubeLab" in outcome.err


def test_programs_are_not_run_in_between():
    assert Box().run("awk 'BEGIN {system(\"ls\")}'").err == "awk: system() of awk is not simulated in KubeLab\n"
