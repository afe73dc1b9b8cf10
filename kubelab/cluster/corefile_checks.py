"""What CoreDNS's plugins refuse when they are set up, and which of them have no effect in this lab.

Source: coredns/coredns, plugin/*/setup.go (kubernetes, forward, rewrite, hosts, cache, health, ready, template);
coredns.io/plugins.
"""

from __future__ import annotations

from collections.abc import Callable

from kubelab.cluster.addresses import is_address
from kubelab.cluster.corefile import PATH, CorefileError, Plugin, ServerBlock

KUBERNETES = frozenset(
    "endpoint tls kubeconfig namespaces labels namespace_labels pods endpoint_pod_names ttl apiserver_qps transfer "
    "apiserver_burst apiserver_max_inflight noendpoints fallthrough ignore multicluster startup_timeout".split()
)
PODS = ("disabled", "verified", "insecure")
FORWARD = frozenset(
    "except force_tcp prefer_udp expire max_idle_conns max_fails max_connect_attempts tls tls_servername policy "
    "health_check max_concurrent next failfast_all_unhealthy_upstreams failover max_age doh_method".split()
)
REWRITES = ("name", "class", "type", "edns0", "ttl", "cname", "rcode")
NAMES = ("exact", "prefix", "suffix", "substring", "regex")
# Plugins whose answers the lab does not give: CoreDNS takes them, and here says so when it starts.
WITHOUT_EFFECT = (
    "acl any autopath chaos dns64 dnssec erratic etcd file header import k8s_external minimal root secondary sign "
    "tls transfer view whoami"
).split()


def check(blocks: tuple[ServerBlock, ...]) -> None:
    """Refuses what plugins refuse.

    Raises:
        CorefileError: with the message that CoreDNS logs.
    """
    for block in blocks:
        for plugin in block.plugins:
            found = CHECKS.get(plugin.name)
            if found is not None:
                found(plugin)


def without_effect(blocks: tuple[ServerBlock, ...]) -> list[str]:
    """Returns the names of the plugins that are there and not simulated."""
    names = dict.fromkeys(plugin.name for block in blocks for plugin in block.plugins)
    return [name for name in names if name in WITHOUT_EFFECT]


def _wrong(plugin: Plugin, line: int, text: str) -> CorefileError:
    return CorefileError(f"plugin/{plugin.name}: {PATH}:{line} - Error during parsing: {text}")


def _lacks(plugin: Plugin, line: int, last: str) -> CorefileError:
    return _wrong(plugin, line, f"Wrong argument count or unexpected line ending after '{last}'")


def _kubernetes(plugin: Plugin) -> None:
    for number, words in zip(plugin.lines, plugin.block, strict=True):
        if words[0] not in KUBERNETES:
            raise _wrong(plugin, number, f"unknown property '{words[0]}'")
        if words[0] == "pods":
            if len(words) != 2:
                raise _lacks(plugin, number, words[-1])
            if words[1] not in PODS:
                known = ", ".join(PODS)
                raise CorefileError(f"plugin/kubernetes: wrong value for pods: {words[1]},  must be one of: {known}")
        if words[0] == "ttl":
            if len(words) < 2:
                raise _lacks(plugin, number, words[-1])
            if not words[1].isdigit():
                raise CorefileError(f'plugin/kubernetes: strconv.Atoi: parsing "{words[1]}": invalid syntax')
            if int(words[1]) > 3600:
                raise _wrong(plugin, number, f"ttl must be in range [0, 3600]: {words[1]}")


def _forward(plugin: Plugin) -> None:
    if len(plugin.arguments) < 2:
        raise _lacks(plugin, plugin.line, (plugin.name, *plugin.arguments)[-1])
    for server in plugin.arguments[1:]:
        bare = server.partition("://")[2] or server
        address = bare.partition("%")[0].rpartition(":")[0] or bare
        if not server.startswith("/") and not is_address(address):
            raise CorefileError(f'plugin/forward: not an IP address or file: "{server}"')
    for number, words in zip(plugin.lines, plugin.block, strict=True):
        if words[0] not in FORWARD:
            raise _wrong(plugin, number, f"unknown property '{words[0]}'")


def _rewrite(plugin: Plugin) -> None:
    words = [*plugin.arguments]
    if words and words[0] in ("stop", "continue"):
        words.pop(0)
    if not words and plugin.block:
        words = [*plugin.block[0]]
    if not words:
        raise CorefileError("plugin/rewrite: no rule type specified for rewrite")
    if words[0] not in REWRITES:
        raise CorefileError(f'plugin/rewrite: invalid rule type "{words[0]}"')
    if words[0] == "name" and len(words) < 3:
        raise CorefileError("plugin/rewrite: too few arguments for a name rule")
    if words[0] == "name" and len(words) > 3 and words[1] not in (*NAMES, "answer") and "answer" not in words[3:]:
        raise CorefileError(f"plugin/rewrite: a name rule supports only exact, prefix, suffix, substring, and regex "
                            f"name matching, received: {words[1]}")  # fmt: skip


def _hosts(plugin: Plugin) -> None:
    known = ("fallthrough", "no_reverse", "ttl", "reload")
    for number, words in zip(plugin.lines, plugin.block, strict=True):
        if words[0] not in known and len(words) < 2:
            raise _wrong(plugin, number, f"unknown property '{words[0]}'")


def _cache(plugin: Plugin) -> None:
    first = plugin.arguments[0] if plugin.arguments else ""
    if first.lstrip("-").isdigit() and int(first) <= 0:
        raise CorefileError("plugin/cache: cache TTL can not be zero or negative: " + first)


def _without_arguments(plugin: Plugin) -> None:
    if plugin.arguments:
        raise _lacks(plugin, plugin.line, plugin.arguments[-1])


CHECKS: dict[str, Callable[[Plugin], None]] = {
    "kubernetes": _kubernetes,
    "forward": _forward,
    "rewrite": _rewrite,
    "hosts": _hosts,
    "cache": _cache,
    "loop": _without_arguments,
}
