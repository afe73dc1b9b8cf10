"""etcdctl: keys and snapshots; members are in etcd_members.py. Source: etcd, etcdctl/ctlv3/command; v3.5 and v3.6."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Generator
from typing import Any

from kubelab.cluster import encryption, etcd
from kubelab.cluster.clock import micro
from kubelab.cluster.objects import Object
from kubelab.cluster.rest.protobuf_writing import encoded
from kubelab.terminal.tool import Context, Exit, Steps, Wait, tool
from kubelab.terminal.tools import etcd_members
from kubelab.terminal.tools.etcd_client import EtcdCall
from kubelab.terminal.tools.etcd_tables import written_size

HELP = """NAME:
	etcdctl - A simple command line client for etcd3.

USAGE:
	etcdctl [flags]

COMMANDS:
	alarm list		Lists all alarms
	compaction		Compacts the event history in etcd
	defrag			Defragments the storage of the etcd members with given endpoints
	del			Removes the specified key or range of keys [key, range_end)
	endpoint health		Checks the healthiness of endpoints specified in `--endpoints` flag
	endpoint status		Prints out the status of endpoints specified in `--endpoints` flag
	get			Gets the key or a range of keys
	member add		Adds a member into the cluster
	member list		Lists all members in the cluster
	member remove		Removes a member from the cluster
	move-leader		Transfers leadership to another etcd cluster member.
	put			Puts the given key into the store
	snapshot save		Stores an etcd node backend snapshot to a given file
	version			Prints the version of etcdctl
"""
NOT_SIMULATED = frozenset(
    """
    alarm auth check completion downgrade elect endpoint lease lock make-mirror member role snapshot txn user watch
    """.split()
)
Act = Generator[Wait, Any, int]


@tool("etcdctl")
def etcdctl(ctx: Context) -> Steps:
    """etcdctl get | put | del | member list | endpoint health|status | snapshot save ..."""
    call = EtcdCall(ctx)
    words = call.words
    if not words or words[0] == "help" or call.on("help") or call.on("h"):
        ctx.write(HELP)
        return 0
    if words[0] == "version":
        ctx.write(f"etcdctl version: {call.version}\nAPI version: {call.version.rpartition('.')[0]}\n")
        return 0
    two = " ".join(words[:2])
    if two in ("snapshot status", "snapshot restore"):
        if call.version >= "3.6":
            ctx.error(f'Error: unknown command "{words[1]}" for "etcdctl snapshot": since v3.6 it is etcdutl {two}\n')
            return 1
        ctx.error(f"Deprecated: Use `etcdutl {two}` instead.\n\n")
        return (yield from ctx.run(["etcdutl", *ctx.args]))
    act = ACTS.get(two) or ACTS.get(words[0])
    if act is None and words[0] in NOT_SIMULATED:
        raise Exit(1, f"etcdctl: KubeLab does not simulate etcdctl {two}\n")
    if act is None:
        raise Exit(1, f'Error: unknown command "{words[0]}" for "etcdctl"\n')
    call.words = words[2:] if two in ACTS else words[1:]
    return (yield from act(call))


# keys


def _range(call: EtcdCall) -> list[tuple[str, Any]]:
    """Returns the keys that a command names."""
    if not call.words:
        raise Exit(
            128, f"Error: {call.ctx.args[0]} command needs one argument as key and an optional argument as range_end\n"
        )
    key = call.words[0]
    if call.on("prefix"):
        return etcd.keys(call.cluster, key)
    if call.on("from-key"):
        return [pair for pair in etcd.keys(call.cluster) if pair[0] >= key]
    if len(call.words) > 1:
        return [pair for pair in etcd.keys(call.cluster) if key <= pair[0] < call.words[1]]
    return [pair for pair in etcd.keys(call.cluster, key) if pair[0] == key]


def value_of(call: EtcdCall, key: str, obj: Any) -> str:
    """Returns what is at a key, as text whose bytes that are none are surrogates."""
    if "apiVersion" not in obj:
        return str(obj.get("value", ""))
    prefix = encryption.mark_of(call.cluster.store, key)["prefix"]
    if prefix:
        kept = encryption.hidden(prefix, key, obj["metadata"]["resourceVersion"])
        return kept.decode("utf-8", "surrogateescape")
    return encoded(obj).decode("utf-8", "surrogateescape")


def get(call: EtcdCall) -> Act:
    """get KEY [--prefix] [--keys-only] ..."""
    yield from call.connect()
    found = _range(call)
    if call.on("count-only"):
        if call.value("write-out") == "fields":
            call.ctx.print(f'"Count" : {len(found)}')
        return 0
    if call.value("order") == "DESCEND":
        found.reverse()
    limit = int(call.value("limit", "0") or 0)
    found = found[:limit] if limit else found
    if call.value("write-out") == "json":
        kvs = []
        for key, obj in found:
            entry: Object = {"key": base64.b64encode(key.encode()).decode()}
            if revision := (obj.get("metadata") or {}).get("resourceVersion"):
                entry["mod_revision"] = int(revision)
            if not call.on("keys-only"):
                entry["value"] = base64.b64encode(value_of(call, key, obj).encode("utf-8", "surrogateescape")).decode()
            kvs.append(entry)
        header = {**etcd_members.header(call), "revision": call.cluster.store.revision}
        call.ctx.print(json.dumps({"header": header, "kvs": kvs, "count": len(found)}, separators=(",", ":")))
        return 0
    for key, obj in found:
        if not call.on("print-value-only"):
            call.ctx.print(key)
        call.ctx.print("" if call.on("keys-only") else value_of(call, key, obj))
    return 0


def put(call: EtcdCall) -> Act:
    """put KEY VALUE"""
    yield from call.connect()
    if len(call.words) < 2:
        raise Exit(128, "Error: put command needs 1 argument and input from stdin or 2 arguments\n")
    key, value = call.words[:2]
    if key.startswith(etcd.REGISTRY):
        raise Exit(1, "etcdctl: KubeLab does not simulate writing the API's objects past the API server; del is real\n")
    etcd.put(call.cluster, key, value)
    call.ctx.print("OK")
    return 0


def delete(call: EtcdCall) -> Act:
    """del KEY [--prefix]"""
    yield from call.connect()
    call.ctx.print(str(sum(etcd.delete(call.cluster, key) for key, _ in _range(call))))
    return 0


# the rest


def save(call: EtcdCall) -> Act:
    """snapshot save FILE"""
    if not call.words:
        raise Exit(128, "Error: snapshot save expects one argument\n")
    yield from call.connect()
    path, ctx = call.words[0], call.ctx
    try:
        identity = etcd.snapshot(call.cluster)
    except etcd.TooLarge:
        raise Exit(1, f"etcdctl: KubeLab keeps no snapshots of more than {etcd.MOST} objects\n") from None
    endpoint = call.endpoints[0]
    size = written_size(etcd.size(call.cluster.store.registered))
    steps = (
        ("snapshot/v3_snapshot.go:83", "created temporary db file", f'"path":"{path}.part"'),
        ("snapshot/v3_snapshot.go:96", "fetching snapshot", f'"endpoint":"{endpoint}"'),
        (
            "snapshot/v3_snapshot.go:111",
            "fetched snapshot",
            f'"endpoint":"{endpoint}","size":"{size}","took":"62.048635ms"',
        ),
        ("snapshot/v3_snapshot.go:121", "saved", f'"path":"{path}"'),
    )
    for caller, text, more in steps:
        ctx.error(f'{{"level":"info","ts":"{micro(ctx.now)}","caller":"{caller}","msg":"{text}",{more}}}\n')
    ctx.files.write(ctx.path(path), etcd.database(identity), 0o600)
    ctx.print(f"Snapshot saved at {path}")
    if call.version >= "3.6":
        ctx.print(f"Server version {call.version}")
    return 0


def defrag(call: EtcdCall) -> Act:
    """defrag"""
    yield from call.connect()
    for endpoint in call.endpoints:
        call.ctx.print(f"Finished defragmenting etcd member[{endpoint}]. took 14.301382ms")
    return 0


def compact(call: EtcdCall) -> Act:
    """compaction REVISION"""
    yield from call.connect()
    call.ctx.print(f"compacted revision {call.words[0] if call.words else 0}")
    return 0


def nothing(call: EtcdCall) -> Act:
    """alarm list: there are none."""
    yield from call.connect()
    return 0


ACTS: dict[str, Callable[[EtcdCall], Act]] = {
    "get": get,
    "put": put,
    "del": delete,
    "member list": etcd_members.members,
    "member add": etcd_members.add,
    "member remove": etcd_members.remove,
    "move-leader": etcd_members.move_leader,
    "endpoint health": etcd_members.health,
    "endpoint status": etcd_members.status,
    "snapshot save": save,
    "defrag": defrag,
    "compaction": compact,
    "compact": compact,
    "alarm list": nothing,
}
