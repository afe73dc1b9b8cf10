"""Pod Security admission and NodeRestriction. Source: kubernetes.io, concepts/security/pod-security-admission;
reference/access-authn-authz/admission-controllers, "NodeRestriction".
"""

import pytest

RESTRICTED = (
    'allowPrivilegeEscalation != false (container "{0}" must set securityContext.allowPrivilegeEscalation=false), '
    'unrestricted capabilities (container "{0}" must set securityContext.capabilities.drop=["ALL"]), '
    'runAsNonRoot != true (pod or container "{0}" must set securityContext.runAsNonRoot=true), '
    'seccompProfile (pod or container "{0}" must set securityContext.seccompProfile.type to "RuntimeDefault" or '
    '"Localhost")'
)
GOOD = """
apiVersion: v1
kind: Pod
metadata: {name: good}
spec:
  securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
  containers:
  - {name: c, image: nginx, securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}}
"""
BAD = """
apiVersion: v1
kind: Pod
metadata: {name: bad}
spec:
  hostNetwork: true
  volumes: [{name: root, hostPath: {path: /}}]
  containers:
  - name: c
    image: nginx
    ports: [{containerPort: 80, hostPort: 80}]
    securityContext: {privileged: true, capabilities: {add: [SYS_ADMIN]}}
"""


@pytest.fixture
def console(console):
    console.ok("kubectl create namespace strict")
    console.ok("kubectl label namespace strict pod-security.kubernetes.io/enforce=restricted")
    return console


def test_a_pod_that_the_level_forbids_is_refused_with_each_reason(console):
    assert console.fails("kubectl run web --image=nginx -n strict") == (
        'Error from server (Forbidden): pods "web" is forbidden: violates PodSecurity "restricted:latest": '
        + RESTRICTED.format("web")
        + "\n"
    )
    console.ok("kubectl apply -n strict -f -", GOOD)


def test_a_deployment_is_warned_of_and_gets_no_pods(console):
    result = console.run("kubectl create deployment web --image=nginx -n strict")
    assert result.stderr == f'Warning: would violate PodSecurity "restricted:latest": {RESTRICTED.format("nginx")}\n'
    console.advance(5)
    assert console.ok("kubectl get deployment web -n strict --no-headers").split()[1] == "0/1"


def test_a_level_of_a_version_names_that_version(console):
    console.ok(
        "kubectl label namespace strict --overwrite pod-security.kubernetes.io/enforce=baseline "
        "pod-security.kubernetes.io/enforce-version=v1.30"
    )
    assert console.fails("kubectl create -n strict -f -", BAD).partition("violates PodSecurity ")[2] == (
        '"baseline:v1.30": non-default capabilities (container "c" must not include "SYS_ADMIN" in '
        "securityContext.capabilities.add), host namespaces (hostNetwork=true), "
        'hostPath volumes (volume "root"), hostPort (container "c" uses hostPort 80), '
        'privileged (container "c" must not set securityContext.privileged=true)\n'
    )


def test_who_labels_a_namespace_is_told_of_the_pods_that_break_the_level(console):
    console.ok("kubectl run a --image=nginx; kubectl run b --image=nginx")
    result = console.run("kubectl label namespace default pod-security.kubernetes.io/enforce=restricted")
    assert result.stderr == (
        'Warning: existing pods in namespace "default" violate the new PodSecurity enforce level "restricted:latest"\n'
        "Warning: a (and 1 other pod): allowPrivilegeEscalation != false, unrestricted capabilities, "
        "runAsNonRoot != true, seccompProfile\n"
    )
    said = console.fails("kubectl label namespace default pod-security.kubernetes.io/warn=none")
    assert said == (
        'The Namespace "default" is invalid: metadata.labels[pod-security.kubernetes.io/warn]: '
        'Invalid value: "none": must be one of privileged, baseline, restricted\n'
    )


def test_a_kubelet_may_not_change_the_taints_or_the_restricted_labels_of_its_node(console):
    kubelet = "--as=system:node:worker-1 --as-group=system:nodes --as-group=system:authenticated"
    assert 'node "worker-1" is not allowed to modify taints' in console.fails(
        f"kubectl taint node worker-1 a=b:NoSchedule {kubelet}"
    )
    assert "is not allowed to modify labels: node-restriction.kubernetes.io/a" in console.fails(
        f"kubectl label node worker-1 node-restriction.kubernetes.io/a=b {kubelet}"
    )
    console.ok(f"kubectl label node worker-1 a=b {kubelet}")
