"""etcdutl: looks into snapshots and makes data directories of them. Source: etcd, etcdutl/etcdutl; v3.5 and v3.6."""

from __future__ import annotations

import json

from kubelab.cluster import etcd
from kubelab.cluster.clock import rfc3339
from kubelab.cluster.file_errors import FileError
from kubelab.terminal.tool import Context, Exit, tool
from kubelab.terminal.tools.etcd_client import EtcdCall
from kubelab.terminal.tools.etcd_tables import table, written_size

WAL = "member/wal/0000000000000000-0000000000000000.wal"


@tool("etcdutl")
def etcdutl(ctx: Context) -> int:
    """etcdutl snapshot status | snapshot restore FILE --data-dir DIRECTORY"""
    call = EtcdCall(ctx)
    two = " ".join(call.words[:2])
    if call.words[:1] == ["version"]:
        ctx.write(f"etcdutl version: {call.version}\nAPI version: {call.version.rpartition('.')[0]}\n")
        return 0
    call.words = call.words[2:]
    if two == "snapshot status":
        return _status(call)
    if two == "snapshot restore":
        return _restore(call)
    raise Exit(1, f"etcdutl: KubeLab does not simulate {two or 'this command'}: snapshot status and snapshot restore\n")


def _snapshot(call: EtcdCall) -> str:
    """Returns the id of the snapshot in the file that is named.

    Raises:
        Exit: there is none.
    """
    if not call.words:
        raise Exit(128, "Error: snapshot requires exactly one argument\n")
    path = call.words[0]
    try:
        identity = etcd.identity_of(call.ctx.read_file(path))
    except FileError as error:
        reason = "no such file or directory" if error.code == "ENOENT" else error.reason.lower()
        raise Exit(1, f"Error: stat {path}: {reason}\n") from None
    if identity is None or not etcd.is_known(call.cluster, identity):
        raise Exit(
            1, "Error: snapshot file integrity check failed. 1 errors found.\nmeta page 0: invalid magic number\n"
        )
    return identity


def _status(call: EtcdCall) -> int:
    digest, revision, keys, size = etcd.facts(call.cluster, _snapshot(call))
    version = f"{call.version.rpartition('.')[0]}.0" if call.version >= "3.6" else ""
    row = [digest, str(revision), str(keys), written_size(size), *([version] if version else [])]
    form = call.value("write-out")
    if form == "table":
        heads = ["HASH", "REVISION", "TOTAL KEYS", "TOTAL SIZE", *(["VERSION"] if version else [])]
        call.ctx.write(table(heads, [row]))
    elif form == "json":
        found = {"hash": int(digest, 16), "revision": revision, "totalKey": keys, "totalSize": size, "version": version}
        call.ctx.print(json.dumps(found, separators=(",", ":")))
    else:
        call.ctx.print(", ".join(row))
    return 0


def _restore(call: EtcdCall) -> int:
    identity = _snapshot(call)
    ctx = call.ctx
    name = call.value("name", "default")
    folder = call.value("data-dir", f"{name}.etcd").rstrip("/")
    full = ctx.path(folder)
    if ctx.files.is_dir(full) and ctx.files.listdir(full):
        raise Exit(1, f'Error: data-dir "{folder}" not empty or could not be read\n')
    snap = f'"path": "{call.words[0]}", "wal-dir": "{folder}/member/wal", "data-dir": "{folder}"'
    added = f'"cluster-id": "cdf818194e3a8c32", "local-member-id": "0", "added-peer-id": "{etcd.member_id(name)}"'
    for caller, text, more in (
        ("snapshot/v3_snapshot.go:305", "restoring snapshot", snap),
        ("bbolt", "Opening db file", f'"path": "{folder}/{etcd.FILE}"'),
        ("membership/store.go:138", "Trimming membership information from the backend...", ""),
        ("membership/cluster.go:424", "added member", added),
        ("snapshot/v3_snapshot.go:333", "restored snapshot", snap),
    ):
        ctx.error(f"{rfc3339(ctx.now)}\tinfo\t{caller}\t{text}{f'	{{{more}}}' if more else ''}\n")
    ctx.files.mkdir(f"{full}/member/snap", 0o700, parents=True)
    ctx.files.mkdir(f"{full}/member/wal", 0o700, parents=True)
    ctx.files.write(f"{full}/{etcd.FILE}", etcd.database(etcd.copy(call.cluster, identity)), 0o600)
    ctx.files.write(f"{full}/{WAL}", "", 0o600)
    return 0
