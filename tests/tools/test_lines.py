"""cat, head, tail, wc, tac, rev, nl, fold, expand, seq, tee, paste, comm, join, uniq, cut, tr as on a real machine."""

from __future__ import annotations

import pytest

from tests.tools.judge import Box, same
from tests.tools.samples import FILES

LINES = r"""
cat fruit numbers
cat -n fruit
cat -b fruit noend fruit
cat -A tabs
cat -s blank
cat -E noend fruit
cat nope fruit
cat conf
cat -z
cat --nope
cat --number-n fruit
cat --show-e noend
cat - fruit < noend
cat < numbers
head numbered
head -n 3 numbered
head -3 numbered
head -n3 fruit numbers
head -n -27 numbered
head -c 7 fruit
head -c -100 numbered
head -q -n1 fruit numbers
head -v -n1 fruit
head nope
head nope fruit
head conf
head -n x fruit
head -n 0 fruit
head -c 1k numbered
(head -2; echo --; head -1) < numbered
tail numbered
tail -n 3 numbered
tail -3 numbered
tail -n +28 numbered
tail +29 numbered
tail -c 8 fruit
tail -c +200 numbered
tail -n1 fruit numbers
tail -q -n1 fruit numbers
tail nope
tail -n 2 noend
tail -n x fruit
seq 5 | tail -n 2
wc fruit
wc -l fruit
wc -l fruit numbers
wc -lw fruit
wc -c < fruit
wc < fruit
cat fruit | wc
cat fruit | wc -l
wc nope fruit
wc -L numbered fruit
wc conf
wc empty
wc -m fruit
wc --lines fruit numbers empty
tac fruit
tac noend
tac nope
rev fruit
rev noend
nl fruit
nl -ba fruit
nl -b n fruit
nl -w3 -s' ' -v10 -i5 fruit
nl -nrz -w4 fruit
nl -nln fruit
nl -bp^a fruit
nl -b x fruit
fold -w 10 pods
fold -s -w 20 pods
fold -w 0 pods
fold -w 10 noend
expand tabs
expand -t 4 tabs
expand -i tabs
unexpand -a pods
unexpand pods
seq 5
seq 2 4
seq 1 2 9
seq 5 -2 0
seq -w 8 11
seq -s, 4
seq 0.5 0.25 1.5
seq 1 0
seq -f 'node-%02g' 3
seq -f '%.2f' 3
seq x
seq
seq 1 2 3 4
seq 1 0 3
seq -3 -1
seq 100000 | tail -1
echo hi | tee out; cat out
echo a > out; echo b | tee -a out out2 >/dev/null; cat out out2
echo x | tee nodir/file
paste fruit numbers
paste -d, fruit numbers noend
paste -s fruit
paste -sd, fruit
paste -sd+ numbers
seq 6 | paste - -
seq 7 | paste -d: - - -
paste fruit - < numbers
paste nope fruit
paste -d '\n' left right
comm left right
comm -12 left right
comm -3 left right
comm -23 <(sort fruit) <(sort numbers)
comm left
comm fruit numbers
comm --total left right
join left right
join -a1 left right
join -a 1 -a 2 -e - -o 0,1.2,2.2 left right
join -v1 left right
join -t: -1 1 -2 1 passwd passwd
join -o 1.2,2.2 left right
join nope left
join -1 0 left right
uniq fruit
sort fruit | uniq -c
sort fruit | uniq -d
sort fruit | uniq -u
sort fruit | uniq -D
sort fruit | uniq -ci
uniq -f1 left
uniq -s 3 numbered
uniq -w 6 numbered
uniq nope
uniq -c fruit out; cat out
uniq -f x fruit
cut -d: -f1 passwd
cut -d: -f1,3- passwd
cut -d: -f-2 passwd
cut -d : -f 7,1 passwd
cut -d: -f3 --output-delimiter=' ' passwd
cut -d: -f1,7 --output-delimiter='->' passwd
cut -c1-8 pods
cut -c 3 fruit
cut -b2- noend
cut -f2 tabs
cut -f1 fruit
cut -s -f2 fruit
cut -d: -f2 --complement passwd
cut -c2-3,5 --output-delimiter=: fruit
cut fruit
cut -f 0 fruit
cut -f a fruit
cut -f 3-1 fruit
cut -f - fruit
cut -c 0 fruit
cut -d ab -f1 fruit
cut -f1 -c1 fruit
cut -d, -c1 fruit
cut -f1 nope
tr a-z A-Z < fruit
tr '[:lower:]' '[:upper:]' < fruit
tr -d aeiou < fruit
tr -s p < fruit
tr -s ' ' < pods
tr -s '\n' < blank
tr -cd '0-9\n' < pods
tr -c 'a-z\n' . < fruit
tr ab x < fruit
tr abc 'x[y*]' < fruit
tr '\n' ' ' < fruit
tr ' ' '\n' < left
tr '[a*3]' b < fruit
tr -ds a p < fruit
tr -s a-z A-Z < fruit
tr z-a x < fruit
tr a
tr
tr -d a b
tr '[:nope:]' x < fruit
tr '\060' X < numbers
yes | head -3
yes a b | head -2
tr -d '\r' < noend
echo 'a b  c' | tr -s ' ' ','
""".strip().splitlines()


@pytest.mark.parametrize("line", LINES)
def test_it_is_as_on_a_real_machine(line):
    same(line, FILES)


@pytest.mark.parametrize(
    "line",
    ["seq 20000 | head -2", "(sleep 1; echo a; sleep 1; echo b) | tee x | uniq | cut -c1 | tr ab AB | nl | tail -n1"],
)
def test_a_restart_in_the_middle_changes_nothing(line):
    assert Box(FILES).run(line, restarts=True) == Box(FILES).run(line)


def test_lines_pass_through_as_they_come():
    box = Box()
    assert box.run("(echo a; sleep 5; echo b) | while read x; do date +%s >/dev/null; echo $x; done").out == "a\nb\n"


def test_what_tail_follows_is_shown_as_it_is_added():
    line = "echo 1 > log; (sleep 2; echo 2 >> log; sleep 1; sleep 5) & tail -f log & sleep 5; kill %2"
    assert Box().run(line).out == "1\n2\n"
