"""Who may what, asked and felt through kubectl: the same lines given to real kubectl, acting as others by --as."""

import pytest

from tests.kubectl.filed_duel import FiledDuel

FILES = {
    "role.yaml": """
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: default}
rules:
- {apiGroups: [""], resources: [pods, pods/log], verbs: [get, list, watch]}
""",
    "both.yaml": """
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: default}
rules:
- {apiGroups: ["", apps], resources: [pods, deployments], verbs: [get, list], resourceNames: [a]}
- {apiGroups: [""], resources: [pods], verbs: [watch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reader, namespace: default}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects:
- {apiGroup: rbac.authorization.k8s.io, kind: User, name: jane}
- {kind: ServiceAccount, name: default, namespace: dev}
""",
    "bob.yaml": """
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reader, namespace: default}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects:
- {apiGroup: rbac.authorization.k8s.io, kind: User, name: bob}
""",
    "view.yaml": """
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reader, namespace: default}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects:
- {apiGroup: rbac.authorization.k8s.io, kind: User, name: bob}
""",
    "several.yaml": """
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: view, labels: {a: b}}
rules:
- {nonResourceURLs: [/x], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: new}
rules: []
---
apiVersion: v1
kind: ConfigMap
metadata: {name: skipped}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: nowhere}
rules: []
""",
}


@pytest.fixture
def duel():
    found = FiledDuel(FILES)
    yield found
    found.close()


def test_nobody_is_let_to_what_no_role_gives(duel):
    duel.all_same("""
get pods --as=jane
get pods -A --as=jane
get pods x y --as=jane
get pods x -w --as=jane
get nodes --as=jane
get ns default --as=jane
delete pods --all --as=jane
create deployment web --image=nginx --as=jane
create ns foo --as=jane
label pod x a=b --as=jane
patch pod x -p {} --as=jane
apply -f role.yaml --as=jane
apply -f role.yaml --server-side --as=jane
logs x --as=jane
get all --as=jane
cordon node1 --as=jane
create token default --as=jane
get --raw /metrics --as=jane
get --raw /version --as=jane
get --raw /version --as=system:anonymous
get --raw /api --as=system:anonymous
get --raw /apis/foo/v1/namespaces/x/bars/y --as=jane
""")


def test_a_binding_lets_in_and_the_reason_why_not_names_roles_that_are_missing(duel):
    duel.all_same("""
create rolebinding jane --clusterrole=nope --user=jane
get pods --as=jane
auth can-i get pods --as=jane
create role gone --verb=get --resource=pods
create rolebinding gone --role=gone --user=jane
delete role gone
get secrets --as=jane
create role reader --verb=get,list,watch --resource=pods,pods/log
create rolebinding reader --role=reader --user=jane
get pods --as=jane
get pods -n kube-system --as=jane
auth can-i list pods --as=jane
auth can-i list pods -A --as=jane
auth can-i get pods --subresource=log --as=jane
auth can-i delete pods --as=jane -q
auth can-i --list --as=jane
auth can-i --list --as=jane -n kube-system
""")


def test_lists_of_what_one_may_do(duel):
    duel.all_same("""
create clusterrolebinding ed --clusterrole=edit --user=ed
auth can-i --list --as=ed
auth can-i --list --as=system:anonymous
auth can-i --list --as=system:serviceaccount:dev:robot
auth can-i --list --as=system:node:node1 --as-group=system:nodes
auth can-i --list --as=x --as-group=system:masters
auth can-i get /metrics --as=x --as-group=system:monitoring
describe clusterrole admin
""")


def test_whom_the_server_takes_somebody_for(duel):
    duel.all_same("""
auth whoami --as=jane
auth whoami --as=jane --as-group=devs --as-uid=7
auth whoami --as=jane -o yaml
auth whoami --as=system:serviceaccount:dev:robot
auth whoami --as=system:anonymous
auth whoami --as-group=devs
""")


def test_nobody_gives_what_they_do_not_have(duel):
    duel.all_same("""
create clusterrolebinding adi --clusterrole=admin --user=adi
create role some --verb=get,list --resource=secrets,pods --as=adi
create role all --verb=* --resource=nodes,pods --as=adi
create role one --verb=get,update --resource=nodes --resource-name=a --as=adi
create rolebinding top --clusterrole=cluster-admin --user=adi --as=adi
create rolebinding view --clusterrole=view --user=bob --as=adi
create rolebinding nope --clusterrole=nope --user=bob --as=adi
create clusterrole agg --aggregation-rule=a=b --as=adi
""")


def test_reconcile_gives_what_files_say(duel):
    duel.all_same("""
auth reconcile -f both.yaml --dry-run=client
auth reconcile -f both.yaml
auth reconcile -f both.yaml
auth reconcile -f bob.yaml
get rolebinding reader -o jsonpath={.subjects}
auth reconcile -f bob.yaml --remove-extra-subjects
get rolebinding reader -o jsonpath={.subjects}
auth reconcile -f role.yaml --remove-extra-permissions
auth reconcile -f both.yaml -o name
get role reader -o jsonpath={.rules}
auth reconcile -f view.yaml
auth reconcile -f several.yaml
annotate role reader rbac.authorization.kubernetes.io/autoupdate=false
auth reconcile -f both.yaml
auth reconcile -f role.yaml --as=jane
auth reconcile -f both.yaml -n kube-public
auth reconcile -f both.yaml --dry-run=server
auth reconcile -f nope.yaml
auth reconcile x -f both.yaml
""")


def test_a_bindings_role_does_not_change(duel):
    duel.all_same("""
auth reconcile -f both.yaml
apply -f view.yaml
""")
