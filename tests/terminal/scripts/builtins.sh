printf '%s %d %5d|%-5d|%05d\n' str 42 42 42 42
printf '%x %X %o %c %e %.2f %g\n' 255 255 8 abc 1234.5 3.14159 0.0001
printf '%s\n' a b c; printf '%s-%s\n' 1 2 3
printf '%b\n' 'a\tb'; printf 'a\tb\n'; printf '%%\n'; printf '%5s|%-5s|%.2s\n' ab cd efgh
printf '%d\n' abc; echo $?; printf '%d\n' 12abc; echo $?
printf '%s'; echo "|"; printf '%d %s\n'; printf '\n'
printf '%*d\n' 5 42; printf '%.*f\n' 2 3.14159; printf '%+d % d\n' 5 5
printf '%q\n' 'a b' "it's" '' '$x' 'a;b'; printf '%i %u\n' 5 7
printf '%d %d %d\n' 0x10 010 "'a"
printf 'no newline'; echo; printf; echo $?
printf '%z\n'; echo $?
printf -- '-x\n'; printf '%s\n' -- -y
printf '\x41\101\u00e9\n'; printf '%c%c\n' ab cd
read x y <<< "a b c"; echo "$x|$y"; read x <<< "  pad  "; echo "[$x]"; IFS= read -r x <<< "  pad  "; echo "[$x]"
read -r x <<< 'a\tb'; echo "$x"; read x <<< 'a\tb'; echo "$x"; read x <<< 'a\
b'; echo "$x"
IFS=: read a b c <<< "x:y:z:w"; echo $a $b $c
read -n 3 x <<< abcdef; echo $x; read -d: x <<< "ab:cd"; echo $x
read x < /dev/null; echo $? "[$x]"; echo abc | read; echo "[$REPLY]"; read <<< 'reply  here'; echo "[$REPLY]"
read -p 'prompt' x <<< v; echo $x; read 1x <<< v; echo $?
[ 1 -eq 1 ]; echo $?; [ 1 -ne 1 ]; echo $?; [ a = b ]; echo $?; [ -f a.txt ]; echo $?; [ -d d ]; echo $?; [ -e nope ]; echo $?
[ "" ]; echo $?; [ a ]; echo $?; [ ! a ]; echo $?; [ -n "" ]; echo $?; []; echo $?
[ a b ]; echo $?; [ 1 -eq x ]; echo $?; [ 1 = 1 -a 2 = 2 ]; echo $?; [ 1 = 2 -o 2 = 2 ]; echo $?; [ \( 1 = 1 \) ]; echo $?; [ 1; echo $?
[ a \< b ]; echo $?; [ a == a ]; echo $?; test -s a.txt; echo $?; test a.txt -nt nope; echo $?; [ -x a.txt ]; echo $?; [ -r a.txt ]; echo $?
[[ a < b && b > a ]]; echo $?; [[ -n x && ! -z y ]]; echo $?; [[ abc =~ ^a(b)c$ ]] && echo ${BASH_REMATCH[0]} ${BASH_REMATCH[1]}; [[ x == y || 1 -lt 2 ]]; echo $?
x='a b'; [[ $x == 'a b' ]]; echo $?; [[ $x = a* ]]; echo $?; [[ -z $unset ]]; echo $?; [[ 2 -gt 1 ]]; echo $?
[[ abc =~ b ]]; echo $?; [[ abc =~ ^b ]]; echo $?; r='^[0-9]+$'; [[ 123 =~ $r ]]; echo $?; [[ 12a =~ $r ]]; echo $?
[[ a.c =~ a\.c ]]; echo $?; [[ abc =~ a"."c ]]; echo $?; [[ 'a b' =~ a\ b ]]; echo $?
cd d; pwd | grep -c /d$; cd ..; cd - > /dev/null; cd nowhere; echo $?; cd a.txt; echo $?; cd a b; echo $?
cd d; echo ${PWD##*/} ${OLDPWD:+old}; cd; pwd; cd ~; pwd; cd /; pwd; cd ./usr; pwd; cd ../tmp/..; pwd
pushd /tmp > /dev/null; pwd; popd > /dev/null; dirs > /dev/null; echo $?; popd; echo $?
export A=1; export -p | grep ' A='; A=2; bash -c 'echo $A'; export -n A; bash -c 'echo "[$A]"'
unset nothing; echo $?; x=1; unset x; echo "[$x]"; readonly q=1; unset q; echo $?; export 1a=2; echo $?
set -- a b; echo $1; set -x; echo traced; set +x; echo $-| grep -c x
set -o | grep -c pipefail; set -o nosuch; echo $?; set -q; echo $?
getopts ab: o -a; echo $o $?; getopts ab: o -a -b val; echo $o $OPTARG $OPTIND; getopts ab: o -a -b val; echo $?
while getopts "ab:c" o -a -b x -c rest; do echo "$o=$OPTARG"; done; echo $OPTIND
while getopts ":ab:" o -x -b; do echo "$o:$OPTARG"; done
while getopts "ab:" o -x -b; do echo "$o:$OPTARG"; done
trap 'echo bye' EXIT; echo hi
trap 'echo bye $?' EXIT; exit 3
trap 'echo err $?' ERR; false; true; f() { false; }; f; echo end
trap 'echo int' INT; kill -INT $$; echo after
trap 'echo term; exit 9' TERM; kill $$; echo no
trap - EXIT; trap 'echo x' USR1; trap -p; trap '' HUP; trap -p HUP
(trap 'echo sub exit' EXIT; echo in sub); echo out
trap 'echo dbg' DEBUG; echo a; trap - DEBUG; echo b
trap 'echo ret' RETURN; f() { echo in; }; f; trap - RETURN
trap nosuch NOSIG; echo $?
alias x='echo aliased'; x; shopt -s expand_aliases
shopt -s expand_aliases
alias y='echo aliased'
y z; alias y; unalias y; y; alias nosuch; echo $?
echo a | cat; echo b | cat | cat; (echo c) | cat
times > /dev/null; echo $?; umask; umask 077; umask; umask -S
let; echo $?; let x=1; echo $x; true; :
source lib.sh arg; echo $? $libvar; . ./lib.sh; . nosuch; echo $?
echo 'echo script $1 $#; exit 4' > s.sh; bash s.sh a b; echo $?; sh s.sh x; echo $?; ./s.sh; echo $?
bash -c 'echo $0 $1' name arg; bash -c 'exit 3'; echo $?; echo 'echo from stdin' | bash; bash nosuch.sh; echo $?
bash -e -c 'false; echo no'; echo $?; bash -u -c 'echo $x'; echo $?; bash -x -c 'echo t'
wait; echo $?; wait 99999; echo $?; sleep 0.01 & wait $!; echo $?; (exit 3) & wait $!; echo $?
jobs; echo $?; kill %1; echo $?; kill 999999; echo $?; kill; echo $?; kill -l 15; kill -l TERM
nosuchcmd; echo $?; ./nosuch; echo $?; /nonexistent/x; echo $?; ./d; echo $?; ./a.txt; echo $?
x=1 y=2; echo $x$y; x=3 echo $x; x=4 true; echo $x
declare -x EX=1; bash -c 'echo $EX'; declare -i i=3+4; echo $i; declare -l low=ABC; echo $low; declare -u up=abc; echo $up
local x=1; echo $?; f() { local a=1 b; echo "$a [$b]"; local; }; f > /dev/null; echo $?
f() { local x=1; g; }; g() { echo "dynamic $x"; }; f; declare -F
declare -n ref=target; target=5; echo $ref; ref=6; echo $target
echo $RANDOM | grep -c '[0-9]'; echo $SECONDS; echo $LINENO; echo $PPID | grep -c '[0-9]'; echo ${BASH_VERSION%%.*}
exec 2>&1; echo x; cd /nonexistent
type -a echo | head -1; type -P cat | grep -c cat; command -V cd
