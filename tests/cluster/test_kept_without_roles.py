"""Clusters that were kept before they had RBAC: their administrator may go on without a reset."""

from kubelab.cluster.cluster import DEFAULT_PRESET, DEFAULT_VERSION, EPOCH, Cluster
from kubelab.terminal.lines import LineShell
from kubelab.terminal.shell import INTERPRETER
from tests.console import Console, booted

KINDS = ("/clusterroles/", "/clusterrolebindings/", "/roles/", "/rolebindings/")


def loaded(console, without):
    """Load the console's cluster anew, as it was born, without the rows that a function names."""
    header, rows = booted(DEFAULT_PRESET, DEFAULT_VERSION, 1, EPOCH)
    kept = [(key, obj) for key, obj in rows if not without(key)]
    assert len(kept) < len(rows)
    console.cluster = Cluster.load(header, kept, interpreter=INTERPRETER)
    console.shell = LineShell(console.cluster)
    console.cluster.settle()


def test_a_cluster_without_any_roles_gets_them_when_it_is_loaded():
    console = Console()
    loaded(console, without=lambda key: any(kind in key for kind in KINDS))
    console.ok("kubectl create configmap mine")
    assert console.run("kubectl auth can-i get /apis --as=jane").stdout == "yes\n"
    bound = console.ok("kubectl get clusterrolebinding kubeadm:cluster-admins -o jsonpath='{.roleRef.name}'")
    assert bound == "cluster-admin"
    assert "system:controller:job-controller" in console.ok("kubectl get clusterrolebindings")


def test_roles_that_somebody_deleted_stay_away_when_the_cluster_is_loaded():
    console = Console()
    loaded(console, without=lambda key: key.endswith(("/clusterroles/view", "/clusterrolebindings/cluster-admin")))
    assert "not found" in console.fails("kubectl get clusterrole view")


def test_an_administrator_locked_out_by_their_own_hand_stays_so():
    console = Console()
    loaded(console, without=lambda key: "/clusterrolebindings/kubeadm:" in key)
    assert "Forbidden" in console.fails("kubectl get pods")
