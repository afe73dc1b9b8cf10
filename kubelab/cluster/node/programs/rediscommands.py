"""What Redis answers to its commands: strings, lists, hashes, sets, sorted sets, times to live, configuration.

Values are JSON and never changed in place: a string is a text, a list a list, a hash {"hash": {...}}, a set
{"set": {...}}, a sorted set {"zset": {member: score}}. Source: redis.io/docs/latest/commands.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from typing import Any

from kubelab.cluster.objects import Object

EXPIRES = " expires"  # among the keys, by key: when it is gone
WRONG_TYPE = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n"
NO_INTEGER = "-ERR value is not an integer or out of range\r\n"
OK = "+OK\r\n"
TYPES = {"hash": "hash", "set": "set", "zset": "zset"}


class _Refused(Exception):
    """A command is answered with an error; the text is the reply."""


def bulk(value: object) -> str:
    """Writes one value."""
    if value is None:
        return "$-1\r\n"
    text = str(value)
    return f"${len(text.encode())}\r\n{text}\r\n"


def several(values: Sequence[object]) -> str:
    """Writes a list of values."""
    return f"*{len(values)}\r\n" + "".join(bulk(value) for value in values)


def number(value: int) -> str:
    """Writes a number."""
    return f":{value}\r\n"


class Session:
    """The commands of one connection.

    Args:
        keys: all keys with their values; changed by the commands.
        config: the server's parameters; changed as well.
        now: the time, in seconds since the epoch.
        version: the server's.

    Attributes:
        saves: whether a command asked to save all keys.
    """

    def __init__(self, keys: Object, config: dict[str, str], now: float, version: str) -> None:
        self.keys, self.config, self.now, self.version = keys, config, now, version
        self.saves = False
        self._is_in = not config.get("requirepass")
        for key, at in list((keys.get(EXPIRES) or {}).items()):
            if at <= now:
                self._drop(key)

    def answer(self, line: str) -> str:
        """Answers one line."""
        try:
            words = shlex.split(line)
        except ValueError:
            return "-ERR Protocol error: unbalanced quotes in request\r\n"
        name, args = words[0].upper(), words[1:]
        if not self._is_in and name not in ("AUTH", "HELLO", "QUIT"):
            return "-NOAUTH Authentication required.\r\n"
        known = COMMANDS.get(name)
        if known is None:
            listed = "".join(f"'{arg}' " for arg in args)
            return f"-ERR unknown command '{words[0]}', with args beginning with: {listed}\r\n"
        least, command = known
        if len(args) < least:
            return f"-ERR wrong number of arguments for '{name.lower()}' command\r\n"
        try:
            return command(self, args)
        except _Refused as refused:
            return str(refused)

    # what there is

    def _of(self, key: str, kind: str) -> Any:
        """Returns a copy of a value of a kind, an empty one where there is none."""
        value = self.keys.get(key)
        if kind == "string":
            if value is not None and not isinstance(value, str):
                raise _Refused(WRONG_TYPE)
            return value
        if kind == "list":
            if value is not None and not isinstance(value, list):
                raise _Refused(WRONG_TYPE)
            return list(value or ())
        if value is not None and (not isinstance(value, dict) or kind not in value):
            raise _Refused(WRONG_TYPE)
        return dict((value or {}).get(kind) or {})

    def _keep(self, key: str, kind: str, value: Any) -> None:
        if not value and kind != "string":
            self._drop(key)
        else:
            self.keys[key] = value if kind in ("string", "list") else {kind: value}

    def _drop(self, key: str) -> bool:
        self._persist(key)
        return self.keys.pop(key, None) is not None

    def _persist(self, key: str) -> bool:
        expires = dict(self.keys.get(EXPIRES) or {})
        was = expires.pop(key, None) is not None
        if expires:
            self.keys[EXPIRES] = expires
        else:
            self.keys.pop(EXPIRES, None)
        return was

    def _names(self) -> list[str]:
        return sorted(key for key in self.keys if key != EXPIRES)

    # the server

    def auth(self, args: list[str]) -> str:
        wanted = self.config.get("requirepass", "")
        if not wanted:
            return (
                "-ERR AUTH <password> called without any password configured for the default user. Are you sure your "
                "configuration is correct?\r\n"
            )
        if args[-1] != wanted:
            return "-WRONGPASS invalid username-password pair or user is disabled.\r\n"
        self._is_in = True
        return OK

    def configure(self, args: list[str]) -> str:
        if args[0].upper() == "SET" and len(args) >= 3:
            self.config[args[1].lower()] = args[2]
            return OK
        if args[0].upper() == "GET" and len(args) > 1:
            found = sorted(name for name in self.config if any(fnmatchcase(name, each.lower()) for each in args[1:]))
            return several([each for name in found for each in (name, self.config[name])])
        return OK

    def info(self, args: list[str]) -> str:
        sections = {
            "server": f"# Server\r\nredis_version:{self.version}\r\nredis_mode:standalone\r\nos:Linux\r\n"
                      f"tcp_port:{self.config.get('port', '6379')}\r\n",
            "memory": f"# Memory\r\nmaxmemory:{self.config.get('maxmemory', '0')}\r\n"
                      f"maxmemory_policy:{self.config.get('maxmemory-policy', '')}\r\n",
            "replication": "# Replication\r\nrole:master\r\nconnected_slaves:0\r\n",
            "keyspace": "# Keyspace\r\n" + (f"db0:keys={len(self._names())},expires="
                        f"{len(self.keys.get(EXPIRES) or ())},avg_ttl=0\r\n" if self._names() else ""),
        }  # fmt: skip
        chosen = [sections[args[0].lower()]] if args and args[0].lower() in sections else list(sections.values())
        return bulk("\r\n".join(chosen))

    def save(self, _args: list[str]) -> str:
        self.saves = True
        return OK

    def flush(self, _args: list[str]) -> str:
        self.keys.clear()
        return OK

    # keys

    def delete(self, args: list[str]) -> str:
        return number(sum(self._drop(key) for key in args))

    def exists(self, args: list[str]) -> str:
        return number(sum(key in self.keys for key in args))

    def expire(self, args: list[str]) -> str:
        if args[0] not in self.keys:
            return number(0)
        self.keys[EXPIRES] = {**(self.keys.get(EXPIRES) or {}), args[0]: self.now + _int(args[1])}
        return number(1)

    def ttl(self, args: list[str]) -> str:
        if args[0] not in self.keys:
            return number(-2)
        at = (self.keys.get(EXPIRES) or {}).get(args[0])
        return number(-1 if at is None else round(at - self.now))

    def type(self, args: list[str]) -> str:
        value = self.keys.get(args[0])
        if value is None:
            return "+none\r\n"
        return (
            f"+{'string' if isinstance(value, str) else 'list' if isinstance(value, list) else next(iter(value))}\r\n"
        )

    def matching(self, args: list[str]) -> str:
        return several([key for key in self._names() if fnmatchcase(key, args[0])])

    # strings

    def set(self, args: list[str]) -> str:
        options = [word.upper() for word in args[2:]]
        if ("NX" in options and args[0] in self.keys) or ("XX" in options and args[0] not in self.keys):
            return bulk(None)
        self._drop(args[0])
        self._keep(args[0], "string", args[1])
        for option, scale in (("EX", 1.0), ("PX", 0.001)):
            if option in options[:-1]:
                seconds = _int(args[2 + options.index(option) + 1]) * scale
                self.keys[EXPIRES] = {**(self.keys.get(EXPIRES) or {}), args[0]: self.now + seconds}
        return OK

    def add(self, key: str, step: int) -> str:
        value = _int(self._of(key, "string") or "0") + step
        self._keep(key, "string", str(value))
        return number(value)

    def append(self, args: list[str]) -> str:
        value = (self._of(args[0], "string") or "") + args[1]
        self._keep(args[0], "string", value)
        return number(len(value.encode()))

    # lists

    def push(self, args: list[str], *, left: bool) -> str:
        found = self._of(args[0], "list")
        found = [*reversed(args[1:]), *found] if left else [*found, *args[1:]]
        self._keep(args[0], "list", found)
        return number(len(found))

    def pop(self, args: list[str], *, left: bool) -> str:
        found = self._of(args[0], "list")
        if not found:
            return bulk(None)
        value = found.pop(0 if left else -1)
        self._keep(args[0], "list", found)
        return bulk(value)

    # hashes, sets, sorted sets

    def hset(self, args: list[str]) -> str:
        found = self._of(args[0], "hash")
        before = len(found)
        found.update(zip(args[1::2], args[2::2], strict=False))
        self._keep(args[0], "hash", found)
        return number(len(found) - before)

    def remove(self, args: list[str], kind: str) -> str:
        found = self._of(args[0], kind)
        gone = sum(found.pop(each, None) is not None for each in args[1:])
        self._keep(args[0], kind, found)
        return number(gone)

    def sadd(self, args: list[str]) -> str:
        found = self._of(args[0], "set")
        before = len(found)
        found.update(dict.fromkeys(args[1:], 1))
        self._keep(args[0], "set", found)
        return number(len(found) - before)

    def zadd(self, args: list[str]) -> str:
        found = self._of(args[0], "zset")
        before = len(found)
        for score, member in zip(args[1::2], args[2::2], strict=False):
            if not re.fullmatch(r"[-+]?\d+(\.\d+)?", score):
                raise _Refused("-ERR value is not a valid float\r\n")
            found[member] = float(score)
        self._keep(args[0], "zset", found)
        return number(len(found) - before)

    def zrange(self, args: list[str]) -> str:
        ranked = sorted(self._of(args[0], "zset").items(), key=lambda pair: (pair[1], pair[0]))
        words = [word.upper() for word in args[3:]]
        chosen = _cut(ranked[::-1] if "REV" in words else ranked, args[1], args[2])
        if "WITHSCORES" in words:
            return several([part for member, score in chosen for part in (member, f"{score:g}")])
        return several([member for member, _ in chosen])


def _int(text: str) -> int:
    if not re.fullmatch(r"-?\d+", text):
        raise _Refused(NO_INTEGER)
    return int(text)


def _cut(values: list[Any], first: str, last: str) -> list[Any]:
    begin, end = _int(first), _int(last)
    begin = max(begin + len(values), 0) if begin < 0 else begin
    return values[begin : end + 1 if end >= 0 else len(values) + end + 1]


Command = Callable[[Session, list[str]], str]
# name -> how many arguments it needs at least, what it does
COMMANDS: dict[str, tuple[int, Command]] = {
    "PING": (0, lambda s, a: bulk(a[0]) if a else "+PONG\r\n"),
    "ECHO": (1, lambda s, a: bulk(a[0])),
    "AUTH": (1, Session.auth), "CONFIG": (1, Session.configure), "INFO": (0, Session.info),
    "SELECT": (1, lambda s, a: OK), "CLIENT": (1, lambda s, a: OK), "COMMAND": (0, lambda s, a: "*0\r\n"),
    "SAVE": (0, Session.save), "BGSAVE": (0, lambda s, a: s.save(a) and "+Background saving started\r\n"),
    "FLUSHALL": (0, Session.flush), "FLUSHDB": (0, Session.flush),
    "ROLE": (0, lambda s, a: "*3\r\n" + bulk("master") + number(0) + "*0\r\n"),
    "DEL": (1, Session.delete), "UNLINK": (1, Session.delete), "EXISTS": (1, Session.exists),
    "EXPIRE": (2, Session.expire), "TTL": (1, Session.ttl), "TYPE": (1, Session.type),
    "PERSIST": (1, lambda s, a: number(int(s._persist(a[0])))),
    "KEYS": (1, Session.matching), "DBSIZE": (0, lambda s, a: number(len(s._names()))),
    "SET": (2, Session.set), "GET": (1, lambda s, a: bulk(s._of(a[0], "string"))),
    "SETNX": (2, lambda s, a: number(int(s.set([*a[:2], "NX"]) == OK))),
    "SETEX": (3, lambda s, a: s.set([a[0], a[2], "EX", a[1]])),
    "MSET": (2, lambda s, a: ([s.set(list(pair)) for pair in zip(a[::2], a[1::2], strict=False)] and OK) or OK),
    "MGET": (1, lambda s, a: several([each if isinstance(each, str) else None for each in map(s.keys.get, a)])),
    "INCR": (1, lambda s, a: s.add(a[0], 1)), "DECR": (1, lambda s, a: s.add(a[0], -1)),
    "INCRBY": (2, lambda s, a: s.add(a[0], _int(a[1]))), "DECRBY": (2, lambda s, a: s.add(a[0], -_int(a[1]))),
    "APPEND": (2, Session.append), "STRLEN": (1, lambda s, a: number(len((s._of(a[0], "string") or "").encode()))),
    "LPUSH": (2, lambda s, a: s.push(a, left=True)), "RPUSH": (2, lambda s, a: s.push(a, left=False)),
    "LPOP": (1, lambda s, a: s.pop(a, left=True)), "RPOP": (1, lambda s, a: s.pop(a, left=False)),
    "LLEN": (1, lambda s, a: number(len(s._of(a[0], "list")))),
    "LRANGE": (3, lambda s, a: several(_cut(s._of(a[0], "list"), a[1], a[2]))),
    "HSET": (3, Session.hset), "HMSET": (3, lambda s, a: s.hset(a) and OK),
    "HGET": (2, lambda s, a: bulk(s._of(a[0], "hash").get(a[1]))),
    "HGETALL": (1, lambda s, a: several([part for pair in s._of(a[0], "hash").items() for part in pair])),
    "HKEYS": (1, lambda s, a: several(list(s._of(a[0], "hash")))),
    "HVALS": (1, lambda s, a: several(list(s._of(a[0], "hash").values()))),
    "HLEN": (1, lambda s, a: number(len(s._of(a[0], "hash")))),
    "HEXISTS": (2, lambda s, a: number(int(a[1] in s._of(a[0], "hash")))),
    "HDEL": (2, lambda s, a: s.remove(a, "hash")),
    "SADD": (2, Session.sadd), "SREM": (2, lambda s, a: s.remove(a, "set")),
    "SMEMBERS": (1, lambda s, a: several(list(s._of(a[0], "set")))),
    "SISMEMBER": (2, lambda s, a: number(int(a[1] in s._of(a[0], "set")))),
    "SCARD": (1, lambda s, a: number(len(s._of(a[0], "set")))),
    "ZADD": (3, Session.zadd), "ZRANGE": (3, Session.zrange), "ZREM": (2, lambda s, a: s.remove(a, "zset")),
    "ZCARD": (1, lambda s, a: number(len(s._of(a[0], "zset")))),
    "ZSCORE": (2, lambda s, a: bulk(None if a[1] not in s._of(a[0], "zset") else f"{s._of(a[0], 'zset')[a[1]]:g}")),
}  # fmt: skip
