echo *
echo *.txt
echo ?.txt
echo [ab].txt [!ab].txt [^b].txt [a-c].txt
echo d/* */
echo d/*.md nothing*
echo "*.txt" \*.txt
echo .* | tr ' ' '\n' | grep -c hidden
shopt -s nullglob; echo nothing* end; shopt -u nullglob; echo nothing*
shopt -s dotglob; echo *; shopt -u dotglob
set -f; echo *.txt; set +f; echo *.txt
for f in *.txt; do echo "file $f"; done
x='*.txt'; echo $x "$x"
echo {a,b,c} {1..5} {a..e} {1..10..3} {5..1} x{1,2}y {a,b}{1,2}
echo {a} {} {,a} a{,b} {a,} {1..} {..2}
echo {01..03} {08..11} {-2..2} {a..c}{1..2}
echo "{a,b}" '{a,b}' {a\,b} {a,"b,c"}
echo pre{x,y{1,2},z}post
echo ${x}{1,2} $x{a,b}
echo a.txt b.txt *.md
case hello in h*) echo starts;; esac; case abc in a?c) echo q;; esac; case x in [a-m]) echo low;; [n-z]) echo high;; esac
[[ foobar == foo* ]] && echo match; [[ foobar == "foo*" ]] || echo literal; [[ a.txt == *.txt ]] && echo txt
shopt -s extglob; [[ aaa == +(a) ]] && echo plus; [[ b == @(a|b) ]] && echo at; [[ x == !(a|b) ]] && echo not
shopt -s globstar; echo **/*.md
echo d/../*.txt ./*.txt
echo [[:alpha:]].txt [[:digit:]].txt
echo ~/nothere* | cat
touch() { :; }; echo a*
echo */*.md
x=a; echo $x.txt ${x}*
echo [z].txt
echo \[a\].txt
echo 'a'*.txt "a"*
