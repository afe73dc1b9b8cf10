"""sort as on a real machine."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tools.judge import same
from tests.tools.samples import FILES

SORTED = {
    **FILES,
    "sizes": "1K\n2M\n500\n1.5G\n-2K\n0\nx\n1G\n",
    "versions": "v1.10\nv1.9\nv1.9.1\n1.2\n1.10-rc1\nfile-2.tar.gz\nfile-10.tar.gz\nfile.tar.gz\na~\na\n",
    "months": "MAR x\njan y\nDec z\nfoo\n  feb\n",
    "table": "b 2 x\na 10 y\na 9 z\nc  1 w\nB 2 v\n",
    "floats": "1e3\n2.5\n-inf\nnan\nabc\n1e-2\n.5\n",
}
LINES = r"""
sort fruit
sort -r fruit
sort -u fruit
sort -f fruit
sort -fu fruit
sort -n numbers
sort -rn numbers
sort -g floats
sort -h sizes
sort -hr sizes
sort -V versions
sort -M months
sort -k2 table
sort -k2n table
sort -k2,2n -k1,1r table
sort -k1,1 -k2,2n table
sort -k 1.1,1.1f table
sort -t: -k3 passwd
sort -t: -k3n passwd
sort -t: -k3,3nr passwd
sort -t : -nk 3 passwd
sort -s -k1,1 table
sort -b -k2 table
sort -nu numbers
sort -c fruit
sort -C fruit
sort -c left
sort fruit numbers
sort nope
sort nope fruit
sort conf
sort -o out fruit; cat out
sort -o fruit fruit; cat fruit
sort < noend
cat fruit | sort -
sort -t
sort -t '' fruit
sort -t ab fruit
sort -k x fruit
sort -k 0 fruit
sort -k 1,2q fruit
sort -d fruit
sort -i fruit
sort -nV fruit
sort --reverse --unique fruit
sort --key=2 --numeric-sort table
sort --nope
sort -q
sort pods -k4n
sort -k3,3 -k4,4nr pods
sort -z < noend | od -c
sort empty
sort -m left right
sort -k2.3 numbered
sort -k2,1 table
sort -rk1,1 table
sort -k1,1r -u table
""".strip().splitlines()


@pytest.mark.parametrize("line", LINES)
def test_it_is_as_on_a_real_machine(line):
    same(line, SORTED)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.text(" \t0123456789aAbB.-:_~K", max_size=8), max_size=8),
    st.lists(
        st.sampled_from("-n -r -u -f -b -h -g -d -s -k2 -k1,1 -k2n -k2,2 -k2.2 -k1.2,2.1b -t: -k3,3r".split()),
        max_size=3,
    ),
)
def test_any_lines_with_any_options(lines, options):
    options = sorted(set(options))
    if len({"-n", "-h", "-g", "-d"} & set(options)) > 1:
        return
    same(f"sort {' '.join(options)} lines", {"lines": "".join(line + "\n" for line in lines)}, errors=False)
