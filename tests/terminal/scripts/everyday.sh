mapfile -n 2 l < b.txt; echo ${#l[@]} "${l[0]}"
mapfile -s 1 -t l < b.txt; echo "${l[@]}"
readarray -d: -t p <<< "a:b:c"; echo ${#p[@]} ${p[1]}
read -N 3 x <<< abcdef; echo $x
printf -v a[2] %s hi; echo ${a[2]} ${!a[@]}
x=5; echo $((x > 3 ? x : 3)); echo $((x=x*2, x+1))
[[ -v x ]]; echo $?; x=; [[ -v x ]]; echo $?
test -v HOME; echo $?; [ -t 0 ]; echo $?
echo ${#}; set -- a b; echo ${@:1:1} ${@:0:1}
x="a,b;c"; echo "${x//[,;]/ }"
echo "${HOME:0:3}" "${PATH//:/ }"
arr=(b a c); sorted=($(printf '%s\n' "${arr[@]}" | sort)); echo ${sorted[@]}
printf '%s\n' {a..c}{1..2} | wc -l
echo $(seq 3) $(seq 1 2 7) | tr ' ' ','
ls | head -2; ls -a | wc -l
cat a.txt b.txt | grep -n b | cut -d: -f1
find . -name '*.md' | sort
echo "a b c" | awk '{print $2}'; echo abc | sed 's/b/X/'
x=$(cat <<'E'
it's "quoted"
E
); echo "$x"
f() { echo "${1:-none}" "${2-}"; }; f; f a b
f() { [ $# -eq 0 ] && { echo usage; return 1; }; echo ok; }; f; echo $?; f x
trap 'echo "line $LINENO"' ERR; false; true
trap 'echo cleaning; rm -f tmpf' EXIT; > tmpf; ls tmpf
while read -r k v; do printf '%s=%s\n' "$k" "$v"; done < <(printf 'a 1\nb 2\n')
for f in *.txt; do mv_="${f%.txt}.bak"; echo $mv_; done
i=5; until [ $i -eq 0 ]; do i=$((i-2)); [ $i -lt 0 ] && break; done; echo $i
echo start; sleep 0.01; echo end
n=0; for i in $(seq 1 100); do n=$((n+i)); done; echo $n
case "$(echo x | tr x y)" in y) echo yes;; esac
[ "$(echo a)" = a ] && [ "$(printf b)" != a ] && echo both
if grep -q content a.txt; then echo found; fi; grep -c b b.txt; grep nothing a.txt; echo $?
echo one two | while read a b; do echo $b $a; done
d=$(mktemp -d); [ -d "$d" ] && echo made; rmdir "$d"; [ -d "$d" ] || echo gone
date +%Y > /dev/null && echo date; basename /a/b.c .c; dirname /a/b.c
echo abc | rev; echo -e 'b\na' | sort | uniq -c | sed 's/^ *//'
xargs -n1 echo <<< "a b c"; echo a b | xargs
time true 2>/dev/null; echo timed
{ time sleep 0; } 2>&1 | grep -c real
env | grep -c PATH; X=5 env | grep ^X=; env -i A=1 env
true & wait $!; echo $?; false & wait $!; echo $?
{ sleep 0.02; exit 3; } & p=$!; wait $p; echo $?
wait -n 2>/dev/null; echo $?; sleep 0.01 & wait -n; echo $?
set -- $(echo a b c); echo $#; shift $(( $# - 1 )); echo $1
echo "$(( $(wc -l < b.txt) + 1 ))"
tee t1 t2 <<< hi > /dev/null; cat t1 t2
: ${VAR:=default}; echo $VAR; : "${VAR:?}"; echo ok
printf '%s ' "$@"; echo; printf '%s\n' "${@:-none}"
a=1; { a=2; } | cat; echo $a; a=3 | :; echo $a
exec 3>out3; echo x >&3; exec 3>&-; cat out3
echo err 2>&1 >&2 | cat; (echo o; echo e >&2) 2>&1 | sort
printf 'a\0b' | tr '\0' '\n'; echo
echo $'multi\nline' | wc -l; echo -n abc | wc -c
shopt -q nullglob; echo $?; shopt -s nullglob; shopt -q nullglob; echo $?; shopt nosuch; echo $?
echo ${BASH_SOURCE[0]:-none} ${#BASH_ARGV[@]} > /dev/null; echo ok
[[ abc < abd ]] && echo lt; [[ 10 -gt 9 ]] && echo gt; [[ 10 > 9 ]] || echo strgt
x=1; y=x; echo ${!y}; declare -r z=3; z=4; echo after $?
echo {0..10..5} {z..w} {10..1..4}
var=abc; echo ${var:$((1)):$((1))} ${var: -1}
IFS=: read -r u _ id _ <<< "root:x:0:0"; echo $u $id
echo "tab	here" | cat -A | head -1
printf '%3d|%-3d|%03d|%+d\n' 5 5 5 5; printf '%5.2f|%e\n' 3.14159 12345.678
printf '%s\n' 'a\nb'; printf 'a\nb\n'; printf '%b\n' 'a\nb'
(set -e; false; echo no); echo $?; set +e; false; echo still
f() { local IFS=,; echo "$*"; }; f 1 2 3; echo "1 2" | { read a b; echo $b; }
declare -a q=(1 2 3); q=("${q[@]:1}"); echo ${q[@]}; q+=(9); echo ${#q[@]}
unset q; q[3]=a; q[1]=b; echo ${q[@]} "${!q[@]}"
[ 5 -gt 3 ] && [ ! -f nope ] && echo fine || echo bad
test 1 -eq 1 -a 2 -eq 2 && echo and; test 1 -eq 2 -o 2 -eq 2 && echo or
echo ${x:-$(echo computed)} ${nothing:-$((1+1))}
cat > loop.sh <<'S'
for a in "$@"; do
  echo "arg: $a"
done
S
bash loop.sh 1 "2 3"; chmod +x loop.sh; ./loop.sh z
echo "PID ok" $([ $$ -eq $$ ] && echo same) $(( $(echo $BASHPID) != $$ ))
ulimit -n >/dev/null 2>&1; true; echo done
let i=5; let i--; echo $i; (( i **= 2 )); echo $i
echo ~+ | grep -c /; cd /tmp; echo ~-  | grep -c /
printf "%s\n" "${PWD/#$HOME/~}" > /dev/null; echo ok
