"""Who may what: can-i, impersonation, a Forbidden error and its repair, tokens, and certificates for people.

Source: kubernetes.io, reference/access-authn-authz/rbac; tasks/tls/certificate-issue-client-csr.
"""

import base64

import pytest

from kubelab.cluster.api.authentication import CERTIFICATE, token_user

# openssl ecparam -name prime256v1 -genkey -out jane.key; openssl req -new -key jane.key -subj "/CN=jane/O=dev"
JANE = (
    "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIWE1IOENBUUF3SFRFTk1Bc0dBMVVFQXd3RWFtRnVaVEVNTUFv"
    "R0ExVUVDZ3dEWkdWMk1Ga3dFd1lIS29aSQp6ajBDQVFZSUtvWkl6ajBEQVFjRFFnQUVHS0VKdWV1c3U3SFhtWFUyejd3UUpYcCtJ"
    "bHpQTW5aRGovS0YvWXdVCnVPSUNqYyttV05DRG4zcWdVYVhwZHF3eTA0WCtpNFpsMFF0dkh0ZlNHRzJPZktBQU1Bb0dDQ3FHU000"
    "OUJBTUMKQTBnQU1FVUNJUUN3R1FtV0ZiMFhaWkdqZFN6dDVCYU9WZTZIUUdkRlJySWxjK3dqalJ3YlJnSWdQc3ZITStnbApGRXIy"
    "dWJFSkp5VGw1WG4xYkc2VjN3cEIxallRQlJ2ODdZND0KLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg=="
)
REQUEST = """
apiVersion: certificates.k8s.io/v1
kind: CertificateSigningRequest
metadata: {{name: jane}}
spec:
  request: {request}
  signerName: kubernetes.io/kube-apiserver-client
  expirationSeconds: 3600
  usages: [client auth]
"""


def asked_for(console, request=JANE):
    console.ok("kubectl apply -f -", REQUEST.format(request=request))


def test_a_forbidden_error_says_what_is_missing_and_a_rolebinding_repairs_it(console):
    assert console.fails("kubectl get pods --as=jane") == (
        'Error from server (Forbidden): pods is forbidden: User "jane" cannot list resource "pods" in API group "" '
        'in the namespace "default"\n'
    )
    assert console.run("kubectl auth can-i list pods --as=jane").stdout == "no\n"
    console.ok("kubectl create role reader --verb=get,list --resource=pods")
    console.ok("kubectl create rolebinding jane --role=reader --user=jane")
    assert console.ok("kubectl auth can-i list pods --as=jane") == "yes\n"
    console.ok("kubectl get pods --as=jane")
    assert 'cannot list resource "pods" in API group "" in the namespace "kube-system"' in console.fails(
        "kubectl get pods -n kube-system --as=jane"
    )


def test_a_token_of_a_serviceaccount_opens_what_its_role_allows(console):
    console.ok("kubectl create serviceaccount robot")
    console.ok("kubectl create rolebinding robot --clusterrole=view --serviceaccount=default:robot")
    console.ok("kubectl config set-credentials robot --token=$(kubectl create token robot)")
    console.ok("kubectl config set-context robot --cluster=kubernetes --user=robot")
    assert console.ok("kubectl --context=robot auth whoami -o jsonpath='{.status.userInfo.username}'") == (
        "system:serviceaccount:default:robot"
    )
    assert (
        "No resources found"
        in console.run("kubectl --context=robot get pods").stdout
        + console.run("kubectl --context=robot get pods").stderr
    )
    assert "forbidden" in console.fails("kubectl --context=robot create configmap no")


def test_an_approved_request_is_signed_and_its_certificate_is_a_user(console):
    asked_for(console)
    assert console.ok("kubectl get csr jane --no-headers").split() == [
        "jane", "0s", "kubernetes.io/kube-apiserver-client", "kubernetes-admin", "60m", "Pending",
    ]  # fmt: skip
    console.ok("kubectl certificate approve jane")
    console.advance(1)
    assert console.ok("kubectl get csr jane --no-headers").split()[-1] == "Approved,Issued"
    console.ok("kubectl get csr jane -o jsonpath='{.status.certificate}' | base64 -d > jane.crt")
    assert console.ok("openssl x509 -in jane.crt -noout -subject -issuer -enddate") == (
        "subject=CN = jane, O = dev\nissuer=CN = kubernetes\nnotAfter=Jan  1 01:00:00 2026 GMT\n"
    )
    console.ok("kubectl config set-credentials jane --client-certificate=jane.crt --embed-certs=true")
    console.ok("kubectl config set-context jane --cluster=kubernetes --user=jane")
    assert console.ok("kubectl --context=jane auth whoami -o jsonpath='{.status.userInfo.groups}'") == (
        '["dev","system:authenticated"]'
    )
    console.ok("kubectl create rolebinding dev --clusterrole=view --group=dev")
    console.ok("kubectl --context=jane get pods")
    pem = console.read("jane.crt")
    bearer = CERTIFICATE + base64.urlsafe_b64encode(pem.encode()).decode().rstrip("=")
    assert token_user(console.cluster.api, bearer).name == "jane"
    console.advance(3600)
    assert "You must be logged in to the server" in console.fails("kubectl --context=jane get pods")


def test_a_denied_request_is_not_signed(console):
    asked_for(console)
    console.ok("kubectl certificate deny jane")
    console.advance(5)
    assert console.ok("kubectl get csr jane --no-headers").split()[-1] == "Denied"
    console.advance(3600)
    assert console.ok("kubectl get csr -o name") == "", "decided requests go after an hour"


def test_a_request_by_openssl_of_the_lab_may_not_name_the_masters(console):
    console.ok('openssl req -new -newkey rsa:1024 -nodes -keyout k -out r -subj "/CN=x/O=system:masters"')
    request = console.ok("base64 r | tr -d '\\n'")
    said = console.fails("kubectl apply -f -", REQUEST.format(request=request))
    assert "use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed" in said


@pytest.mark.parametrize(
    ("request_", "said"),
    [("aGVsbG8=", 'spec.request: Invalid value: "aGVsbG8=": PEM block type must be CERTIFICATE REQUEST')],
)
def test_what_is_no_request_is_refused(console, request_, said):
    assert said in console.fails("kubectl apply -f -", REQUEST.format(request=request_))


def test_nobody_approves_without_the_right_to(console):
    asked_for(console)
    console.ok(
        "kubectl create clusterrole approver --verb=get,update --resource=certificatesigningrequests,"
        "certificatesigningrequests/approval"
    )
    console.ok("kubectl create clusterrolebinding approver --clusterrole=approver --user=tom")
    assert 'user not permitted to approve requests with signerName "kubernetes.io/kube-apiserver-client"' in (
        console.fails("kubectl certificate approve jane --as=tom")
    )
