"""What is filled in where a manifest says nothing, and what a Pod's spec may not say.

Source: pkg/apis/core/v1/defaults.go, pkg/apis/core/validation/validation.go.
"""

import pytest

from tests.cluster.lab import deployment, pod


def container(**fields):
    manifest = pod()
    manifest["spec"]["containers"][0].update(fields)
    return manifest


def test_a_pod_is_filled_in(lab):
    spec = lab.create(pod())["spec"]
    filled_in = set(spec) - {"containers", "volumes", "tolerations", "serviceAccount", "serviceAccountName", "priority"}
    assert {name: spec[name] for name in filled_in} == {
        "restartPolicy": "Always", "dnsPolicy": "ClusterFirst", "schedulerName": "default-scheduler",
        "terminationGracePeriodSeconds": 30, "enableServiceLinks": True, "securityContext": {},
        "preemptionPolicy": "PreemptLowerPriority",
    }  # fmt: skip
    (main,) = spec["containers"]
    assert {name: main[name] for name in ("imagePullPolicy", "terminationMessagePath", "terminationMessagePolicy",
                                          "resources")} == {
        "imagePullPolicy": "IfNotPresent", "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File", "resources": {},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("image", "policy"),
    [
        ("nginx", "Always"), ("nginx:latest", "Always"), ("nginx:1.27", "IfNotPresent"),
        ("localhost:5000/nginx", "Always"), ("nginx@sha256:" + "0" * 64, "IfNotPresent"),
    ],
)  # fmt: skip
def test_the_pull_policy_follows_from_the_tag(lab, image, policy):
    assert lab.create(pod(image=image))["spec"]["containers"][0]["imagePullPolicy"] == policy


def test_probes_ports_and_requests_are_filled_in(lab):
    created = lab.create(container(
        ports=[{"containerPort": 80}], readinessProbe={"httpGet": {"port": 80}},
        resources={"limits": {"cpu": "1", "memory": "64Mi"}, "requests": {"cpu": "500m"}},
    ))["spec"]["containers"][0]  # fmt: skip
    assert created["ports"] == [{"containerPort": 80, "protocol": "TCP"}]
    assert created["readinessProbe"] == {
        "httpGet": {"path": "/", "port": 80, "scheme": "HTTP"}, "timeoutSeconds": 1, "periodSeconds": 10,
        "successThreshold": 1, "failureThreshold": 3,
    }  # fmt: skip
    assert created["resources"]["requests"] == {"cpu": "500m", "memory": "64Mi"}


@pytest.mark.parametrize(
    ("resources", "qos"),
    [
        ({}, "BestEffort"),
        ({"requests": {"cpu": "1"}}, "Burstable"),
        ({"limits": {"cpu": "1", "memory": "64Mi"}}, "Guaranteed"),
        ({"limits": {"cpu": "1", "memory": "64Mi"}, "requests": {"cpu": "500m"}}, "Burstable"),
    ],
)
def test_the_quality_of_service_follows_from_the_resources(lab, resources, qos):
    assert lab.create(container(resources=resources))["status"] == {"phase": "Pending", "qosClass": qos}


def test_a_deployment_is_filled_in(lab):
    spec = lab.create({**deployment(), "spec": {k: v for k, v in deployment()["spec"].items() if k != "replicas"}})[
        "spec"
    ]
    assert spec["replicas"] == 1
    assert spec["strategy"] == {
        "type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"},
    }  # fmt: skip
    assert (spec["revisionHistoryLimit"], spec["progressDeadlineSeconds"]) == (10, 600)


def test_a_service_is_filled_in_and_gets_an_address(lab):
    created = lab.create({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"},
                          "spec": {"type": "NodePort", "ports": [{"port": 80}]}})["spec"]  # fmt: skip
    ip, port = created["clusterIP"], created["ports"][0]["nodePort"]
    assert ip.startswith("10.") and 30000 <= port <= 32767
    assert created == {
        "type": "NodePort", "clusterIP": ip, "clusterIPs": [ip], "sessionAffinity": "None", "ipFamilies": ["IPv4"],
        "ipFamilyPolicy": "SingleStack", "internalTrafficPolicy": "Cluster", "externalTrafficPolicy": "Cluster",
        "ports": [{"port": 80, "protocol": "TCP", "targetPort": 80, "nodePort": port}],
    }  # fmt: skip


def test_a_secrets_texts_are_encoded(lab):
    created = lab.create({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "web"},
                          "stringData": {"password": "geheim"}})  # fmt: skip
    assert (created["type"], created["data"]) == ("Opaque", {"password": "Z2VoZWlt"})
    assert "stringData" not in created


@pytest.mark.parametrize(
    ("manifest", "words"),
    [
        ({**pod(), "spec": {}}, "spec.containers: Required value"),
        (container(name=""), "spec.containers[0].name: Required value"),
        (container(image=""), "spec.containers[0].image: Required value"),
        (
            container(imagePullPolicy="Sometimes"),
            'spec.containers[0].imagePullPolicy: Unsupported value: "Sometimes": '
            'supported values: "Always", "IfNotPresent", "Never"',
        ),
        (
            pod(restartPolicy="Sometimes"),
            'spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"',
        ),
        (
            container(volumeMounts=[{"name": "data", "mountPath": "/data"}]),
            'spec.containers[0].volumeMounts[0].name: Not found: "data"',
        ),
        (
            container(ports=[{"containerPort": 70000}]),
            "spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive",
        ),
        (
            container(resources={"requests": {"cpu": "2"}, "limits": {"cpu": "1"}}),
            'spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
        ),
        (
            container(livenessProbe={"httpGet": {"port": 80}, "successThreshold": 2}),
            "spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1",
        ),
        (
            {**pod(), "spec": {"containers": [{"name": "a", "image": "x"}, {"name": "a", "image": "x"}]}},
            'spec.containers[1].name: Duplicate value: "a"',
        ),
        (
            pod(volumes=[{"name": "a", "emptyDir": {}}, {"name": "a", "emptyDir": {}}]),
            'spec.volumes[1].name: Duplicate value: "a"',
        ),
        (
            pod(tolerations=[{"key": "a", "operator": "Exists", "value": "b"}]),
            "spec.tolerations[0].operator: Invalid value: \"b\": value must be empty when `operator` is 'Exists'",
        ),
    ],
)
def test_a_pods_spec_is_checked(lab, manifest, words):
    assert lab.refusal(lab.create, manifest) == f'Pod "web" is invalid: {words}'


def test_several_faults_are_told_at_once(lab):
    refused = lab.refused(lab.create, container(name="", image=""))
    assert refused.message == (
        'Pod "web" is invalid: [spec.containers[0].name: Required value, spec.containers[0].image: Required value]'
    )
    assert [cause["field"] for cause in refused.details["causes"]] == [
        "spec.containers[0].name", "spec.containers[0].image",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("version", "words"),
    [
        ("1.33", "[spec.selector: Required value, spec.template.metadata.labels: Invalid value: "
                 'map[string]string{"app":"web"}: `selector` does not match template `labels`]'),
        ("1.36", "[spec.selector: Required value, spec.template.metadata.labels: Invalid value: "
                 '{"app":"web"}: `selector` does not match template `labels`]'),
    ],
)  # fmt: skip
def test_a_deployment_needs_a_selector_that_matches_its_template(version, words):
    from tests.cluster.lab import Lab

    manifest = deployment()
    del manifest["spec"]["selector"]
    lab = Lab(version)
    assert lab.refusal(lab.create, manifest) == f'Deployment.apps "web" is invalid: {words}'


TERM = {"topologyKey": "zone", "labelSelector": {"matchLabels": {"a": "b"}}}
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (
            {"affinity": {"podAntiAffinity": {REQUIRED: [{"labelSelector": TERM["labelSelector"]}]}}},
            f"spec.affinity.podAntiAffinity.{REQUIRED}[0].topologyKey: Required value: can not be empty",
        ),
        (
            {"affinity": {"podAffinity": {PREFERRED: [{"weight": 0, "podAffinityTerm": TERM}]}}},
            f"spec.affinity.podAffinity.{PREFERRED}[0].weight: Invalid value: 0: must be in the range 1-100",
        ),
        (
            {"affinity": {"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": []}}}},
            f"spec.affinity.nodeAffinity.{REQUIRED}.nodeSelectorTerms: "
            "Required value: must have at least one node selector term",
        ),
        (
            {"affinity": {"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": [
                {"matchExpressions": [{"key": "disk", "operator": "Is", "values": ["ssd"]}]}]}}}},
            f"spec.affinity.nodeAffinity.{REQUIRED}.nodeSelectorTerms[0].matchExpressions[0].operator: "
            'Invalid value: "Is": not a valid selector operator',
        ),
        (
            {"topologySpreadConstraints": [{"topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway"}]},
            "spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero",
        ),
        (
            {"topologySpreadConstraints": [{"topologyKey": "zone", "whenUnsatisfiable": "Never", "maxSkew": 1}]},
            'spec.topologySpreadConstraints[0].whenUnsatisfiable: Unsupported value: "Never": '
            'supported values: "DoNotSchedule", "ScheduleAnyway"',
        ),
    ],
)  # fmt: skip
def test_where_a_pod_goes_is_checked(lab, spec, words):
    assert lab.refusal(lab.create, pod(**spec)) == f'Pod "web" is invalid: {words}'


def service(**spec):
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web"},
        "spec": {"ports": [{"port": 80}], **spec},
    }


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"ports": []}, "spec.ports: Required value"),
        ({"ports": [{}]}, "[spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive, "),
        ({"ports": [{"port": 80}, {"port": 81, "name": "b"}]}, "spec.ports[0].name: Required value"),
        ({"ports": [{"port": 80, "targetPort": "much-too-long-name"}]},
         'spec.ports[0].targetPort: Invalid value: "much-too-long-name": must be no more than 15 characters'),
        ({"type": "NodePort", "clusterIP": "None"},
         'spec.clusterIPs[0]: Invalid value: "None": may not be set to \'None\' for NodePort services'),
        ({"type": "ExternalName", "ports": []}, "spec.externalName: Required value"),
        ({"ports": [{"port": 80, "nodePort": 30080}]},
         "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"),
        ({"type": "NodePort", "ports": [{"port": 80, "nodePort": 80}]},
         "spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. "
         "The range of valid ports is 30000-32767"),
        ({"sessionAffinity": "Always"},
         'spec.sessionAffinity: Unsupported value: "Always": supported values: "ClientIP", "None"'),
        ({"clusterIP": "10.200.0.1"},
         'spec.clusterIPs: Invalid value: ["10.200.0.1"]: failed to allocate IP 10.200.0.1: '
         "the provided network does not match the current range"),
    ],
)  # fmt: skip
def test_a_service_is_checked(lab, spec, words):
    manifest = service(**spec)
    assert lab.refusal(lab.create, manifest).startswith(f'Service "web" is invalid: {words}')


def test_addresses_and_node_ports_are_given_once(lab):
    lab.create(service(type="NodePort", clusterIP="10.96.7.7", ports=[{"port": 80, "nodePort": 30080}]))
    other = service(type="NodePort", ports=[{"port": 80, "nodePort": 30080}])
    other["metadata"]["name"] = "other"
    assert lab.refusal(lab.create, other) == (
        'Service "other" is invalid: spec.ports[0].nodePort: Invalid value: 30080: provided port is already allocated'
    )
    other["spec"] = {"ports": [{"port": 80}], "clusterIP": "10.96.7.7"}
    assert lab.refusal(lab.create, other) == (
        'Service "other" is invalid: spec.clusterIPs: Invalid value: ["10.96.7.7"]: '
        "failed to allocate IP 10.96.7.7: provided IP is already allocated"
    )
