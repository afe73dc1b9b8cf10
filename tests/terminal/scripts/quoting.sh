echo "a  b" 'c  d' e\ \ f
echo 'single $x `y` \n "q"'
x=1; echo "double $x ${x} $(echo s) `echo b` \$x \" \\ \n"
echo $'tab\there\nnew\x41\u00e9\101\'q\\'
echo "a'b'c" 'a"b"c'
echo a"b"'c'd
echo ""
echo '' | cat
set -- "" a; echo $#
x='a   b'; echo $x; echo "$x"
x="*"; echo "$x" '*' \*
echo "line1
line2"
echo a\
b
echo "a\
b"
echo 'a\
b'
echo \# # comment
echo a#b #c
echo "$(echo "nested "quotes"")"
echo "$(echo "a $(echo "b $(echo c)")")"
echo `echo \`echo deep\``
echo "`echo \"in quotes\"`"
x="it's"; echo "$x" "${x}"
echo "\a\b\c" "\'" '\'
echo $"localized"
echo ~ "~" '~' a~ ~root
x=~/y; echo $x; y=a:~/b; echo $y
export x=~/y:~/z:~; echo $x; declare y=a:~/b z=~; echo $y $z; x=~/a:b~/c:~/d; echo $x; y=Y=~/a; echo $y
echo "${HOME}/x" ${HOME}x
printf '%s\n' "a b" 'c d' e\ f
printf '<%s>' a\"b 'c"d' "e'f"; echo
x='$y'; y=z; echo $x "$x"
echo "$" "$ " '$' $
echo "a$"b
echo a\tb "a\tb" 'a\tb'
echo {a,b}"{c,d}"
echo \{a,b\}
unset x; echo "[$x]" [$x]
x=; echo "[${x}]"
echo "!" '!' \!
echo "$'not ansi'"
echo '"'"'"'"'
echo -- -n "-e"
echo -e 'a\tb\\c\n'; echo -n x; echo -E 'a\tb'
echo -e 'stop\chere'; echo next
echo -e '\x41\0101\u263a'
