a=(1 2 3); echo ${a[0]} ${a[1]} ${a[@]} ${#a[@]} ${a[-1]} $a
a=(x y z); for i in "${a[@]}"; do echo "<$i>"; done; for i in "${!a[@]}"; do echo $i; done
a=("a b" c); printf '<%s>' "${a[@]}"; printf '<%s>' ${a[@]}; printf '<%s>' "${a[*]}"; echo
a=(); echo ${#a[@]} "[${a[@]}]"; a+=(1); a+=(2 3); echo ${a[@]}
a=(1 2 3 4 5); echo ${a[@]:1:2} ${a[@]: -2} ${a[@]:2}
a[5]=x; a[2]=y; echo ${!a[@]} ${a[@]} ${#a[@]}
a=([2]=c [0]=a); echo ${a[@]} ${!a[@]}
unset a; a=(1 2 3); unset 'a[1]'; echo ${a[@]} ${!a[@]}
declare -A m; m[k]=v; m[a b]=c; echo ${m[k]} "${m[a b]}" ${#m[@]}
declare -A m=([x]=1 [y]=2); for k in x y; do echo $k=${m[$k]}; done; unset 'm[x]'; echo ${#m[@]} ${!m[@]}
declare -A m=([one]=1); [[ -v m[one] ]] && echo yes; [[ -v m[two] ]] || echo no
a=(a.txt b.txt); echo ${a[@]%.txt} ${a[@]/a/X} ${a[@]#a} ${a[@]^^}
a=(1 2 3); echo ${a[@]/#/n}; echo "${a[@]/%/!}"
a=(3 1 2); i=1; echo ${a[i]} ${a[$i]} ${a[i+1]} ${a[$((i-1))]}
a=(1 2 3); a[1]+=x; echo ${a[@]}
IFS=,; a=(1 2 3); echo "${a[*]}"
read -a w <<< "one two three"; echo ${w[1]} ${#w[@]}
s='a,b,c'; IFS=, read -ra p <<< "$s"; echo ${p[2]} ${#p[@]}
mapfile -t l < <(printf 'x\ny\nz\n'); echo ${#l[@]} ${l[1]}
a=($(echo 1 2 3)); echo ${#a[@]}
a=("$(echo 1 2 3)"); echo ${#a[@]}
declare -a d; d[3]=z; echo "${d[@]}" ${#d[@]}
a=(1 2 3); b=("${a[@]}" 4); echo ${b[@]}
a=(1 2 3); echo "last ${a[${#a[@]}-1]}"
f() { local -a l=(x y); echo ${l[1]}; }; f; echo "[${l[1]}]"
a=(1 2 3); declare -p a
declare -A m=([k]="v w"); declare -p m
x=5; declare -p x; export x; declare -p x; declare -r y=1; declare -p y
a=(*); echo ${#a[@]}
f() { echo "$# $1"; }; a=("x y" z); f "${a[@]}"; f ${a[@]}
a=(1 2); (( a[0] += 5 )); echo ${a[0]} $(( a[0] * a[1] ))
a=(10 20 30); for ((i=0; i<${#a[@]}; i++)); do echo "$i:${a[i]}"; done
echo ${a[@]:-empty} "${a[@]-none}"
a=(x); echo ${a} ${a[0]} ${a[1]-unset}
echo "${#a[0]}"
false | true | false; echo "${PIPESTATUS[@]}"; true; echo ${PIPESTATUS[0]}
a=(a b c d); echo "${a[@]:1:2}" "${a[*]:1}"
