"""Command lines of the control plane's components: which flags there are, and what is wrong with one.

Source: kubernetes.io, reference/command-line-tools-reference/kube-{apiserver,controller-manager,scheduler,proxy};
spf13/pflag and k8s.io/component-base/cli for the words.
"""

from __future__ import annotations

from collections.abc import Sequence

COMMON = """
    allow-metric-labels authentication-kubeconfig authentication-skip-lookup authentication-token-webhook-cache-ttl
    authentication-tolerate-lookup-failure authorization-always-allow-paths authorization-kubeconfig
    authorization-webhook-cache-authorized-ttl authorization-webhook-cache-unauthorized-ttl bind-address cert-dir
    client-ca-file contention-profiling disabled-metrics emulated-version feature-gates help
    http2-max-streams-per-connection
    kube-api-burst kube-api-content-type kube-api-qps kubeconfig leader-elect leader-elect-lease-duration
    leader-elect-renew-deadline leader-elect-resource-lock leader-elect-resource-name leader-elect-resource-namespace
    leader-elect-retry-period log-flush-frequency log-json-info-buffer-size log-json-split-stream logging-format master
    min-compatibility-version permit-address-sharing permit-port-sharing profiling requestheader-allowed-names
    requestheader-client-ca-file requestheader-extra-headers-prefix requestheader-group-headers
    requestheader-uid-headers requestheader-username-headers secure-port show-hidden-metrics-for-version tls-cert-file
    tls-cipher-suites tls-min-version tls-private-key-file tls-sni-cert-key v version vmodule
""".split()
OWN = {
    "kube-apiserver": """
        admission-control-config-file advertise-address aggregator-reject-forwarding-redirect allow-privileged
        anonymous-auth api-audiences audit-log-batch-buffer-size audit-log-batch-max-size audit-log-batch-max-wait
        audit-log-compress audit-log-format audit-log-maxage audit-log-maxbackup audit-log-maxsize audit-log-mode
        audit-log-path audit-log-truncate-enabled audit-log-version audit-policy-file audit-webhook-config-file
        audit-webhook-mode authentication-config authentication-token-webhook-config-file
        authentication-token-webhook-version authorization-config authorization-mode authorization-policy-file
        authorization-webhook-config-file authorization-webhook-version cloud-config cloud-provider
        cors-allowed-origins default-not-ready-toleration-seconds default-unreachable-toleration-seconds
        default-watch-cache-size delete-collection-workers disable-admission-plugins egress-selector-config-file
        enable-admission-plugins enable-aggregator-routing enable-bootstrap-token-auth enable-garbage-collector
        enable-priority-and-fairness encryption-provider-config encryption-provider-config-automatic-reload
        endpoint-reconciler-type etcd-cafile etcd-certfile etcd-compaction-interval etcd-count-metric-poll-period
        etcd-db-metric-poll-interval etcd-healthcheck-timeout etcd-keyfile etcd-prefix etcd-readycheck-timeout
        etcd-servers etcd-servers-overrides event-ttl external-hostname goaway-chance
        kubelet-certificate-authority kubelet-client-certificate kubelet-client-key kubelet-port
        kubelet-preferred-address-types kubelet-timeout kubernetes-service-node-port lease-reuse-duration-seconds
        livez-grace-period max-connection-bytes-per-sec max-mutating-requests-inflight max-requests-inflight
        min-request-timeout oidc-ca-file oidc-client-id oidc-groups-claim oidc-groups-prefix oidc-issuer-url
        oidc-required-claim oidc-signing-algs oidc-username-claim oidc-username-prefix peer-advertise-ip
        peer-advertise-port peer-ca-file proxy-client-cert-file proxy-client-key-file request-timeout runtime-config
        service-account-api-audiences service-account-extend-token-expiration service-account-issuer
        service-account-jwks-uri service-account-key-file service-account-lookup service-account-max-token-expiration
        service-account-signing-key-file service-cluster-ip-range service-node-port-range shutdown-delay-duration
        shutdown-send-retry-after storage-backend storage-initialization-timeout storage-media-type
        strict-transport-security-directives token-auth-file tracing-config-file watch-cache watch-cache-sizes
    """,
    "kube-controller-manager": """
        allocate-node-cidrs attach-detach-reconcile-sync-period cidr-allocator-type cloud-config cloud-provider
        cluster-cidr cluster-name cluster-signing-cert-file cluster-signing-duration cluster-signing-key-file
        concurrent-deployment-syncs concurrent-endpoint-syncs concurrent-gc-syncs concurrent-job-syncs
        concurrent-namespace-syncs concurrent-replicaset-syncs concurrent-service-syncs configure-cloud-routes
        controller-start-interval controllers disable-attach-detach-reconcile-sync enable-dynamic-provisioning
        enable-garbage-collector enable-hostpath-provisioner flex-volume-plugin-dir
        horizontal-pod-autoscaler-cpu-initialization-period horizontal-pod-autoscaler-downscale-stabilization
        horizontal-pod-autoscaler-initial-readiness-delay horizontal-pod-autoscaler-sync-period
        horizontal-pod-autoscaler-tolerance leader-migration-config min-resync-period
        mirroring-concurrent-service-endpoint-syncs
        namespace-sync-period node-cidr-mask-size node-cidr-mask-size-ipv4 node-cidr-mask-size-ipv6
        node-eviction-rate node-monitor-grace-period node-monitor-period node-startup-grace-period
        pv-recycler-minimum-timeout-nfs pvclaimbinder-sync-period resource-quota-sync-period root-ca-file
        route-reconciliation-period secondary-node-eviction-rate service-account-private-key-file
        service-cluster-ip-range terminated-pod-gc-threshold unhealthy-zone-threshold use-service-account-credentials
    """,
    "kube-scheduler": "config pod-max-in-unschedulable-pods-duration write-config-to",
    "kube-proxy": """
        bind-address-hard-fail cluster-cidr config config-sync-period conntrack-max-per-core conntrack-min
        detect-local-mode healthz-bind-address hostname-override init-only iptables-min-sync-period iptables-sync-period
        ipvs-scheduler masquerade-all metrics-bind-address nodeport-addresses oom-score-adj pod-bridge-interface
        proxy-mode show-hidden-metrics
    """,
}
BOOLEANS = frozenset(
    """
    allow-privileged anonymous-auth allocate-node-cidrs enable-bootstrap-token-auth leader-elect profiling
    use-service-account-credentials enable-aggregator-routing
    """.split()
)
FLAGS = {component: frozenset((*COMMON, *own.split())) for component, own in OWN.items()}
NO_FILES = frozenset(("audit-log-path", "cert-dir", "flex-volume-plugin-dir", "etcd-prefix"))
KUBECONFIGS = ("kubeconfig", "authentication-kubeconfig", "authorization-kubeconfig")


def wrong_flag(component: str, words: Sequence[str]) -> str:
    """Returns what the component says of the first flag that it does not take; "" where all is well."""
    known = FLAGS.get(component)
    skip = False
    for word in words:
        if skip:
            skip = False
            continue
        if not word.startswith("-"):
            return f'Error: unknown command "{word}" for "{component}"' if known is None else ""
        name, equals, value = word.lstrip("-").partition("=")
        if known is not None and name not in known:
            kind = "flag" if word.startswith("--") else "shorthand flag"
            shown = f"--{name}" if kind == "flag" else f"{name[:1]!r} in {word}"
            return f"Error: unknown {kind}: {shown}"
        if name in BOOLEANS and equals and value not in ("true", "false", "1", "0", "t", "f", "True", "False"):
            why = f'strconv.ParseBool: parsing "{value}": invalid syntax'
            return f'Error: invalid argument "{value}" for "--{name}" flag: {why}'
        skip = not equals and name not in BOOLEANS and name != "v"
    return ""


def files_of(words: Sequence[str]) -> list[tuple[str, str]]:
    """Returns the flags that name files, with their paths."""
    found = []
    for word in words:
        name, _, value = word.lstrip("-").partition("=")
        if value.startswith("/") and name not in NO_FILES:
            found.append((name, value))
    return found
