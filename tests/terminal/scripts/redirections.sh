echo a > f; cat f; echo b >> f; cat f; cat < f
echo err >&2; echo out
ls_() { echo out; echo err >&2; }; ls_ 2>/dev/null; ls_ >/dev/null; ls_ > f 2>&1; cat f
f() { echo out; echo err >&2; }; f 2>&1 | cat; f &> g; cat g; f >& g2; cat g2; f &>> g; cat g
f() { echo out; echo err >&2; }; f 2>&1 >/dev/null | cat
f() { echo out; echo err >&2; }; f |& cat
cat nonexistent_here < /dev/null 2>/dev/null; echo > /nonexistent/x; echo $?
cat < nonexistent; echo $?
exec > out.txt; echo to file; exec >&2; echo err
exec 3< a.txt; read l <&3; echo $l; exec 3<&-
exec 4> x4; echo four >&4; exec 4>&-; cat x4
{ echo a; echo b; } > grp; cat grp; (echo c) >> grp; cat grp
while read l; do echo "l:$l"; done < a.txt
for i in 1 2; do echo $i; done > loop; cat loop
if true; then echo x; fi > cond; cat cond
> empty; [ -e empty ] && [ ! -s empty ] && echo made
: > e2; echo $?
set -C; echo a > a.txt; echo $?; echo b >| a.txt; cat a.txt
echo a 1>&2 2>/dev/null
echo x > "sp ace"; cat "sp ace"
x=file; echo hi > $x; cat $x; echo hi > "$x.2"; cat file.2
cat <(echo sub) <(echo sub2)
echo tee > >(cat); wait
diff_() { cat $1 $2; }; diff_ <(echo 1) <(echo 2)
echo hello | { read x; echo "got $x"; }
echo a b c | (read x y z; echo $z $y $x)
read x < a.txt; echo "$x"
echo 1 2>&1 | cat; echo "2 >&1"
cat < a.txt > copy; cat copy
cat > h <<X
content
X
cat h
echo a >f1 >f2; cat f1; echo -; cat f2
2>/dev/null cat nonexist; echo $?
>out echo early; cat out
echo $(< a.txt)
f() { echo in f; } > ff; f; cat ff
echo x >&5; echo $?
echo > d; echo $?
cat d; echo $?
echo abc > /dev/null; echo q > /dev/stdout; echo e > /dev/stderr
printf 'a\nb\nc' | while IFS= read -r l || [ -n "$l" ]; do echo "[$l]"; done
source <(echo 'x=sourced; f() { echo "f $1"; }'); echo $x; f 1
. <(printf 'echo args $#\n') a b; echo $#
source <(echo 'return 3'); echo $?
source <(true); echo $?
for i in 1 2; do source <(echo "echo loop $i"); done
