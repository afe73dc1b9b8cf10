"""What the real server refuses beyond the schemas, kind by kind.

Source: pkg/apis/apps/validation, pkg/apis/autoscaling/validation, pkg/apis/policy/validation, pkg/apis/core/validation.
"""

import pytest
import yaml

from tests.cluster.lab import Lab

TEMPLATE = "template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}"
SELECTED = f"selector: {{matchLabels: {{a: b}}}}, {TEMPLATE}"
DEADLINE = "spec.template.spec.activeDeadlineSeconds"
UP, DOWN = "spec.behavior.scaleUp.policies[0]", "spec.behavior.scaleDown"
TARGET = "scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: d}, maxReplicas: 3"


@pytest.fixture(scope="module")
def lab():
    return Lab()


@pytest.mark.parametrize(
    ("kind", "spec", "said"),
    [
        (
            "apps/v1 StatefulSet",
            f"{{{SELECTED}, podManagementPolicy: x, "
            "updateStrategy: {type: OnDelete, rollingUpdate: {partition: 1}}, "
            "persistentVolumeClaimRetentionPolicy: {whenDeleted: x}, minReadySeconds: -1, ordinals: {start: -1}}",
            [
                'spec.podManagementPolicy: Invalid value: "x": must be \'OrderedReady\' or \'Parallel\'',
                "spec.updateStrategy.rollingUpdate: Invalid value: ",
                "only allowed for updateStrategy 'RollingUpdate'",
                "spec.persistentVolumeClaimRetentionPolicy.whenDeleted: Unsupported value: \"x\"",
                "spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0",
                "spec.ordinals.start: Invalid value: -1: must be greater than or equal to 0",
            ],
        ),
        (
            "apps/v1 Deployment",
            "{selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {activeDeadlineSeconds: 1, "
            "containers: [{name: c, image: i}]}}}",
            [f"{DEADLINE}: Forbidden: activeDeadlineSeconds in ReplicaSet is not Supported"],
        ),
        (
            "autoscaling/v2 HorizontalPodAutoscaler",
            f"{{{TARGET}, behavior: {{scaleUp: {{policies: [{{type: x, value: 0, periodSeconds: 3000}}]}}, "
            "scaleDown: {stabilizationWindowSeconds: -1, selectPolicy: x}}}",
            [
                'spec.behavior.scaleUp.policies[0].type: Unsupported value: "x": supported values: "Percent", "Pods"',
                "spec.behavior.scaleUp.policies[0].value: Invalid value: 0: must be greater than zero",
                f"{UP}.periodSeconds: Invalid value: 3000: must be less than or equal to 1800",
                f"{DOWN}.stabilizationWindowSeconds: Invalid value: -1: must be greater than or equal to zero",
                f'{DOWN}.selectPolicy: Unsupported value: "x": supported values: "Disabled", "Max", "Min"',
            ],
        ),
        (
            "policy/v1 PodDisruptionBudget", "{minAvailable: 1, selector: {matchExpressions: [{key: a, operator: x}]}}",
            ['spec.selector.matchExpressions[0].operator: Invalid value: "x": not a valid selector operator'],
        ),
        (
            "v1 ResourceQuota", "{hard: {cpu: 1, pods: 1}, scopes: [BestEffort, NotBestEffort, x]}",
            [
                'spec.scopes: Invalid value: ["BestEffort","NotBestEffort","x"]: unsupported scope applied to resource',
                'spec.scopes: Invalid value: ["BestEffort","NotBestEffort","x"]: unsupported scope, ',
                'spec.scopes: Invalid value: ["BestEffort","NotBestEffort","x"]: conflicting scopes',
            ],
        ),
        (
            "v1 ResourceQuota",
            "{hard: {services: 1}, scopeSelector: {matchExpressions: [{scopeName: PriorityClass, operator: In}]}}",
            [
                "spec.scopeSelector.matchExpressions: Invalid value: ",
                "unsupported scope applied to resource",
                "spec.scopeSelector.matchExpressions.values: Required value: must be at least one value when ",
            ],
        ),
        (
            "v1 Node", "{taints: [{key: a b, effect: x}, {key: c, effect: NoSchedule}, {key: c, effect: NoSchedule}]}",
            [
                'spec.taints[0].key: Invalid value: "a b": name part must consist of',
                'spec.taints[0].effect: Unsupported value: "x": supported values: "NoSchedule", "PreferNoSchedule", ',
                "spec.taints[2]: Duplicate value: ",
            ],
        ),
    ],
)  # fmt: skip
def test_it_is_refused_in_the_servers_words_and_order(lab, kind, spec, said):
    api_version, _, name = kind.partition(" ")
    obj = {"apiVersion": api_version, "kind": name, "metadata": {"name": "x"}, "spec": yaml.safe_load(spec)}
    message = lab.refusal(lab.create, obj)
    places = [message.find(each) for each in said]
    assert -1 not in places, message
    assert places == sorted(places)
