"""Topic secret: small sensitive data; its types, how it is decoded, mounted, and how it lies in etcd.

Source: kubernetes.io, concepts/configuration/secret, tasks/administer-cluster/encrypt-data.
"""

import json

import pytest

from tests.topics.storage import apply, phase, running

POD = """
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: busybox:1.37
    command: [sleep, "3600"]
    env: [{name: PASSWORD, valueFrom: {secretKeyRef: {name: login, key: password}}}]
    volumeMounts: [{name: files, mountPath: /etc/login}]
  volumes: [{name: files, secret: {secretName: login, defaultMode: 0400}}]
"""


def test_a_secret_is_created_decoded_mounted_and_given_as_a_variable(console):
    console.ok("kubectl create secret generic login --from-literal=username=admin --from-literal=password='s3cret!'")
    assert phase(console, "secret", "login", "{.data.password}") == "czNjcmV0IQ=="
    assert console.ok("kubectl get secret login -o jsonpath='{.data.password}' | base64 -d") == "s3cret!"
    assert "password:  7 bytes" in console.ok("kubectl describe secret login")
    apply(console, POD)
    running(console, "web")
    assert console.ok("kubectl exec web -- sh -c 'echo $PASSWORD; cat /etc/login/password'") == "s3cret!\ns3cret!"
    assert console.ok("kubectl exec web -- stat -L -c %a /etc/login/password") == "400\n"
    assert console.ok("kubectl exec web -- df /etc/login").splitlines()[1].startswith("tmpfs ")


def test_registries_have_a_type_of_their_own(console):
    console.ok("kubectl create secret docker-registry hub --docker-username=me --docker-password=pw")
    kept = console.ok("kubectl get secret hub -o jsonpath='{.data.\\.dockerconfigjson}' | base64 -d")
    assert json.loads(kept)["auths"]["https://index.docker.io/v1/"]["username"] == "me"
    assert phase(console, "secret", "hub", "{.type}") == "kubernetes.io/dockerconfigjson"


@pytest.mark.parametrize(
    ("kind", "data", "why"),
    [
        ("tls", "{}", "[data[tls.crt]: Required value, data[tls.key]: Required value]"),
        ("basic-auth", "{}", "[data[username]: Required value, data[password]: Required value]"),
        ("ssh-auth", "{}", "data[ssh-privatekey]: Required value"),
        ("dockercfg", "{}", "data[.dockercfg]: Required value"),
        (
            "dockerconfigjson",
            "{.dockerconfigjson: nope}",
            'data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": '
            "invalid character 'n' looking for beginning of value",
        ),
        (
            "service-account-token",
            "{}",
            "metadata.annotations[kubernetes.io/service-account.name]: Required value",
        ),
    ],
)
def test_each_type_has_to_hold_what_it_is_for(console, kind, data, why):
    console.write("bad.yaml", f"apiVersion: v1\nkind: Secret\nmetadata: {{name: bad}}\ntype: kubernetes.io/{kind}\n"
                              f"stringData: {data}\n")  # fmt: skip
    assert console.fails("kubectl apply -f bad.yaml") == f'The Secret "bad" is invalid: {why}\n'.replace(
        "is invalid: [data", "is invalid: \n* data"
    ).replace("value, data", "value\n* data").replace("value]\n", "value\n")


def test_a_token_secret_is_filled_and_goes_with_its_account(console):
    console.ok("kubectl create serviceaccount robot")
    apply(console, """
apiVersion: v1
kind: Secret
metadata: {name: robot-token, annotations: {kubernetes.io/service-account.name: robot}}
type: kubernetes.io/service-account-token
""")  # fmt: skip
    console.advance(1)
    token = console.ok("kubectl get secret robot-token -o jsonpath='{.data.token}' | base64 -d")
    assert console.ok(f"kubectl auth whoami --token={token} -o jsonpath='{{.status.userInfo.username}}'") == (
        "system:serviceaccount:default:robot"
    )
    console.ok("kubectl delete serviceaccount robot")
    console.advance(1)
    assert 'secrets "robot-token" not found' in console.fails("kubectl get secret robot-token")


ENCRYPTION = """
apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
- resources: [secrets]
  providers:
  - aescbc: {keys: [{name: key1, secret: c2VjcmV0IGlzIHNlY3VyZQ==}]}
  - identity: {}
"""
CERTIFICATES = " ".join(
    f"--{flag}=/etc/kubernetes/pki/etcd/{file}"
    for flag, file in (("cacert", "ca.crt"), ("cert", "server.crt"), ("key", "server.key"))
)


def in_etcd(console, name):
    return console.ok(f"ssh control-plane etcdctl {CERTIFICATES} get /registry/secrets/default/{name} | tr -d '\\000'")


def serve_with(console, text, more=""):
    console.write("enc.yaml", text)
    console.ok("cat enc.yaml | ssh control-plane 'cat > /etc/kubernetes/pki/enc.yaml'")
    flag = "    - --encryption-provider-config=/etc/kubernetes/pki/enc.yaml"
    flag = f"{flag}\\n{more}" if more else flag
    manifest = "/etc/kubernetes/manifests/kube-apiserver.yaml"
    console.ok(f"ssh control-plane \"sed -i 's|^    - kube-apiserver|&\\n{flag}|' {manifest}\"")
    console.advance(90)


def test_secrets_lie_in_etcd_in_the_clear_until_the_server_encrypts_them(console):
    console.ok("kubectl create secret generic old --from-literal=password=opensesame")
    assert "opensesame" in in_etcd(console, "old")
    serve_with(console, ENCRYPTION)
    console.ok("kubectl create secret generic new --from-literal=password=opensesame")
    assert "k8s:enc:aescbc:v1:key1:" in in_etcd(console, "new")
    assert "opensesame" not in in_etcd(console, "new")
    assert "opensesame" in in_etcd(console, "old")
    console.ok("kubectl get secrets -o json | kubectl replace -f -")
    assert "opensesame" not in in_etcd(console, "old")
    assert console.ok("kubectl get secret old -o jsonpath='{.data.password}' | base64 -d") == "opensesame"


def test_a_key_of_a_wrong_length_keeps_the_server_down(console):
    serve_with(console, ENCRYPTION.replace("c2VjcmV0IGlzIHNlY3VyZQ==", "c2hvcnQ="))
    assert "The connection to the server 192.168.100.11:6443 was refused" in console.fails("kubectl get nodes")
    logs = console.ok("ssh control-plane 'crictl logs $(crictl ps -a --name kube-apiserver -q | head -1) 2>&1'")
    assert "secret is not of the expected length, got 5, expected one of [16 24 32]" in logs


NEW_KEY = "{name: key2, secret: dGhpcyBpcyBwYXNzd29yZA==}"
OLD_KEY = "{name: key1, secret: c2VjcmV0IGlzIHNlY3VyZQ==}"
REWRITE = "kubectl get secrets --all-namespaces -o json | kubectl replace -f -"


def serve_anew_with(console, text):
    console.write("enc.yaml", text)
    console.ok("scp enc.yaml root@control-plane:/etc/kubernetes/pki/enc.yaml")
    console.ok("ssh control-plane 'crictl stop $(crictl ps --name kube-apiserver -q)'")
    console.advance(60)


def test_a_key_is_rotated_by_one_that_writes_before_one_that_reads(console):
    serve_with(console, ENCRYPTION)
    console.ok("kubectl create secret generic login --from-literal=password=opensesame")
    serve_anew_with(console, ENCRYPTION.replace(f"[{OLD_KEY}]", f"[{NEW_KEY}, {OLD_KEY}]"))
    assert console.ok("kubectl get secret login -o jsonpath='{.data.password}' | base64 -d") == "opensesame"
    assert "k8s:enc:aescbc:v1:key1:" in in_etcd(console, "login")
    console.ok(REWRITE)
    assert "k8s:enc:aescbc:v1:key2:" in in_etcd(console, "login")
    serve_anew_with(console, ENCRYPTION.replace(OLD_KEY, NEW_KEY))
    assert console.ok("kubectl get secret login -o jsonpath='{.data.password}' | base64 -d") == "opensesame"


def test_encryption_is_undone_by_identity_in_the_first_place(console):
    serve_with(console, ENCRYPTION)
    console.ok("kubectl create secret generic login --from-literal=password=opensesame")
    first, last = "  - identity: {}\n", f"  - aescbc: {{keys: [{OLD_KEY}]}}\n"
    serve_anew_with(console, ENCRYPTION.replace(first, "").replace(last, first + last))
    console.ok(REWRITE)
    assert "opensesame" in in_etcd(console, "login")


@pytest.mark.parametrize(
    ("config", "why"),
    [
        (ENCRYPTION.replace("c2VjcmV0IGlzIHNlY3VyZQ==", "dGhpcyBpcyBwYXNzd29yZA=="), "invalid padding on input"),
        (ENCRYPTION.replace(OLD_KEY, NEW_KEY), "no matching key was found for the provided AES transformer"),
        (ENCRYPTION.replace("aescbc", "aesgcm"), "no matching prefix found"),
        (ENCRYPTION.replace("[secrets]", "[configmaps]"), "identity transformer tried to read encrypted data"),
    ],
)
def test_without_its_key_a_secret_cannot_be_read_changed_or_deleted(console, config, why):
    serve_with(console, ENCRYPTION)
    console.ok("kubectl create secret generic login --from-literal=password=opensesame")
    serve_anew_with(console, config)
    refused = f"Error from server (InternalError): Internal error occurred: {why}\n"
    for line in ("get secret login", "delete secret login", "label secret login a=b"):
        assert console.fails(f"kubectl {line}") == refused
    assert console.fails("kubectl get secrets") == (
        "Error from server (InternalError): Internal error occurred: "
        f'unable to transform key "/registry/secrets/default/login": {why}\n'
    )
    assert "kube-root-ca.crt" in console.ok("kubectl get configmaps")


TOKEN = """
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  securityContext: {runAsUser: 1000, fsGroup: 2000}
  terminationGracePeriodSeconds: 0
  containers:
  - name: app
    image: busybox:1.37
    command: [sleep, "86400"]
    volumeMounts: [{name: own, mountPath: /own}, {name: login, mountPath: /login}]
  volumes:
  - {name: login, secret: {secretName: login, defaultMode: 0400}}
  - name: own
    projected:
      sources:
      - serviceAccountToken: {path: token, audience: vault, expirationSeconds: 600}
"""


def test_a_projected_token_is_for_its_audience_ends_and_is_renewed_in_time(console):
    console.ok("kubectl create secret generic login --from-literal=password=pw")
    apply(console, TOKEN)
    running(console, "web")

    def claims():
        return json.loads(console.ok("kubectl exec web -- cut -d. -f2 /own/token | base64 -d 2>/dev/null"))

    first = claims()
    assert first["aud"] == ["vault"]
    assert first["exp"] - first["iat"] == 600
    assert first["kubernetes.io"]["pod"]["name"] == "web"
    assert console.fails("kubectl --token=$(kubectl exec web -- cat /own/token) get pods").startswith(
        "error: You must be logged in to the server"
    )
    console.advance(480 - (console.now - first["iat"]))  # 80 % of its life
    console.advance(60)
    assert claims()["iat"] >= first["iat"] + 480
    assert claims()["exp"] > first["exp"]


def test_what_a_volume_holds_belongs_to_the_pods_group_and_a_token_to_its_user(console):
    console.ok("kubectl create secret generic login --from-literal=password=pw")
    apply(console, TOKEN, TOKEN.replace("{name: web}", "{name: bare}").replace(", fsGroup: 2000", ""))
    running(console, "web")
    running(console, "bare")
    seen = "stat -L -c '%a %u %g' /login/password /own/token"
    assert console.ok(f"kubectl exec web -- {seen}") == "440 0 2000\n640 1000 2000\n"
    assert console.ok("kubectl exec web -- cat /login/password") == "pw"
    assert console.ok(f"kubectl exec bare -- {seen}") == "400 0 0\n600 1000 0\n"
    assert "Permission denied" in console.fails("kubectl exec bare -- cat /login/password")


def test_a_token_in_a_secret_has_the_older_claims_no_end_and_a_day_of_its_last_use(console):
    console.ok("kubectl create serviceaccount robot")
    apply(console, """
apiVersion: v1
kind: Secret
metadata: {name: robot-token, annotations: {kubernetes.io/service-account.name: robot}}
type: kubernetes.io/service-account-token
""")  # fmt: skip
    console.advance(1)
    console.ok("kubectl get secret robot-token -o jsonpath='{.data.token}' | base64 -d > token")
    claims = json.loads(console.run("cut -d. -f2 token | base64 -d").stdout)
    assert claims["kubernetes.io/serviceaccount/secret.name"] == "robot-token"
    assert "exp" not in claims
    used = "{.metadata.labels.kubernetes\\.io/legacy-token-last-used}"
    assert phase(console, "secret", "robot-token", used) == ""
    console.ok("kubectl --token=$(cat token) auth whoami")
    assert phase(console, "secret", "robot-token", used) == "2026-01-01"
    console.ok("kubectl delete secret robot-token")
    assert "You must be logged in" in console.fails("kubectl --token=$(cat token) auth whoami")


def test_the_api_server_publishes_whom_it_trusts(console):
    names = console.ok("kubectl get configmaps -n kube-system -o jsonpath='{.items[*].metadata.name}'").split()
    assert "kube-apiserver-legacy-service-account-token-tracking" in names
    trusted = "{.data.requestheader-client-ca-file}"
    told = console.ok(f"kubectl get cm extension-apiserver-authentication -n kube-system -o jsonpath='{trusted}'")
    assert told == console.ok("ssh control-plane cat /etc/kubernetes/pki/front-proxy-ca.crt")


def test_a_server_that_is_told_to_takes_over_another_configuration_while_it_runs(console):
    serve_with(console, ENCRYPTION, "    - --encryption-provider-config-automatic-reload=true")
    console.write("enc.yaml", ENCRYPTION.replace(f"[{OLD_KEY}]", f"[{NEW_KEY}, {OLD_KEY}]"))
    console.ok("scp enc.yaml root@control-plane:/etc/kubernetes/pki/enc.yaml")
    console.advance(70)
    console.ok("kubectl create secret generic new --from-literal=password=opensesame")
    assert "k8s:enc:aescbc:v1:key2:" in in_etcd(console, "new")
    console.ok("ssh control-plane 'echo nonsense > /etc/kubernetes/pki/enc.yaml'")
    console.advance(70)
    assert console.ok("kubectl get secret new -o jsonpath='{.data.password}' | base64 -d") == "opensesame"
