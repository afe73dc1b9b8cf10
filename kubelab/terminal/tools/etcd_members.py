"""etcdctl member and endpoint, and move-leader. Source: etcd, etcdctl/ctlv3/command; server/etcdserver/server.go."""

from __future__ import annotations

import json
from collections.abc import Generator
from typing import Any

from kubelab.cluster import etcd
from kubelab.cluster.clock import micro
from kubelab.cluster.etcd import Member
from kubelab.cluster.node import cri
from kubelab.terminal.tool import Exit, Sleep, Wait
from kubelab.terminal.tools.etcd_client import PATIENCE, EtcdCall
from kubelab.terminal.tools.etcd_tables import table, written_size

Act = Generator[Wait, Any, int]


def members(call: EtcdCall) -> Act:
    """member list"""
    yield from call.connect()
    found = etcd.members(call.cluster)
    if call.value("write-out") == "json":
        told = {"header": header(call), "members": [_plain(each) for each in found]}
        call.ctx.print(json.dumps(told, separators=(",", ":")))
        return 0
    rows = [(each.identity, "started" if each.name else "unstarted", each.name, each.peer, each.client, "false")
            for each in found]  # fmt: skip
    if call.value("write-out") == "table":
        call.ctx.write(table(("ID", "STATUS", "NAME", "PEER ADDRS", "CLIENT ADDRS", "IS LEARNER"), rows))
    else:
        call.ctx.write("".join(", ".join(row) + "\n" for row in rows))
    return 0


def header(call: EtcdCall) -> dict[str, int]:
    """Returns what stands in every answer that is written as JSON."""
    asked = next((call.member(endpoint) for endpoint in call.endpoints if call.member(endpoint)), "")
    return {
        "cluster_id": int(etcd.cluster_id(call.cluster), 16),
        "member_id": int(etcd.member_id(asked or ""), 16),
        "raft_term": etcd.term(call.cluster),
    }


def _plain(member: Member) -> dict[str, object]:
    named = {"name": member.name} if member.name else {}
    clients = {"clientURLs": [member.client]} if member.client else {}
    return {"ID": int(member.identity, 16), **named, "peerURLs": [member.peer], **clients}


def _refused(call: EtcdCall, method: str, code: str, why: str) -> Exit:
    """Returns how a request ends that the server refuses."""
    warning = (
        f'{{"level":"warn","ts":"{micro(call.ctx.now)}","logger":"etcd-client","caller":"v3@v{call.version}/'
        f'retry_interceptor.go:65","msg":"retrying of unary invoker failed","target":"etcd-endpoints://0xc0002f6000/'
        f'{call.endpoints[0].partition("://")[2] or call.endpoints[0]}","method":"/etcdserverpb.{method}","attempt":0,'
        f'"error":"rpc error: code = {code} desc = {why}"}}'
    )
    return Exit(1, f"{warning}\nError: {why}\n")


def _named(call: EtcdCall, verb: str) -> Member:
    """Returns the member that a command names by its id.

    Raises:
        Exit: there is none, or it is no id.
    """
    if not call.words:
        raise Exit(128, "Error: member ID is not provided\n")
    word = call.words[0]
    try:
        wanted = int(word, 16)
    except ValueError:
        why = f'strconv.ParseUint: parsing "{word}": invalid syntax'
        raise Exit(128, f"Error: bad member ID arg ({why}), expecting ID in Hex\n") from None
    for each in etcd.members(call.cluster):
        if int(each.identity, 16) == wanted:
            return each
    raise _refused(call, f"Cluster/Member{verb}", "NotFound", "etcdserver: member not found")


def add(call: EtcdCall) -> Act:
    """member add NAME --peer-urls URL"""
    if not call.words:
        raise Exit(128, "Error: member name not provided\n")
    peer = call.value("peer-urls")
    if not peer:
        raise Exit(128, "Error: member peer urls not provided\n")
    if call.on("learner"):
        raise Exit(1, "etcdctl: KubeLab does not simulate members that learn (--learner)\n")
    yield from call.connect()
    before = etcd.members(call.cluster)
    if any(each.peer == peer for each in before):
        raise _refused(call, "Cluster/MemberAdd", "FailedPrecondition", "etcdserver: Peer URLs already exists")
    running = sum(each.name in call.cluster.processes.nodes("etcd") for each in before)
    if len(before) > 1 and running < (len(before) + 1) // 2 + 1:
        why = "etcdserver: re-configuration failed due to not enough started members"
        raise _refused(call, "Cluster/MemberAdd", "FailedPrecondition", why)
    call.cluster.processes.announce(peer)
    cluster, name = etcd.cluster_id(call.cluster), call.words[0]
    initial = ",".join(f"{each.name}={each.peer}" for each in [*before, Member("", name, peer, "")] if each.name)
    call.ctx.print(f"Member {etcd.member_id(peer)} added to cluster {cluster}\n")
    call.ctx.print(f'ETCD_NAME="{name}"\nETCD_INITIAL_CLUSTER="{initial}"')
    call.ctx.print(f'ETCD_INITIAL_ADVERTISE_PEER_URLS="{peer}"\nETCD_INITIAL_CLUSTER_STATE="existing"')
    return 0


def remove(call: EtcdCall) -> Act:
    """member remove ID"""
    yield from call.connect()
    member = _named(call, "Remove")
    running = call.cluster.processes.nodes("etcd")
    left = [each for each in etcd.members(call.cluster) if each.identity != member.identity]
    started = sum(each.name in running for each in left)
    if member.name in running and left and started < len(left) // 2 + 1:
        why = "etcdserver: re-configuration failed due to not enough started members"
        raise _refused(call, "Cluster/MemberRemove", "FailedPrecondition", why)
    etcd.remove_member(call.cluster, member)
    call.ctx.print(f"Member {member.identity} removed from cluster {etcd.cluster_id(call.cluster)}")
    for container in cri.running(call.cluster, member.name) if member.name in running else ():
        if container.name == "etcd":
            cri.stop(container)  # it is told, and ends
    return 0


def move_leader(call: EtcdCall) -> Act:
    """move-leader ID"""
    yield from call.connect()
    leader = etcd.leader(call.cluster)
    if leader not in [call.member(endpoint) for endpoint in call.endpoints]:
        raise Exit(128, f"Error: no leader endpoint given at [{' '.join(call.endpoints)}]\n")
    target = _named(call, "MoveLeader")
    if target.name not in call.cluster.processes.nodes("etcd"):
        raise _refused(call, "Maintenance/MoveLeader", "FailedPrecondition", "etcdserver: bad leader transferee")
    etcd.hand_over(call.cluster, target.name)
    call.ctx.print(f"Leadership transferred from {etcd.member_id(leader)} to {target.identity}")
    return 0


# endpoints


def health(call: EtcdCall) -> Act:
    """endpoint health"""
    problems = [(endpoint, call.problem(endpoint)) for endpoint in call.endpoints]
    if any(problem for _, problem in problems):
        yield Sleep(call.ctx.state.setdefault("until", call.ctx.now + PATIENCE))
    failed = False
    rows = []
    for endpoint, problem in problems:
        took = f"{call.cluster.random.between(7, 14, endpoint, call.ctx.now):.6f}ms"
        failed = failed or bool(problem)
        error = "context deadline exceeded" if problem else ""
        rows.append((endpoint, str(not problem).lower(), took if not problem else "5.002s", error))
        if call.value("write-out") == "table":
            continue
        if problem:
            call.ctx.error(f"{endpoint} is unhealthy: failed to commit proposal: context deadline exceeded\n")
        else:
            call.ctx.print(f"{endpoint} is healthy: successfully committed proposal: took = {took}")
    if call.value("write-out") == "table":
        call.ctx.write(table(("ENDPOINT", "HEALTH", "TOOK", "ERROR"), rows))
    if failed:
        call.ctx.error("Error: unhealthy cluster\n")
    return int(failed)


def status(call: EtcdCall) -> Act:
    """endpoint status"""
    rows, failed = [], False
    newer = call.version >= "3.6"
    size, leader = written_size(etcd.size(call.cluster.store.registered)), etcd.leader(call.cluster)
    index, term = str(call.cluster.store.revision + 40), str(etcd.term(call.cluster))
    for endpoint in call.endpoints:
        problem = call.problem(endpoint)
        node = call.member(endpoint)
        if problem and problem != "etcdserver: no leader":
            failed = True
            call.ctx.error(f"Failed to get the status of endpoint {endpoint} (context deadline exceeded)\n")
            continue
        known = [endpoint, etcd.member_id(node or ""), call.version]
        known += [f"{call.version.rpartition('.')[0]}.0", size, size, "0%", "0 B"] if newer else [size]
        leads = str(bool(leader) and node == leader).lower()
        rows.append([*known, leads, "false", term, index, index, problem, *(["", "false"] if newer else [])])
    if failed:
        yield Sleep(call.ctx.state.setdefault("until", call.ctx.now + PATIENCE))
    sizes = ["STORAGE VERSION", "DB SIZE", "IN USE", "PERCENTAGE NOT IN USE", "QUOTA"] if newer else ["DB SIZE"]
    raft = ["IS LEADER", "IS LEARNER", "RAFT TERM", "RAFT INDEX", "RAFT APPLIED INDEX", "ERRORS"]
    heads = ["ENDPOINT", "ID", "VERSION", *sizes, *raft]
    heads += ["DOWNGRADE TARGET VERSION", "DOWNGRADE ENABLED"] if newer else []
    if call.value("write-out") == "table":
        call.ctx.write(table(heads, rows) if rows else "")
    else:
        call.ctx.write("".join(", ".join(row) + "\n" for row in rows))
    return int(failed)
