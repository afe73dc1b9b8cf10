"""tar packs, lists and unpacks as GNU tar does."""

from __future__ import annotations

import pytest

from tests.tools.judge import Box, have, same
from tests.tools.samples import FILES

pytestmark = pytest.mark.skipif(not have("tar", "gzip"), reason="needs tar and gzip")

BOTH = {**FILES, "raw": b"\xff\xfe\x00x"}

LINES = r"""
tar
tar cf
tar cf x.tar
tar tf nope.tar
tar xf fruit
tar cf - nope | wc -c
tar cf x.tar fruit nope; tar tf x.tar
tar cf x.tar conf/deep; tar tf x.tar
tar -cvf x.tar conf/deep
tar cf x.tar fruit conf/deep; mkdir o; tar xf x.tar -C o; cat o/fruit o/conf/deep/note.txt
tar cf x.tar fruit conf/deep; mkdir o; tar xvf x.tar -C o
tar cf x.tar fruit; tar xf x.tar -C nope
tar cf x.tar fruit; tar tf x.tar zzz
tar cf x.tar fruit numbers; tar xOf x.tar fruit
tar czf x.tgz conf/deep; tar tzf x.tgz; tar tf x.tgz
tar cf x.tar conf/deep/note.txt; tar xf x.tar --strip-components=2; cat note.txt
tar -C conf -cf x.tar deep; tar -tf x.tar
tar cf - conf/deep | tar tf -
tar cf - conf/deep | (mkdir o; cd o; tar xf -); cat o/conf/deep/note.txt
tar cf - raw | tar xOf - | wc -c
tar cf x.tar raw; mkdir o; tar xf x.tar -C o; cat o/raw
tar cf - /etc/passwd | tar tf -
tar -xfC x.tar
tar cf x.tar fruit; mkdir o; tar xfC x.tar o; cat o/fruit
tar -cfx.tar fruit; tar -tvfx.tar | cut -c1-10
tar -cf
tar -q
tar tzf fruit
tar --nope
tar --file
tar --strip-components=x -tf fruit
tar --exclude
tar cf x.tar --exclude=deep conf; tar tf x.tar | sort
tar cf x.tar --exclude='*.conf' --exclude=conf/deep conf fruit; tar tf x.tar | sort
tar cf x.tar conf fruit; tar tf x.tar --exclude='con*/deep/*' | sort
tar --create --file=x.tar fruit; tar --list --file x.tar
"""


@pytest.mark.parametrize("line", LINES.strip().splitlines())
def test_as_the_real_tar(line):
    same(line, BOTH)


def test_a_long_listing_has_modes_owners_sizes_and_times():
    box = Box({"a": "hello\n"})
    assert box.run("chmod 640 a; tar cf x.tar a; tar tvf x.tar").out == (
        "-rw-r----- learner/learner   6 2025-11-11 12:00 a\n"
    )
