x=hello; echo ${x} ${#x} ${x:1} ${x:1:2} ${x: -2} ${x: -3:2} ${x:0:-1}
unset x; echo "${x:-def}" "${x-def}" "${x:+alt}" "[${x+alt}]"
x=; echo "${x:-def}" "[${x-def}]" "[${x:+alt}]" "[${x+alt}]"
x=v; echo "${x:-def}" "${x:+alt}"
unset x; echo ${x:=set} $x
unset x; echo ${x:?}; echo not reached
unset x; echo ${x:?my message}; echo not reached
unset x; (echo ${x?unset here}); echo "after $?"
x=/usr/local/bin/tool.tar.gz; echo ${x##*/} ${x#*/} ${x%.*} ${x%%.*} ${x%/*}
x=aXbXc; echo ${x/X/-} ${x//X/-} ${x/#a/-} ${x/%c/-} ${x//X} ${x/X}
x='a b c'; echo ${x// /_} "${x/ /}"
x=hello; echo ${x^} ${x^^} ${x,} ${x^^[lo]}
x=HELLO; echo ${x,} ${x,,} ${x,,[EL]}
x=name; name=value; echo ${!x}
abc1=1 abc2=2; echo ${!abc*} "${!abc@}"
set -- a b c; echo $# $1 $2 $3 $* "$*" "$@" ${#} ${#@} ${@:2} ${@:1:2} ${*: -1}
set -- a b c d e f g h i j k; echo $10 ${10} ${11}
set -- "a b" c; for i in "$@"; do echo "<$i>"; done; for i in $@; do echo "[$i]"; done; for i in "$*"; do echo "($i)"; done
IFS=,; set -- a b c; echo "$*"; x=1,2,3; echo $x; for i in $x; do echo "<$i>"; done
x='a:b::c:'; IFS=:; for i in $x; do echo "<$i>"; done
x=' a  b '; for i in $x; do echo "<$i>"; done
IFS=' ,'; x='a , b,c,,d'; for i in $x; do echo "<$i>"; done
IFS=; x='a b'; for i in $x; do echo "<$i>"; done
x=abc; echo "${x:1:1}" "${x:5}" "${x:0:0}|"
x=abc; echo "${x:(-2)}" "${x:$((1))}"
echo $$ | cat > /dev/null; [ $$ -gt 0 ] && echo pid
false; echo $?; true; echo $?; (exit 7); echo $?
echo ${#} $0
x=5; echo ${x}text $x-text ${x}_ $x_
x=a.b.c; echo "${x%.}" "${x%.*}" "${x%%.*}" "${x#*.}" "${x##*.}"
x='*.txt'; echo "${x#\*}" "${x#'*'}"
p='b*'; x=abcd; echo "${x%$p}" "${x%"$p"}"
x="a/b/c"; echo ${x//\//-}
x=aaa; echo ${x/a/b} ${x//a/b} ${x/%a/b} ${x/#a/b}
x='hello world'; echo ${x@Q} ${x@U} ${x@u}
x=$'a\nb'; echo "${x@Q}"
x='a&b'; echo "${x/a/<&>}"
x=foo; echo ${x/o/[&]} ${x//o/\&}
unset u; echo ${#u} ${u:-${v:-deep}}
echo ${u:-"quoted  default"} "${u:-a  b}" ${u:-a  b}
echo "${u:-"inner"}" "${u:-'single'}" ${u:-'single'}
x=1; echo ${x:+"yes  it is"}
declare x=3; echo $x; declare -i n; n=2+3; echo $n; n+=4; echo $n
x=a; x+=b; x+=c; echo $x
readonly r=1; r=2; echo "still here $r"
readonly r=1; echo $r; unset r; echo $?
export E=1; bash -c 'echo $E'; F=2 bash -c 'echo $F'; echo "[$F]"
X=1 Y=2 eval 'echo $X $Y'; echo "[$X]"
unset -v x; x=1; unset x; echo "[${x-unset}]"
x=1; f() { local x=2; echo $x; }; f; echo $x
x=1; f() { x=2; }; f; echo $x
echo "${x/}" "${novar/}"
x=abc; echo ${x:1:100}
v=x; declare "$v=dynamic"; echo $x
printf -v out '%03d' 7; echo $out
x=12345; echo ${x:2:2} ${x: 1: 2}
echo ${PATH:+path} ${HOME%/*}
set -u; echo ${x:-ok}; echo $undefined; echo no
set -u; echo "${u-}" "${#@}"; echo $1
a=1 b=$a c=$b; echo $a $b $c
x='b  a'; y=$x; echo "$y"; z="$x$x"; echo "$z"
echo "$_" > /dev/null; echo last; 
x="a b"; set -- $x; echo $#; set -- "$x"; echo $#; set --; echo $#
shift; echo $?; set -- 1 2 3; shift 2; echo $@; shift 5; echo $? $@
echo ${x@A}
