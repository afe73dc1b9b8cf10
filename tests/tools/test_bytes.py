"""base64, sums, od, hexdump, xxd, gzip, cmp, column, expr, date, env and timeout as on a real machine."""

from __future__ import annotations

import pytest

from tests.tools.judge import Box, have, same
from tests.tools.samples import FILES

LINES = r"""
base64 fruit
base64 -w 20 fruit
base64 -w0 fruit
echo aGVsbG8= | base64 -d
echo aGVsbG8 | base64 -d
echo 'aGVs!bG8=' | base64 -d
echo 'aGVs!bG8=' | base64 -di
echo -n hello | base64
base64 fruit | base64 -d
base64 nope
base64 -w x fruit
base64 a b
echo -n hi | base32
md5sum fruit
sha1sum fruit numbers
sha256sum < fruit
sha512sum fruit | cut -c1-20
md5sum nope fruit
md5sum fruit > sums; md5sum -c sums
md5sum fruit numbers > sums; echo x >> fruit; md5sum -c sums
sha256sum fruit > s; sha256sum --check --quiet s
sha256sum fruit > s; sha256sum --status -c s; echo $?
md5sum -c fruit
sha256sum --tag fruit
cksum fruit
od fruit
od -c noend
od -An -tx1 noend
od -A x -t x1 noend
od -t d1 noend
od -tx2 noend
od -An -c -N4 noend
od -j 4 -c noend
od -b noend
od -x noend
od -a noend
od -t x1 -t c noend
head -c 64 /dev/zero | od
od -tq noend
hexdump -C noend
hexdump noend
hexdump -n 5 -C noend
head -c 64 /dev/zero | hexdump -C
xxd noend
xxd -p noend
xxd -c 4 noend
xxd -g 1 noend
xxd -l 5 noend
xxd -u noend
xxd -p noend | xxd -r -p
xxd noend | xxd -r
strings fruit
strings -n 6 fruit
gzip -c fruit | gunzip
gzip -k fruit; ls fruit*; zcat fruit.gz
gzip fruit; ls fruit*; gunzip fruit.gz; cat fruit
gzip nope
gzip conf
gunzip fruit
echo x | gunzip
echo hi > a; gzip a; echo hi > a; gzip a
gzip -d fruit
zcat nope
cmp fruit fruit
cmp fruit numbers | sed 's/char/byte/'
cmp -s fruit numbers
cmp -l noend left
cmp left right | sed 's/char/byte/'
head -c 10 fruit > a; cmp a fruit
cmp a nope
cmp
column -t left
column -t pods
column -t -s: passwd
column -t -s: -o' | ' passwd
column left
seq 20 | column
column -t -N A,B left
expr 1 + 2
expr 2 '*' 3 + 1
expr 10 / 3
expr 10 % 3
expr 1 / 0
expr a + 1
expr 3 '>' 2
expr a = b
expr abc : 'a\(.\)c'
expr abc : 'ab'
expr length hello
expr substr hello 2 3
expr index hello l
expr 0 '|' 5
expr '(' 1 + 2 ')' '*' 3
expr
expr 1 +
expr 1 2
date -u -d @0
date -d @86400 +%F
date -u -d '2024-02-29 12:34:56' '+%Y-%m-%d %H:%M:%S %j %U %u %a %A %b %B %y %e %I %p %s %N %Z %z %%'
date -d '2024-02-29 +1 day' +%F
date -d '2024-01-31 1 month' +%F
date -d '2024-03-01 yesterday' +%F
date -d '2024-03-01 12:00 2 hours ago' +%T
date -d '2024-03-01T10:00:00Z' -Iseconds
date -d '2024-03-01T10:00:00+02:00' +%T
date -d '2024-03-01' -R
date -d '2024-03-01' --rfc-3339=seconds
date -d '2024-03-01' -I
date -d 'Mar 5 2024' +%F
date -d '5 March 2024 10:11' '+%F %R'
date -d '03/05/2024' +%D
date -d '20240305' +%-d/%-m
date -d '2024-03-05 3:04pm' +%H:%M
date -d '2024-03-05' '+%_d|%-d|%05d|%^a|%10Y'
date -d nonsense
date nonsense
date -d @1.5 +%s.%N
date -d '2024-03-05' +%c
env -i
env -i A=1 B=2
env -i A=1 printenv A
env A=1 sh -c 'echo $A'
env -u HOME sh -c 'echo ${HOME-unset}'
A=2 env | grep ^A=
env nope
env -i A=1 env
printenv TZ LC_ALL
printenv NOPE
timeout 5 echo hi
timeout 0.1 sleep 5
timeout --preserve-status 0.1 sleep 5
timeout 5 sh -c 'exit 3'
timeout x echo
timeout 5 nope
timeout
uname
uname -s -o
tty < fruit
nohup echo hi
seq 3 | xargs expr 1 +
""".strip().splitlines()
NEEDS = {"xxd": "xxd", "hexdump": "hexdump", "column": "column", "strings": "strings"}


@pytest.mark.parametrize("line", LINES)
def test_it_is_as_on_a_real_machine(line):
    for word, program in NEEDS.items():
        if line.startswith(word) and not have(program):
            pytest.skip(f"no {program} on this machine")
    same(line, FILES)


def test_the_date_is_the_virtual_one():
    assert Box().run("date; sleep 90; date +%T; date -d '1 hour ago' +%R").out == (
        "Tue Nov 11 12:00:00 UTC 2025\n12:01:30\n11:01\n"
    )


def test_a_command_that_takes_too_long_is_ended_in_virtual_time():
    box = Box()
    assert box.run("timeout 1m sleep 1h; echo $?; date +%T", restarts=True).out == "124\n12:01:00\n"


def test_less_pages_and_searches():
    from kubelab.terminal.shell.kernel import Kernel
    from kubelab.terminal.shell.tty import Tty

    box = Box(FILES)
    kernel = Kernel(box, tty=Tty(80, 10))
    task = kernel.first(["bash", "-c", "less numbered; echo done"], None)
    seen = []
    for keys in ("", " ", "G", "g/", "20\r", "q"):
        kernel.tty.feed(keys)
        kernel.run(1_000_000)
        seen.append(kernel.tty.take_output())
    assert "line 1\r\n" in seen[0] and "line 9\r\n" in seen[0] and "line 10" not in seen[0]
    assert "line 10\r\n" in seen[1] and "line 30" in seen[2] and "(END)" in seen[2]
    assert "line 20\r\n" in seen[4] and "done" in seen[5]
    assert task.exit_status == 0


def test_less_is_cat_in_a_pipe():
    assert Box(FILES).run("less fruit | head -1").out == "pear\n"


def test_manual_pages_point_to_help():
    assert Box().run("man ls").err == "man: manual pages are not simulated in KubeLab; try 'ls --help'\n"
    assert Box().run("man nope").err == "No manual entry for nope\n"


def test_help_tells_what_there_is():
    out = Box().run("sort --help").out
    assert out.startswith("Usage: sort") and "--numeric-sort" in out
