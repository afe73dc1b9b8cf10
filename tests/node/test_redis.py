"""Redis as tutorials use it: its configuration, its password, its types, and what outlives it.

Source: kubernetes.io, tutorials/configuration/configure-redis-using-configmap; redis.io/docs.
"""

from __future__ import annotations

import pytest

from kubelab.cluster.faults import inject
from tests.console import Console

CONFIGURED = """
apiVersion: v1
kind: ConfigMap
metadata: {name: example-redis-config}
data: {redis-config: "maxmemory 2mb\\nmaxmemory-policy allkeys-lru\\n"}
---
apiVersion: v1
kind: Pod
metadata: {name: redis}
spec:
  containers:
  - name: redis
    image: redis:8.0.2
    command: [redis-server, /redis-master/redis.conf]
    volumeMounts: [{mountPath: /data, name: data}, {mountPath: /redis-master, name: config}]
  volumes:
  - {name: data, hostPath: {path: /srv/redis, type: DirectoryOrCreate}}
  - {name: config, configMap: {name: example-redis-config, items: [{key: redis-config, path: redis.conf}]}}
  nodeName: worker-1
"""


@pytest.fixture
def console() -> Console:
    console = Console()
    console.apply(CONFIGURED)
    console.advance(20)
    return console


def ask(console: Console, command: str) -> str:
    return console.run(f"kubectl exec redis -- redis-cli {command}").stdout


def test_the_file_from_a_config_map_counts(console: Console) -> None:
    assert ask(console, "CONFIG GET maxmemory") == "maxmemory\n2097152\n"
    assert ask(console, "CONFIG GET maxmemory-policy") == "maxmemory-policy\nallkeys-lru\n"


def test_what_was_kept_is_there_again_after_the_pod_on_the_same_volume(console: Console) -> None:
    ask(console, "set colour blue")
    console.ok("kubectl delete pod redis")
    console.apply(CONFIGURED)
    console.advance(20)
    assert ask(console, "get colour") == "blue\n"


def test_a_process_that_is_killed_loses_what_was_not_saved(console: Console) -> None:
    ask(console, "set kept 1")
    assert ask(console, "save") == "OK\n"
    ask(console, "set lost 1")
    inject(console.cluster, "kill default/redis/redis")
    console.advance(20)
    assert (ask(console, "get kept"), ask(console, "get lost")) == ("1\n", "\n")


@pytest.mark.parametrize(
    "commands, last",
    [
        (["rpush l a b c", "lrange l 0 -1"], "a\nb\nc\n"),
        (["lpush l a b", "lpop l"], "b\n"),
        (["hset user name bob age 3", "hgetall user"], "name\nbob\nage\n3\n"),
        (["sadd s a b a", "scard s"], "2\n"),
        (["zadd z 2 b 1 a", "zrange z 0 -1 withscores"], "a\n1\nb\n2\n"),
        (["set n 5", "incrby n 3"], "8\n"),
        (["mset a 1 b 2", "keys *"], "a\nb\n"),
        (["rpush l a", "get l"], "WRONGTYPE Operation against a key holding the wrong kind of value\n\n"),
        (["get"], "ERR wrong number of arguments for 'get' command\n\n"),
        (["foo bar"], "ERR unknown command 'foo', with args beginning with: 'bar' \n\n"),
    ],
)
def test_its_types_are_those_that_people_know(console: Console, commands: list[str], last: str) -> None:
    for command in commands:
        said = ask(console, command.replace("*", "'*'"))
    assert said == last


def test_a_key_goes_when_its_time_is_over(console: Console) -> None:
    ask(console, "set k v EX 10")
    assert ask(console, "ttl k") == "10\n"
    console.advance(11)
    assert ask(console, "exists k") == "0\n"


def test_a_password_is_asked_for() -> None:
    console = Console()
    console.ok("kubectl run redis --image=redis:7 -- redis-server --requirepass secret")
    console.advance(15)
    assert ask(console, "ping") == "NOAUTH Authentication required.\n\n"
    assert ask(console, "-a secret --no-auth-warning ping") == "PONG\n"
    assert "WRONGPASS" in console.run("kubectl exec redis -- redis-cli -a wrong ping").stderr


def test_a_configuration_that_is_not_there_ends_it() -> None:
    console = Console()
    console.ok("kubectl run redis --image=redis:7 --restart=Never -- redis-server /etc/redis.conf")
    console.advance(15)
    assert "can't open config file '/etc/redis.conf': No such file or directory" in console.ok("kubectl logs redis")
