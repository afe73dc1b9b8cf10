"""What the server adds to Pods and refuses of them beyond their kind's rules.

Source: kubernetes.io, reference/access-authn-authz/admission-controllers and service-accounts-admin.
"""

from tests.cluster.lab import deployment, pod

MOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"


def token_volume(found):
    return next((v for v in found["spec"].get("volumes") or () if v["name"].startswith("kube-api-access-")), None)


def test_a_pod_gets_its_account_and_its_token(lab):
    created = lab.create(pod())
    assert created["spec"]["serviceAccountName"] == created["spec"]["serviceAccount"] == "default"
    volume = token_volume(created)
    assert volume["projected"] == {
        "defaultMode": 420,
        "sources": [
            {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
            {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
            {"downwardAPI": {"items": [
                {"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}]}},
        ],
    }  # fmt: skip
    assert created["spec"]["containers"][0]["volumeMounts"] == [
        {"name": volume["name"], "readOnly": True, "mountPath": MOUNT}
    ]


def test_who_wants_no_token_gets_none(lab):
    assert token_volume(lab.create(pod("a", automountServiceAccountToken=False))) is None
    lab.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "quiet"},
                "automountServiceAccountToken": False})  # fmt: skip
    assert token_volume(lab.create(pod("b", serviceAccountName="quiet"))) is None
    assert token_volume(lab.create(pod("c", serviceAccountName="quiet", automountServiceAccountToken=True)))


def test_what_is_mounted_there_already_stays(lab):
    manifest = pod(volumes=[{"name": "mine", "emptyDir": {}}])
    manifest["spec"]["containers"][0]["volumeMounts"] = [{"name": "mine", "mountPath": MOUNT}]
    assert token_volume(lab.create(manifest)) is None


def test_an_account_brings_its_pull_secrets(lab):
    lab.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "puller"},
                "imagePullSecrets": [{"name": "registry"}]})  # fmt: skip
    assert lab.create(pod(serviceAccountName="puller"))["spec"]["imagePullSecrets"] == [{"name": "registry"}]


def test_an_account_has_to_be_there(lab):
    refused = lab.refused(lab.create, pod(serviceAccountName="nobody"))
    assert (refused.code, refused.message) == (
        403,
        'pods "web" is forbidden: error looking up service account default/nobody: serviceaccount "nobody" not found',
    )


def test_a_pod_stays_on_a_node_in_trouble_for_five_minutes(lab):
    tolerations = lab.create(pod())["spec"]["tolerations"]
    assert tolerations == [
        {"key": f"node.kubernetes.io/{trouble}", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}
        for trouble in ("not-ready", "unreachable")
    ]
    own = [{"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 5}]
    assert len(lab.create(pod("own", tolerations=own))["spec"]["tolerations"]) == 2
    every = [{"operator": "Exists"}]
    assert lab.create(pod("every", tolerations=every))["spec"]["tolerations"] == every


def test_a_pod_without_a_class_has_the_default_ones_priority(lab):
    assert lab.create(pod("before"))["spec"]["priority"] == 0
    lab.create({"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": "usual"},
                "value": 7, "globalDefault": True})  # fmt: skip
    created = lab.create(pod("after"))["spec"]
    assert (created["priority"], created["priorityClassName"]) == (7, "usual")


def test_pods_of_one_template_are_worked_out_once_and_alike(lab):
    lab.create(deployment())
    lab.advance(1)
    specs = [found["spec"] for found in lab.pods(app="web")]
    assert len({token_volume(found)["name"] for found in lab.pods(app="web")}) == 1
    assert all(spec["containers"] is specs[0]["containers"] for spec in specs)


def test_a_new_node_is_tainted_until_it_is_ready(lab):
    created = lab.create({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "new"}})
    assert created["spec"]["taints"] == [{"effect": "NoSchedule", "key": "node.kubernetes.io/not-ready"}]
