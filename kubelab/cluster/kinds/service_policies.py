"""What a Service may say of traffic from outside and of where requests go, in the server's words.

Source: pkg/apis/core/validation/validation.go (ValidateService, validateServiceExternalTrafficPolicy);
pkg/api/service/util.go.
"""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from kubelab.cluster.kinds.causes import forbidden, invalid, unsupported
from kubelab.cluster.kinds.kind import Cause
from kubelab.cluster.objects import Object

POLICIES = ("Cluster", "Local")
DISTRIBUTIONS = ("PreferClose", "PreferSameNode", "PreferSameZone")
LONGEST_AFFINITY = 86400
WRONG_IP = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
WRONG_CIDR = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"
ONLY_BALANCED = "may only be used when `type` is 'LoadBalancer'"


def is_external(spec: Object) -> bool:
    """Tells whether a Service is reached from outside of the cluster."""
    if spec["type"] in ("NodePort", "LoadBalancer"):
        return True
    return spec["type"] == "ClusterIP" and bool(spec.get("externalIPs"))


def needs_health_check(spec: Object) -> bool:
    """Tells whether load balancers ask each node whether it has endpoints (spec.healthCheckNodePort)."""
    return spec["type"] == "LoadBalancer" and spec.get("externalTrafficPolicy") == "Local"


def policy_causes(spec: Object) -> list[Cause]:
    """Returns what is wrong with a Service's policies."""
    causes = _external_causes(spec)
    internal = spec.get("internalTrafficPolicy")
    if internal is not None and internal not in POLICIES:
        causes.append(unsupported("spec.internalTrafficPolicy", internal, POLICIES))
    distribution = spec.get("trafficDistribution")
    if distribution is not None and distribution not in DISTRIBUTIONS:
        causes.append(unsupported("spec.trafficDistribution", distribution, DISTRIBUTIONS))
    timeout = ((spec.get("sessionAffinityConfig") or {}).get("clientIP") or {}).get("timeoutSeconds")
    if timeout is not None and not 0 < timeout <= LONGEST_AFFINITY:
        why = f"must be greater than 0 and less than {LONGEST_AFFINITY}"
        causes.append(invalid("spec.sessionAffinityConfig.clientIP.timeoutSeconds", timeout, why))
    for place, ip in enumerate(spec.get("externalIPs") or ()):
        causes += _ip_causes(ip, f"spec.externalIPs[{place}]")
    return causes + _balancer_causes(spec)


def _external_causes(spec: Object) -> list[Cause]:
    policy, port = spec.get("externalTrafficPolicy"), spec.get("healthCheckNodePort") or 0
    causes: list[Cause] = []
    if policy and not is_external(spec):
        why = "may only be set for externally-accessible services"
        causes.append(invalid("spec.externalTrafficPolicy", policy, why))
    elif policy and policy not in POLICIES:
        causes.append(unsupported("spec.externalTrafficPolicy", policy, POLICIES))
    if port and not needs_health_check(spec):
        why = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
        causes.append(invalid("spec.healthCheckNodePort", port, why))
    return causes


def _balancer_causes(spec: Object) -> list[Cause]:
    causes: list[Cause] = []
    if spec["type"] != "LoadBalancer":
        for field in ("allocateLoadBalancerNodePorts", "loadBalancerClass"):
            if spec.get(field) is not None:
                causes.append(forbidden(f"spec.{field}", ONLY_BALANCED))
        if spec.get("loadBalancerSourceRanges"):
            causes.append(forbidden("spec.LoadBalancerSourceRanges", ONLY_BALANCED))
    for place, text in enumerate(spec.get("loadBalancerSourceRanges") or ()):
        try:
            ip_network(text.strip(), strict=False)
        except ValueError:
            causes.append(invalid(f"spec.loadBalancerSourceRanges[{place}]", text, WRONG_CIDR))
    return causes


def _ip_causes(text: str, path: str) -> list[Cause]:
    try:
        ip = ip_address(text)
    except ValueError:
        return [invalid(path, text, WRONG_IP)]
    if ip.is_unspecified:
        return [invalid(path, text, f"may not be unspecified ({text})")]
    if ip.is_loopback:
        return [invalid(path, text, "may not be in the loopback range (127.0.0.0/8, ::1/128)")]
    if ip.is_link_local:
        return [invalid(path, text, "may not be in the link-local range (169.254.0.0/16, fe80::/10)")]
    return []


def family_causes(spec: Object, families: tuple[str, ...] = ("IPv4",)) -> list[Cause]:
    """Returns what a Service wants of address families that the cluster does not have.

    Source: pkg/registry/core/service/storage/alloc.go, initIPFamilyFields.
    """
    if spec["type"] == "ExternalName" or (spec.get("clusterIP") == "None" and not spec.get("selector")):
        return []
    causes: list[Cause] = []
    if spec.get("ipFamilyPolicy") == "RequireDualStack" and len(families) < 2:
        why = "this cluster is not configured for dual-stack services"
        causes.append(invalid("spec.ipFamilyPolicy", "RequireDualStack", why))
    for place, family in enumerate(spec.get("ipFamilies") or ()):
        if family not in families:
            causes.append(invalid(f"spec.ipFamilies[{place}]", family, "not configured on this cluster"))
    return causes
