cat <<X
plain $HOME `echo b` $(echo c) \$no "quotes" 'single'
X
cat <<'X'
plain $HOME `echo b` \$no
X
cat <<-X
	tabbed
		twice
	X
cat <<X | cat
piped
X
cat <<A <<B
first
A
second
B
x=5; cat <<X
value: $x ${x} $((x+1)) ${x:-y}
X
cat <<< "here string $HOME"; cat <<< word; cat <<< 'a  b'
while read l; do echo "<$l>"; done <<X
one
two three
X
f() { cat <<X
in function $1
X
}; f arg
if true; then cat <<X
in if
X
fi
cat <<"E O F"
spaced delimiter
E O F
cat <<X; echo after
body
X
cat << X
space before
X
cat <<X
a\
b
X
cat <<X
\\ \` \$ \a
X
cat <<\X
$x
X
read a b <<< "1 2 3"; echo "$a|$b"
x=$(cat <<X
in substitution
X
); echo "$x"
cat <<X && echo ok
and
X
cat 0<<X
fd
X
cat <<X
"$(echo "quoted in here")"
X
cat <<X
X
echo empty
cat <<X
unterminated
