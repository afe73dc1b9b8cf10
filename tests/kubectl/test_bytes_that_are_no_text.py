"""Manifests and arguments that are no UTF-8: read as real kubectl reads them."""

import subprocess

import pytest

from tests.kubectl.duel import Duel

LATIN = b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: latin\ndata:\n  a: caf\xe9!\n"
FILES = {
    "latin.yaml": LATIN,
    "utf16.yaml": LATIN.decode("latin-1").encode("utf-16"),
    "other-utf16.yaml": b"\xfe\xff" + LATIN.decode("latin-1").encode("utf-16-be"),
    "noise.yaml": b"\xae\x91\xff\n",
    "cut.yaml": b"a: \xc3",
    "latin.json": b'{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "j"}, "data": {"a": "\xe9"}}',
    "half.json": rb'{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "h"}, "data": {"a": "\ud83dx"}}',
    "pair.json": rb'{"apiVersion":"v1","kind": "ConfigMap", "metadata": {"name": "w"}, "data": {"a": "\ud83d\ude00"}}',
    "nameless.json": b'{"apiVersion": "v1", "kind": "Pod"}',
}
PATCHES = {
    "cut-patch.yaml": b"data: {c: \xe9}",
    "trailing.yaml": b"data: {c: \xe9bcd}",
    "leading.yaml": b"data:\n c: \xffbcd\n",
    "long.yaml": b"data:\n c: \xc0\x80bcd\n",
    "surrogate.yaml": b"data:\n c: \xed\xa0\x80bcd\n",
}
LINES = [
    *(f"apply -f {name}" for name in FILES),
    "get cm latin j h w -o yaml",
    "apply -f latin.json",
    "annotate cm j note=$'\\xff'",
    *(f"patch cm j --patch-file={name}" for name in PATCHES),
    "get cm j -o json",
]


@pytest.fixture(scope="module")
def duel(tmp_path_factory):
    duel = Duel()
    yield duel
    duel.close()


def test_what_is_no_text_is_read_as_real_kubectl_reads_it(duel, tmp_path):
    for name, data in {**FILES, **PATCHES}.items():
        (tmp_path / name).write_bytes(data)
        duel.ours.write(name, data.decode("utf-8", "surrogateescape"))
    for line in LINES:
        command = f"{duel.judge.binary} --server {duel.judge.url} {line}"
        real = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, timeout=60)
        ours = duel.ours.run(f"kubectl {line}")
        theirs = (real.stdout.decode(), real.stderr.decode(), real.returncode)
        assert without_ids(ours.stdout, ours.stderr, ours.exit) == without_ids(*theirs), line


def test_half_a_pair_of_surrogates_in_a_patch_is_replaced(console):
    console.ok("kubectl create configmap c")
    console.ok("""kubectl patch configmap c -p '{"data":{"b":"\\udc00"}}'""")
    assert console.ok("kubectl get configmap c -o jsonpath={.data.b}") == "\ufffd"


def without_ids(stdout, stderr, status):
    kept = [line for line in stdout.splitlines() if "uid" not in line and "resourceVersion" not in line]
    return kept, stderr, status
