"""What a Pod may not say, in the server's words and in its order.

Source: pkg/apis/core/validation/validation.go (ValidatePodSpec).
"""

import pytest

from tests.cluster.lab import Lab

LABEL = "name part must consist of alphanumeric characters"


@pytest.fixture(scope="module")
def refused():
    lab = Lab()

    def ask(spec=None, container=None):
        whole = {"containers": [{"name": "c", "image": "i", **(container or {})}], **(spec or {})}
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": whole}
        return lab.refusal(lab.create, pod)

    return ask


@pytest.mark.parametrize(
    ("container", "said"),
    [
        (
            {"terminationMessagePolicy": "x"},
            ['terminationMessagePolicy: Unsupported value: "x": supported values: "FallbackToLogsOnError", "File"'],
        ),
        (
            {"lifecycle": {"postStart": {}, "preStop": {"exec": {"command": ["a"]}, "httpGet": {"port": 80}}}},
            [
                "lifecycle.postStart: Required value: must specify a handler type",
                "lifecycle.preStop.httpGet: Forbidden: may not specify more than 1 handler type",
            ],
        ),
        (
            {"livenessProbe": {"httpGet": {"port": "a b", "scheme": "x"}}, "readinessProbe": {"grpc": {"port": 0}}},
            [
                'livenessProbe.httpGet.port: Invalid value: "a b": must contain only alpha-numeric characters (a-z, '
                "0-9), and hyphens (-)",
                'livenessProbe.httpGet.scheme: Unsupported value: "x": supported values: "HTTP", "HTTPS"',
                "readinessProbe.grpc.port: Invalid value: 0: must be between 1 and 65535, inclusive",
            ],
        ),
        (
            {"ports": [{"containerPort": 80, "name": "1-2"}, {"containerPort": 81, "name": "a--b"}]},
            [
                'ports[0].name: Invalid value: "1-2": must contain at least one letter (a-z)',
                'ports[1].name: Invalid value: "a--b": must not contain consecutive hyphens',
            ],
        ),
        (
            {"resources": {"requests": {"foo": "1", "example.com/x": "1"}, "limits": {"example.com/y": "500m"}}},
            [
                "resources.limits[example.com/y]: Invalid value: \"500m\": must be an integer",
                'resources.requests[foo]: Invalid value: "foo": must be a standard resource for containers',
                "resources.limits: Required value: Limit must be set for non overcommitable resources",
            ],
        ),
        (
            {"securityContext": {"runAsUser": -1, "procMount": "x", "seccompProfile": {"type": "Localhost"}}},
            [
                "securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive",
                'securityContext.procMount: Unsupported value: "x": supported values: "Default", "Unmasked"',
                "securityContext.seccompProfile.localhostProfile: Required value: must be set when seccomp type is "
                "Localhost",
            ],
        ),
    ],
)  # fmt: skip
def test_what_a_container_may_not_say(refused, container, said):
    message = refused(container=container)
    places = [message.find(f"spec.containers[0].{each}") for each in said]
    assert -1 not in places, message
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"dnsPolicy": "None"}, ["dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None"]),
        (
            {"dnsConfig": {"nameservers": ["x"], "options": [{"value": "x"}]}},
            [
                'dnsConfig.nameservers[0]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or '
                "2001:db8::ffff)",
                "dnsConfig.options[0]: Required value: must not be empty",
            ],
        ),
        (
            {"securityContext": {
                "fsGroup": -1, "sysctls": [{"name": "a.b"}, {"name": "a.b"}], "fsGroupChangePolicy": "x",
            }},
            [
                "securityContext.fsGroup: Invalid value: -1: must be between 0 and 2147483647, inclusive",
                'securityContext.sysctls[1].name: Duplicate value: "a.b"',
                'securityContext.fsGroupChangePolicy: Unsupported value: "x": supported values: "Always", '
                '"OnRootMismatch"',
            ],
        ),
        (
            {"shareProcessNamespace": True, "hostPID": True},
            [
                "securityContext.shareProcessNamespace: Invalid value: true: ShareProcessNamespace and HostPID cannot "
                "both be enabled"
            ],
        ),
        (
            {"ephemeralContainers": [{"name": "e", "image": "x"}]},
            ["ephemeralContainers: Forbidden: cannot be set on create"],
        ),
        (
            {"nodeName": "worker-1", "schedulingGates": [{"name": "x"}, {"name": "x"}]},
            [
                'schedulingGates[1]: Duplicate value: "x"',
                "nodeName: Forbidden: cannot be set until all schedulingGates have been cleared",
            ],
        ),
        (
            {"tolerations": [{"key": "a", "operator": "x"}, {"key": "a", "effect": "x"}, {"key": "a b"}]},
            [
                'tolerations[0].operator: Unsupported value: "x": supported values: "Equal", "Exists"',
                'tolerations[1].effect: Unsupported value: "x": supported values: "NoSchedule", "PreferNoSchedule", '
                '"NoExecute"',
                f'tolerations[2].key: Invalid value: "a b": {LABEL}',
            ],
        ),
        (
            {"topologySpreadConstraints": [
                {"maxSkew": 1, "topologyKey": "a", "whenUnsatisfiable": "DoNotSchedule", "minDomains": 0},
                {"maxSkew": 1, "topologyKey": "a", "whenUnsatisfiable": "DoNotSchedule"},
            ]},
            [
                "topologySpreadConstraints[0].minDomains: Invalid value: 0: must be greater than zero",
                'topologySpreadConstraints[1].{topologyKey, whenUnsatisfiable}: Duplicate value: "{a, DoNotSchedule}"',
            ],
        ),
        ({"os": {"name": "x"}}, ['os: Unsupported value: "x": supported values: "linux", "windows"']),
        (
            {"os": {"name": "windows"}, "hostPID": True, "securityContext": {"runAsUser": 1}},
            [
                "securityContext.runAsUser: Forbidden: cannot be set for a windows pod",
                "hostPID: Forbidden: cannot be set for a windows pod",
            ],
        ),
        ({"nodeSelector": {"a b": "c"}}, [f'nodeSelector: Invalid value: "a b": {LABEL}']),
        (
            {"hostname": "A", "subdomain": "x.y"},
            ['hostname: Invalid value: "A": a lowercase', 'subdomain: Invalid value: "x.y": a lowercase'],
        ),
        (
            {"hostNetwork": True, "containers": [
                {"name": "a", "image": "x", "ports": [{"containerPort": 80}]},
                {"name": "b", "image": "x", "ports": [{"containerPort": 80}, {"containerPort": 81, "hostPort": 82}]},
            ]},
            [
                'containers[1].ports[0].hostPort: Duplicate value: "TCP//80"',
                "containers[1].ports[1].hostPort: Invalid value: 82: must match `containerPort` when `hostNetwork` is "
                "true",
            ],
        ),
        (
            {"initContainers": [{"name": "d", "image": "x", "lifecycle": {"preStop": {"sleep": {"seconds": 1}}}}]},
            [
                "initContainers[0].lifecycle: Forbidden: may not be set for init containers without "
                "restartPolicy=Always"
            ],
        ),
    ],
)  # fmt: skip
def test_what_a_pod_may_not_say(refused, spec, said):
    message = refused(spec)
    places = [message.find(f"spec.{each}") for each in said]
    assert -1 not in places, message
    assert places == sorted(places)
