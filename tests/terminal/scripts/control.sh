if true; then echo t; else echo f; fi; if false; then echo t; elif true; then echo e; else echo f; fi
if ! false; then echo neg; fi; ! true; echo $?
for i in a b c; do echo $i; done; for i; do echo none; done; for i in; do echo none; done; echo end
for i in 1 2 3; do if [ $i = 2 ]; then continue; fi; echo $i; done; for i in 1 2 3; do [ $i = 2 ] && break; echo $i; done
for i in 1 2; do for j in a b; do [ $j = b ] && continue 2; echo $i$j; done; done
for i in 1 2; do for j in a b; do break 2; done; echo no; done; echo out
i=0; while [ $i -lt 3 ]; do echo $i; i=$((i+1)); done; i=0; until [ $i -ge 2 ]; do echo u$i; i=$((i+1)); done
case abc in a*) echo one;; b*) echo two;; *) echo other;; esac
case x in (x) echo paren;; esac; case "" in "") echo empty;; esac
case b in a|b|c) echo alt;; esac; case z in a) echo a;; esac; echo $?
case a in a) echo fall;& b) echo through;; c) echo no;; esac
case a in a) echo one;;& a*) echo two;; esac
x='a b'; case $x in 'a b') echo quoted;; esac; case "$x" in a\ b) echo esc;; esac
f() { echo "f $1 $#"; return 3; }; f x y; echo $?
f() { return; }; false; f; echo $?
function g { echo g $1; }; g 1; function h() { echo h; }; h
f() { local i=$1; [ $i -le 0 ] && return; echo $i; f $((i-1)); }; f 3
f() { echo $FUNCNAME; }; f
{ echo a; echo b; } | cat; (echo c; echo d) | cat
x=1; (x=2; echo $x); echo $x; { x=3; }; echo $x
true && echo and; false || echo or; true || echo no; false && echo no; echo $?
true && false || echo chain; false || true && echo chain2
echo a; echo b & wait; echo c
(exit 3) || echo "failed $?"
set -e; false; echo not reached
set -e; false || true; if false; then :; fi; ! false; echo reached
set -e; f() { false; echo in; }; f || echo or; f; echo no
set -e; x=$(false); echo no
set -e; (false); echo no
set -e; false | true; echo pipe ok; set -o pipefail; false | true; echo no
set -o pipefail; false | true; echo $?; true | false | true; echo $?
exit 5; echo no
(exit 300); echo $?; (exit -1); echo $?
eval 'echo evaled; x=1'; echo $x; eval "echo \$x"; eval false; echo $?
eval; echo $?; eval 'exit 4'; echo no
while true; do break; done; echo $?; for i in 1; do false; done; echo $?
if false; then :; fi; echo $?; case x in y) ;; esac; echo $?
while read x; do echo "got $x"; done < <(printf '1\n2\n')
printf '1\n2\n' | while read x; do y=$x; done; echo "[$y]"
for f in $(echo 1 2 3); do echo -n "$f "; done; echo
select_() { :; }; time_=1; echo ok
f() { echo one; }; f() { echo two; }; f; unset -f f; f
f() { echo $1; shift; echo $1 $#; }; f a b c
f() { for i in "$@"; do echo "<$i>"; done; }; f "a b" c ''
: ; echo $?; :; true; echo ok
[ -z "" ] && [ -n x ] && [ x = x ] && [ x != y ] && echo all
break; echo $?; continue; echo $?
return 3; echo $?
if [ 1 -eq 1 ] ; then
  echo multi
fi
for i in 1 2
do
  echo $i
done
while :
do
  break
done; echo x
f()
{
  echo brace on next line
}
f
a=1 b=2; [ "$a" -lt "$b" ] && echo less
if (( 1 )); then echo arith; fi; if [[ a == a ]]; then echo cond; fi
until false; do echo once; break; done
{ echo grouped; }; { echo x; } > /dev/null; echo y
! { false; }; echo $?
if true; then true; fi && echo fi-and
exec 3>&1; echo to3 >&3; exec 3>&-; echo closed >&3; echo $?
exec echo replaced; echo no
(echo sub; exit 2); echo $?
x=$(exit 4); echo $?; echo $(exit 5) $?
echo "$(echo a; echo b)" $(echo c; echo d)
echo $(printf 'a\n\n\n')x
x=$(printf 'a\nb'); echo "$x"
coproc_=1; echo done
command echo cmd; builtin echo blt; command -v echo; command -v nosuch; echo $?
type echo; type if; f() { :; }; type -t f; type -t cd; type -t if; type -t cat; type nosuch
hash; echo $?
