"""What may be wrong with how a Pod is called, what it calls others, and what holds it back: DNS, hosts, gates, classes.

Source: pkg/apis/core/validation/validation.go (validatePodDNSConfig, validateHostAliases, validateSchedulingGates ...).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from kubelab.cluster.kinds.causes import duplicate, invalid, required, unsupported
from kubelab.cluster.kinds.kind import Cause
from kubelab.cluster.kinds.names import dns_label, dns_subdomain, qualified_name
from kubelab.cluster.objects import Object

MOST_SERVERS, MOST_SEARCHES, LONGEST_SEARCH = 3, 32, 2048
NO_ADDRESS = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
PREEMPTIONS = ("Never", "PreemptLowerPriority")
SUBDOMAINS = ("serviceAccountName", "nodeName")


def dns_causes(spec: Object, path: str) -> list[Cause]:
    """Returns what is wrong with the resolver's configuration that a Pod brings."""
    config, at = spec.get("dnsConfig"), f"{path}.dnsConfig"
    if spec.get("dnsPolicy") == "None":
        if config is None:
            return [required(at, "must provide `dnsConfig` when `dnsPolicy` is None")]
        if not config.get("nameservers"):
            why = "must provide at least one DNS nameserver when `dnsPolicy` is None"
            return [required(f"{at}.nameservers", why)]
    config = config or {}
    servers, searches = config.get("nameservers") or [], config.get("searches") or []
    causes: list[Cause] = []
    if len(servers) > MOST_SERVERS:
        causes.append(invalid(f"{at}.nameservers", servers, f"must not have more than {MOST_SERVERS} nameservers"))
    causes += [c for place, one in enumerate(servers) for c in _address_causes(one, f"{at}.nameservers[{place}]")]
    if len(searches) > MOST_SEARCHES:
        causes.append(invalid(f"{at}.searches", searches, f"must not have more than {MOST_SEARCHES} search paths"))
    if len(" ".join(searches)) > LONGEST_SEARCH:
        why = f"must not have more than {LONGEST_SEARCH} characters (including spaces) in the search list"
        causes.append(invalid(f"{at}.searches", searches, why))
    for place, one in enumerate(searches):
        name = one.removesuffix(".")
        causes += [invalid(f"{at}.searches[{place}]", name, why) for why in (dns_subdomain(name) if one != "." else ())]
    for place, option in enumerate(config.get("options") or ()):
        causes += [] if option.get("name") else [required(f"{at}.options[{place}]", "must not be empty")]
    return causes


def _address_causes(text: str, path: str) -> list[Cause]:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return [invalid(path, text, NO_ADDRESS)]
    return []


def gate_causes(spec: Object, path: str) -> list[Cause]:
    """Returns what is wrong with a Pod's gates: those before it is ready, and those before it is scheduled."""
    causes: list[Cause] = []
    for place, gate in enumerate(spec.get("readinessGates") or ()):
        name = gate.get("conditionType", "")
        causes += [invalid(f"{path}.readinessGates[{place}].conditionType", name, why) for why in qualified_name(name)]
    seen = set[str]()
    for place, gate in enumerate(spec.get("schedulingGates") or ()):
        at, name = f"{path}.schedulingGates[{place}]", gate.get("name", "")
        causes += [invalid(at, name, why) for why in qualified_name(name)]
        causes += [duplicate(at, name)] if name in seen else []
        seen.add(name)
    return causes


def account_causes(spec: Object, path: str) -> list[Cause]:
    """Returns what is wrong with the names of a Pod's account and node."""
    given = [(field, spec[field]) for field in SUBDOMAINS if spec.get(field)]
    return [invalid(f"{path}.{field}", name, why) for field, name in given for why in dns_subdomain(name)]


def host_causes(spec: Object, path: str) -> list[Cause]:
    """Returns what is wrong with a Pod's own names."""
    given = [(field, spec[field]) for field in ("hostname", "subdomain") if spec.get(field)]
    return [invalid(f"{path}.{field}", name, why) for field, name in given for why in dns_label(name)]


def class_causes(spec: Object, path: str) -> Iterator[Cause]:
    """Yields what is wrong with the hosts that a Pod knows, with its classes, and with whether it preempts."""
    for place, alias in enumerate(spec.get("hostAliases") or ()):
        at = f"{path}.hostAliases[{place}]"
        yield from _address_causes(alias.get("ip", ""), f"{at}.ip")
        for name in alias.get("hostnames") or ():
            for why in dns_subdomain(name):
                yield invalid(f"{at}.hostnames", name, why)
    for field in ("priorityClassName", "runtimeClassName"):
        if spec.get(field):
            for why in dns_subdomain(spec[field]):
                yield invalid(f"{path}.{field}", spec[field], why)
    if spec.get("preemptionPolicy") not in (None, *PREEMPTIONS):
        yield unsupported(f"{path}.preemptionPolicy", spec["preemptionPolicy"], PREEMPTIONS)
