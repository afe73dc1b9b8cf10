"""kubectl config: what it prints, and the file that it leaves, against the real one's."""

import subprocess

import pytest

from tests.console import Console
from tests.judge import UNCOLLECTED, kubectl_binary
from tests.kubectl.duel import plain

KUBECTL = kubectl_binary("1.33")
CONFIG = """apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: QUJD
    server: https://192.168.1.10:6443
  name: kubernetes
- cluster:
    server: https://10.0.0.1:6443
  name: other
contexts:
- context:
    cluster: other
    namespace: dev
    user: dev
  name: dev
- context:
    cluster: kubernetes
    user: kubernetes-admin
  name: kubernetes-admin@kubernetes
current-context: kubernetes-admin@kubernetes
kind: Config
preferences: {}
users:
- name: dev
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: foo
    token: abc
- name: kubernetes-admin
  user:
    client-certificate-data: QUJD
    client-key-data: QUJD
"""
LINES = """
view
view --minify
view --minify --context dev
view --minify --context nope
view --raw
view --flatten
view -o json
view -o name
view -o foo
view -o jsonpath='{.users[*].name}'
view --merge=false
view x
view --kubeconfig /nope
get-contexts
get-contexts dev nope
get-contexts -o name
get-contexts -o yaml
get-contexts --no-headers
current-context
use-context dev
use dev
use-context nope
use-context
set-context --current --namespace=foo
set-context dev --namespace=foo --user=x --cluster=y
set-context neu --namespace=foo
set-context
set-context --current dev
set-context dev --namespace=
set-cluster a --server=https://1.2.3.4 --insecure-skip-tls-verify
set-cluster kubernetes --certificate-authority=/nope
set-cluster kubernetes --certificate-authority=/nope --embed-certs
set-cluster kubernetes --certificate-authority=x --insecure-skip-tls-verify
set-cluster kubernetes --proxy-url=socks5://a --tls-server-name=b
set-credentials u --token=abc --client-certificate=/x --client-key=/y
set-credentials u --token=abc --username=a
set-credentials u --username=a --password=b
set-credentials u --exec-command=/x --exec-api-version=client.authentication.k8s.io/v1 --exec-arg=a --exec-env=A=B
set-credentials u --auth-provider=oidc --auth-provider-arg=a=b
set-credentials u --embed-certs
set-credentials dev --username=a
set-credentials
get-users
rename-context dev prod
rename-context nope prod
rename-context dev kubernetes-admin@kubernetes
rename-context kubernetes-admin@kubernetes me
rename-context dev
delete-context dev
delete-context nope
delete-context kubernetes-admin@kubernetes
delete-cluster other
delete-cluster nope
delete-user dev
set current-context dev
set clusters.kubernetes.server https://1
set clusters.neu.server https://1
set contexts.a.b.c.namespace x
set users.dev.token foo
set foo.bar baz
set clusters.kubernetes.foo baz
set clusters.kubernetes.certificate-authority-data '!!'
set clusters.kubernetes.certificate-authority-data ABC --set-raw-bytes
set clusters.kubernetes.insecure-skip-tls-verify true
set clusters.kubernetes.insecure-skip-tls-verify maybe
set preferences.colors true
unset current-context
unset contexts.dev
unset contexts.dev.namespace
unset contexts.nope.namespace
unset users
unset
foo
"""


@pytest.fixture(scope="module")
def console() -> Console:
    return Console(version="1.33")


@pytest.mark.skipif(KUBECTL is None, reason="no kubectl.1.33 on this machine")
@pytest.mark.parametrize("line", LINES.strip().split("\n"))
def test_output_and_file_are_those_of_real_kubectl(console, tmp_path, line):
    path = tmp_path / "config"
    path.write_text(CONFIG)
    real = subprocess.run(
        ["bash", "-c", f"{KUBECTL} config {line}"], capture_output=True, text=True, cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "KUBECONFIG": str(path), **UNCOLLECTED},
    )  # fmt: skip
    home = f"/home/learner{tmp_path}"
    console.run(f"mkdir -p {home}")
    console.write(f"{home}/config", CONFIG)
    ours = console.run(f"(cd {home} && KUBECONFIG={home}/config kubectl config {line})")
    there = str(tmp_path)
    assert (ours.exit, plain(ours.stdout.replace(home, there)), plain(ours.stderr.replace(home, there))) == (
        real.returncode,
        plain(real.stdout),
        plain(real.stderr),
    )
    assert console.read(f"{home}/config").replace(home, there) == path.read_text()


def test_the_namespace_of_the_context_is_where_commands_work(console):
    console.ok("kubectl create namespace dev; kubectl config set-context --current --namespace=dev")
    console.ok("kubectl create configmap here")
    assert console.get("configmap", "here", "dev") is not None
    console.ok("kubectl config set-context --current --namespace=")


def test_a_new_entry_goes_into_the_first_file_that_exists(console):
    console.write("b", CONFIG)
    console.ok("KUBECONFIG=a:b:c kubectl config set-context neu --cluster=other")
    assert "name: neu" in console.read("b")
    console.fails("ls a")


def test_an_entry_changes_in_the_file_that_it_stands_in(console):
    console.ok("KUBECONFIG=first kubectl config set-context one --cluster=x")
    console.ok("KUBECONFIG=second kubectl config set-context two --cluster=x")
    console.ok("KUBECONFIG=first:second kubectl config set-context two --namespace=dev")
    assert "namespace: dev" in console.read("second")
    assert "namespace: dev" not in console.read("first")


def test_certificates_below_the_file_are_named_relative_to_it(console):
    console.ok("mkdir -p k; KUBECONFIG=k/config kubectl config set-cluster c --certificate-authority=k/ca.crt")
    assert "certificate-authority: ca.crt" in console.read("k/config")
