"""Tokens, impersonation, aggregation, mended defaults: who may what beyond what one types once.

Source: kubernetes.io, reference/access-authn-authz/{rbac,authentication,node,service-accounts-admin}.
"""

POD = """
apiVersion: v1
kind: Pod
metadata: {name: client}
spec:
  serviceAccountName: robot
  containers: [{name: main, image: nicolaka/netshoot, command: [sleep, infinity]}]
"""
ASK = (
    "kubectl exec client -- sh -c 'curl -sk -H \"Authorization: Bearer "
    "$(cat /var/run/secrets/kubernetes.io/serviceaccount/token)\" https://kubernetes.default.svc{}'"
)


def test_a_token_may_what_its_account_may(console):
    console.ok("kubectl create sa robot")
    console.ok("kubectl create token robot > token")
    told = console.fails("kubectl --token=$(cat token) get pods")
    assert told == (
        'Error from server (Forbidden): pods is forbidden: User "system:serviceaccount:default:robot" cannot list '
        'resource "pods" in API group "" in the namespace "default"\n'
    )
    console.ok("kubectl create rolebinding robot --clusterrole=view --serviceaccount=default:robot")
    assert "No resources found" in console.run("kubectl --token=$(cat token) get pods").stderr
    console.fails("kubectl --token=$(cat token) get secrets")


def test_a_token_in_a_kubeconfig_is_another_user(console):
    console.ok("kubectl create sa robot; kubectl config set-credentials robot --token=$(kubectl create token robot)")
    assert "system:serviceaccount:default:robot" in console.ok("kubectl --user=robot auth whoami")
    assert console.run("kubectl --user=robot auth can-i get pods").stdout == "no\n"


def test_a_token_ends_with_its_account(console):
    console.ok("kubectl create sa robot; kubectl create token robot > token; kubectl delete sa robot")
    told = console.fails("kubectl --token=$(cat token) get pods")
    assert told == "error: You must be logged in to the server (Unauthorized)\n"


def test_a_token_for_somebody_else_does_not_let_in(console):
    console.ok("kubectl create token default --audience=vault > token")
    assert "Unauthorized" in console.fails("kubectl --token=$(cat token) get pods")


def test_a_pod_asks_the_api_with_its_own_token(console):
    console.ok("kubectl create sa robot")
    console.apply(POD)
    console.advance(60)
    pods = ASK.format("/api/v1/namespaces/default/pods/client")
    assert '"code": 403' in console.ok(pods)
    console.ok("kubectl create role reader --verb=get --resource=pods --resource-name=client")
    console.ok("kubectl create rolebinding reader --role=reader --serviceaccount=default:robot")
    assert '"kind": "Pod"' in console.ok(pods)
    assert '"code": 403' in console.ok(ASK.format("/api/v1/namespaces/default/pods/other"))


def test_acting_as_others_needs_the_right_to(console):
    console.ok("kubectl create sa robot; kubectl create token robot > token")
    told = console.fails("kubectl --token=$(cat token) get pods --as=jane")
    assert told == (
        'Error from server (Forbidden): users "jane" is forbidden: User "system:serviceaccount:default:robot" cannot '
        'impersonate resource "users" in API group "" at the cluster scope\n'
    )
    console.ok("kubectl create clusterrole actor --verb=impersonate --resource=users --resource-name=jane")
    console.ok("kubectl create clusterrolebinding actor --clusterrole=actor --serviceaccount=default:robot")
    assert "jane" in console.ok("kubectl --token=$(cat token) auth whoami --as=jane")
    assert 'groups "devs" is forbidden' in console.fails(
        "kubectl --token=$(cat token) get pods --as=jane --as-group=devs"
    )
    assert 'users "bob" is forbidden' in console.fails("kubectl --token=$(cat token) get pods --as=bob")


def test_aggregated_roles_follow_their_parts(console):
    console.ok("kubectl create clusterrolebinding viv --clusterrole=view --user=viv")
    assert console.run("kubectl auth can-i list nodes --as=viv").stdout == "no\n"
    console.ok("kubectl create clusterrole nodes --verb=list --resource=nodes")
    console.ok("kubectl label clusterrole nodes rbac.authorization.k8s.io/aggregate-to-view=true")
    console.advance(1)
    assert console.run("kubectl auth can-i list nodes --as=viv").stdout == "yes\n"
    console.ok("kubectl delete clusterrole nodes")
    console.advance(1)
    assert console.run("kubectl auth can-i list nodes --as=viv").stdout == "no\n"


def test_the_verb_bind_lets_give_roles_that_one_does_not_have(console):
    console.ok("kubectl create clusterrole giver --verb=create --resource=rolebindings")
    console.ok("kubectl create clusterrolebinding giver --clusterrole=giver --user=gil")
    give = "kubectl create rolebinding x --clusterrole=view --user=bob --as=gil"
    assert "attempting to grant RBAC permissions not currently held" in console.fails(give)
    console.ok("kubectl create clusterrole binder --verb=bind --resource=clusterroles --resource-name=view")
    console.ok("kubectl create clusterrolebinding binder --clusterrole=binder --user=gil")
    console.ok(give)


def test_default_roles_come_back_when_the_api_server_starts(console):
    console.ok("kubectl delete clusterrolebinding system:discovery")
    console.ok("kubectl patch clusterrole system:basic-user --type=merge -p '{\"rules\":[]}'")
    [machine] = console.cluster.processes.nodes("kube-apiserver")  # where kubectl's kubeconfig looks for it
    console.cluster.processes.stop("kube-apiserver", machine)
    console.cluster.processes.start("kube-apiserver", machine)
    console.advance(1)
    assert console.ok("kubectl get clusterrolebinding system:discovery -o name")
    assert console.run("kubectl auth can-i get /apis --as=jane").stdout == "yes\n"


def test_a_kubelet_sees_its_own(console):
    node = "--as=system:node:node1 --as-group=system:nodes"
    assert "node 'node1' cannot read all nodes, only its own Node object" in console.fails(f"kubectl get nodes {node}")
    console.ok("kubectl create secret generic others --from-literal=a=b")
    told = console.fails(f"kubectl get secret others {node}")
    assert told.endswith("no relationship found between node 'node1' and this object\n")
    assert "can only read resources of this type" in console.fails(f"kubectl delete secret others {node}")


def test_the_cluster_has_what_kubeadm_binds(console):
    bound = console.ok("kubectl get clusterrolebinding kubeadm:cluster-admins -o jsonpath='{.subjects[*].name}'")
    assert bound == "kubeadm:cluster-admins"
    assert "allowed by ClusterRoleBinding" in console.ok(
        "kubectl create -o jsonpath='{.status.reason}' -f - <<< '"
        '{"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", '
        '"spec": {"resourceAttributes": {"verb": "get", "resource": "nodes"}}}\''
    )


def test_nobody_makes_a_token_of_another(console):
    console.ok("kubectl create sa robot; kubectl create token robot > token")
    console.ok("cut -d. -f1 token > head; cut -d. -f3 token > signature; kubectl create sa other")
    console.ok("kubectl create token other | cut -d. -f2 > body")
    told = console.fails("kubectl --token=$(cat head).$(cat body).$(cat signature) get pods")
    assert told == "error: You must be logged in to the server (Unauthorized)\n"
