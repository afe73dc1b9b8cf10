"""ls, cp, mv, rm, mkdir, touch, ln, chmod, stat, find, xargs and paths as on a real machine."""

from __future__ import annotations

import pytest

from tests.tools.judge import START, Box, same
from tests.tools.samples import FILES

LINES = r"""
ls
ls -1
ls conf
ls -a conf
ls -A conf
ls -R conf
ls -d conf
ls -d conf/*
ls -F
ls -p conf
ls conf fruit nope
ls nope
ls -r
ls -m conf
ls -C
ls -Cw 40
ls -x -w 40
ls -S conf
ls --color=always conf
ls --color=auto conf
ls --nope
ls fruit numbers
ls -I 'n*'
ls empty
mkdir e; ls e
ls -Q conf
ls --group-directories-first
ls -l conf | cut -c1-13
ls -la conf | awk '{print $1, $2, $5, $NF}' | grep -v ' \.\.\?$'
ls -lh numbered | tr -s ' ' | cut -d' ' -f1,2,5,9
cp fruit copy; cat copy
cp -i fruit fresh; cat fresh; echo n | cp -i numbers fresh; echo $?; cat fresh; echo y | cp -i numbers fresh; cat fresh
cp fruit conf; ls conf
cp fruit numbers conf; ls conf
cp -r conf other; ls -R other
cp -r conf/. e2; ls e2
mkdir e; cp -r conf e; ls -R e
cp conf other
cp nope x
cp fruit nodir/x
cp fruit numbers nodir
cp fruit numbers noend
cp fruit
cp
cp fruit fruit
cp -v fruit copy
cp -rv conf other | sort
cp -n fruit noend; cat noend
cp conf/app.conf .; ls
cp fruit conf/
cp -r conf conf/deep
cp conf fruit
cp -r conf fruit
cp -t conf fruit noend; ls conf
cp -T fruit conf
mkdir d; cp fruit d/numbers; cp d/numbers conf; ls conf
ln -s fruit l; cp l c; cat c
ln -s fruit l; cp -P l c; readlink c
ln -s fruit l; cp -a l c; readlink c
mv fruit renamed; ls
mv fruit numbers conf; ls . conf
mv conf other; ls other
mv nope x
mv fruit nodir/x
mv fruit
mv
mv conf conf/deep
mv fruit fruit
mv -v fruit x
mv -n fruit noend; ls fruit
mv fruit conf/deep/../..
mkdir -p x/conf; mv conf x
mkdir -p x/conf/q; mv conf x
mv fruit conf/; ls conf
mv conf fruit
mkdir fruitd; mv -T fruit fruitd
rm fruit; ls
rm nope
rm -f nope
rm conf
rm -r conf; ls
rm -rf conf nope; ls
rm -v fruit noend
rm -rv conf | sort
rm
rm -f
rm -r .
rm -d conf
mkdir e; rm -d e; ls
rm -rf /
echo y | rm -i fruit; ls fruit
echo n | rm -i fruit; ls fruit
rm -z x
mkdir a; ls a
mkdir a/b/c
mkdir -p a/b/c; ls -R a
mkdir conf
mkdir -p conf
mkdir fruit
mkdir -p fruit/x
mkdir -v a b
mkdir -pv a/b
mkdir
mkdir -m 700 a; stat -c %a a
mkdir a b c; ls -d ? | xargs
rmdir conf
mkdir -p a/b; rmdir -p a/b; ls -d a
rmdir nope
rmdir fruit
mkdir a; rmdir -v a
touch new; ls new
touch nodir/x
touch -c new; ls new
touch -d '2020-01-02 03:04:05' new; stat -c %y new
touch -d @86400 new; date -r new +%F
touch -t 202001020304 new; date -u -r new +%FT%T
touch -t 2001020304.05 new; date -u -r new +%FT%T
touch -r new fruit
touch
touch -d nonsense x
touch -d '2024-02-29' a; touch -r a b; stat -c '%Y' b
ln -s fruit l; cat l; readlink l
ln -s fruit l; ln -s x l
ln -sf conf l; ln -sfn fruit l; readlink l
ln -s ../fruit conf; readlink conf/fruit
ln -sv a b
ln -s nope l; cat l
ln -s /tmp/x; readlink x
ln
chmod 600 fruit; stat -c %a fruit
chmod u+x fruit; stat -c '%a %A' fruit
chmod go-r fruit; stat -c %A fruit
chmod a=rw,u+x fruit; stat -c %A fruit
chmod +x fruit; stat -c %A fruit
chmod -x fruit; stat -c %A fruit
chmod -w fruit; stat -c %A fruit
chmod u=rwx,g=rx,o= fruit; stat -c %a fruit
chmod g=u fruit; stat -c %a fruit
chmod 4755 fruit; stat -c '%a %A' fruit
chmod +t conf; stat -c '%a %A' conf
chmod -R a+X conf; find conf -printf '%m %p\n' | sort
chmod 999 fruit
chmod u+z fruit
chmod 644
chmod 644 nope
chmod
chmod -v 600 fruit
chmod --reference=conf fruit; stat -c %a fruit
stat -c '%n %s %F' fruit conf empty
stat -c %F nope
stat --format=%s fruit
stat --printf '%n\n%s' fruit
stat
basename /a/b/c.txt
basename /a/b/c.txt .txt
basename a/
basename /
basename -s .yaml a.yaml b.yaml
basename -a x/y z
basename
basename a b c
dirname /a/b/c
dirname a
dirname /a
dirname a/b/ /
dirname
realpath fruit | xargs basename
realpath nope/x
realpath --relative-to=. conf/deep/note.txt
ln -s conf/deep l; realpath --relative-to=. l/note.txt
realpath -m --relative-to=. nope/a/../b
readlink fruit
readlink -f fruit | xargs basename
readlink
find conf | sort
find conf -name '*.conf'
find . -name 'n*' | sort
find conf -type f | sort
find conf -type d | sort
find conf -iname 'APP*'
find conf -maxdepth 1 | sort
find conf -mindepth 2
find conf -maxdepth 1 -type f -name '*.yaml'
find . -empty
find . -size +100c -type f | sort
find . -size -2 -name fruit
find . -size 1k -name 'n*' | sort
find conf -path '*deep*' | sort
find conf -not -name '*.conf' -type f | sort
find conf ! -type d | sort
find conf -name '*.conf' -o -name '*.yaml' | sort
find conf \( -name '*.conf' -o -name '*.txt' \) -print | sort
find conf -name deep -prune -o -type f -print | sort
find conf -type f -exec wc -l {} \; | sort
find conf -type f -name '*.txt' -exec cat {} +
find conf -type f -exec grep -q port {} \; -print | sort
find conf -name app.conf -exec echo got {} now \;
find conf -type f -print0 | sort -z | xargs -0 -n1 basename
find conf -name '*.txt' -delete; find conf | sort
find conf -type f -printf '%f %s %y %d\n' | sort
find conf -printf '%P|%h\n' | sort
find conf -mtime -1 | wc -l
find conf -mtime +1
find conf -newer nope
find conf -regex '.*app.*'
find . -perm 644 -name fruit
find . -perm -u=r -name fruit
find nope
find conf nope -name app.conf
find conf -nope
find conf -name
find conf -type q
find conf -exec nope {} \;
find conf -exec
find conf -size x
find conf -maxdepth x
find -maxdepth 1 -name 'f*'
find . -name fruit -quit
find conf/deep -depth
find conf x -name y z
find conf \( -name x
echo a b c | xargs
echo a b c | xargs -n1
echo a b c | xargs -n2 echo x
seq 5 | xargs -n2
echo a b | xargs -I{} echo '<{}>'
printf 'a b\nc\n' | xargs -I % echo % %
printf 'a\0b c\0' | xargs -0 -n1 echo
echo "a 'b c' d" | xargs -n1
echo 'a\ b c' | xargs -n1
printf '' | xargs echo x
printf '' | xargs -r echo x
echo a | xargs -t echo
echo fruit nope | xargs -n1 ls
echo a | xargs nope
echo a,b,c | xargs -d, echo
printf 'a b\nc d\n' | xargs -L1 echo x
seq 3 | xargs -P2 -n1 echo | sort
echo 1 2 | xargs -n1 sh -c 'echo $0; exit 1'
xargs -n x < fruit
xargs --nope < fruit
echo a | xargs -i echo {}x
xargs -a left -n2
ls conf | xargs -I{} basename {} .conf
cat left | xargs -n1 | sort | head -2
du -a conf | cut -f2 | sort
which ls | xargs basename
which nope
which
""".strip().splitlines()


@pytest.mark.parametrize("line", LINES)
def test_it_is_as_on_a_real_machine(line):
    same(line, FILES)


def test_a_long_listing_shows_mode_owner_size_time_and_name():
    box = Box({"a": "hello\n", "d/x": ""})
    box.files.touch("/home/learner/d", START - 400 * 86400)
    assert box.run("ls -l").out == (
        "total 8\n-rw-r--r-- 1 learner learner    6 Nov 11 12:00 a\ndrwxr-xr-x 2 learner learner 4096 Oct  7  2024 d\n"
    )


def test_names_stand_in_columns_on_a_terminal_and_strange_ones_in_quotes():
    out = Box({"a b": "", "c": "", "it's": ""}).run("ls", tty=True).out
    assert out == "'a b'  c  \"it's\"\r\n"


def test_colours_are_for_terminals():
    assert "\x1b[01;34md\x1b[0m" in Box({"d/x": ""}).run("ls --color=auto", tty=True).out


def test_only_the_owner_changes_modes():
    assert Box().run("chmod 600 /etc/passwd").err == (
        "chmod: changing permissions of '/etc/passwd': Operation not permitted\n"
    )


def test_owners_are_names_of_the_machine():
    box = Box({"a": ""}, user="root")
    assert box.run("chown learner:sudo a; stat -c '%U:%G %u' a; chown nobody2 a; chown :root a; ls -l a").out == (
        "learner:sudo 1000\n-rw-r--r-- 1 learner root 0 Nov 11 12:00 a\n"
    )
    assert box.run("chown nobody2 a").err == "chown: invalid user: 'nobody2'\n"


def test_commands_of_find_and_xargs_survive_a_restart():
    line = "find conf -type f -print -exec sleep 1 \\; -exec wc -c {} \\;; ls | xargs -n1 sh -c 'sleep 1; echo $0'"
    assert Box(FILES).run(line, restarts=True) == Box(FILES).run(line)


def test_temporary_files_have_names_of_their_own():
    outcome = Box().run("a=$(mktemp); b=$(mktemp -d); c=$(mktemp x.XXXX); stat -c '%a %F' $a $b; [ $a != $b ] && ls $c")
    assert outcome.out.startswith("600 regular empty file\n700 directory\nx.") and outcome.code == 0


def test_hard_links_are_not_simulated():
    assert Box({"a": ""}).run("ln a b").err == "ln: a hard link (ln without -s) is not simulated in KubeLab\n"


def test_df_and_du_tell_how_much_room_there_is():
    box = Box({"a": "x" * 5000})
    assert box.run("df -h / | tail -1").out.split()[1:] == ["64M", "5.0K", "64M", "1%", "/"]
    assert box.run("df; df -i; df -T; df -m").code == 0
    assert box.run("du -h; du -sb a; du -a").out == "12K\t.\n5000\ta\n8\t./a\n12\t.\n"


def test_who_one_is():
    assert Box().run("id; whoami; id -un; id -g; groups; id -u nope").out == (
        "uid=1000(learner) gid=1000(learner) groups=1000(learner),27(sudo)\nlearner\nlearner\n1000\nlearner sudo\n"
    )
