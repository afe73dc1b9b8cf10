echo $((1+2*3)) $(( (1+2)*3 )) $((7/2)) $((7%3)) $((-7/2)) $((-7%3)) $((2**10))
x=5; echo $((x+1)) $(($x+1)) $((x++)) $x $((++x)) $((x--)) $((--x)) $x
echo $((1<2)) $((2<=2)) $((3>4)) $((1==1)) $((1!=1)) $((!0)) $((!5)) $((~0))
echo $((1&&0)) $((1||0)) $((5&3)) $((5|3)) $((5^3)) $((1<<4)) $((256>>2))
echo $((0x1f)) $((010)) $((2#101)) $((16#ff)) $((36#z))
echo $((1?2:3)) $((0?2:3)) $((1,2,3))
x=3; ((x+=2)); echo $x; ((x*=2)); echo $x; ((x-=1)); echo $x; ((x/=2)); echo $x; ((x%=3)); echo $x; ((x<<=2)); echo $x
((0)); echo $?; ((1)); echo $?; ((5-5)); echo $?
let a=1+2 b=a*2; echo $a $b; let "c = 3 * 3"; echo $c; let 0; echo $?
a=b; b=3; echo $((a)) $((a+1))
unset z; echo $((z)) $((z+1))
echo $((1+)); echo after
echo $((1/0)); echo after
echo $((08)); echo after
x=abc; echo $((x)); x='1 2'; echo $((x)); echo after
i=0; while ((i<3)); do echo $i; ((i++)); done
for ((i=0;i<3;i++)); do echo $i; done; for ((;;)); do break; done; echo done
for ((i=0,j=10;i<3;i++,j--)); do echo $i $j; done
echo $(( 3 > 2 ? 10 : 20 )) $(( (1 > 2) ? 1 : 0 ))
n=10; echo "$((n*n))" "$(( n - 1 ))text"
echo $(($(echo 4)+1)) $((`echo 2`*3))
((x=5, y=6)); echo $x $y
echo $((9223372036854775807+1)) $((1<<63)) $((2**63))
echo $((-5)) $((- 5)) $((+5)) $((2 - -3))
[ $((3)) -eq 3 ] && echo eq
echo $[1+1]
a[0]=4; echo $((a[0]+1)) $((a+1))
x=1; echo $((x=x+1)) $x
x=010; echo $((x)) $((10#$x))
echo $((1 +
2))
if (( 3 > 2 )); then echo yes; fi; (( 1 == 2 )) || echo no
echo $((2**3**2)) $((-2**2))
x=7; echo $(( x & 1 ? 1 : 0 ))
echo $(( 5 == 5 && 3 < 4 ))
declare -i k=5; k=k*2; echo $k; k='3+4'; echo $k
echo $((1==1?100:200))
(( i = 5 )); echo $i; echo $(( i > 3 && i < 10 ))
echo $((2**-1)); echo after
