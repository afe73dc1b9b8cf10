"""Files that the table tests of the tools work on."""

from __future__ import annotations

FILES: dict[str, str | bytes] = {
    "fruit": "pear\napple\nfig\napple\nBanana\n\ncherry 12\ncherry 9\n",
    "numbers": "10\n9\n-3\n2.5\n1e3\n007\n\nabc\n",
    "pods": (
        "NAME                   READY   STATUS             RESTARTS   AGE\n"
        "web-7d4b9c6f5-abcde    1/1     Running            0          5d\n"
        "web-7d4b9c6f5-fghij    0/1     CrashLoopBackOff   12         3h\n"
        "db-0                   1/1     Running            1          12d\n"
        "job-x7k2p              0/1     Completed          0          44m\n"
    ),
    "passwd": (
        "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1::/usr/sbin:/sbin/nologin\n"
        "ana:x:1000:1000:Ana:/home/ana:/bin/sh\n"
    ),
    "noend": "one\ntwo\nthree",
    "tabs": "a\tb\tc\n1\t2\t3\n\tx\t\n",
    "empty": "",
    "numbered": "".join(f"line {number}\n" for number in range(1, 31)),
    "conf/app.conf": "# settings\nport=8080\nhost = localhost\n\n[db]\nport=5432\n",
    "conf/deep/note.txt": "port of call\nnothing\n",
    "conf/web.yaml": "kind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: web\n    image: nginx:1.25\n",
    "left": "1 one\n2 two\n4 four\n",
    "right": "1 eins\n2 zwei\n3 drei\n",
    "blank": "a\n\n\n\nb\n   \n\nc\n",
}
