"""The kubectl set commands, against real kubectl."""

import pytest

from tests.kubectl.changing_files import WEB
from tests.kubectl.filed_duel import FiledDuel

FILES = {
    "web.yaml": WEB,
    "binding.yaml": """
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: rb}
roleRef: {kind: ClusterRole, name: view, apiGroup: rbac.authorization.k8s.io}
""",
    "service.yaml": "{apiVersion: v1, kind: Service, metadata: {name: s}, spec: {ports: [{port: 80}]}}",
}
IMAGE = """
create -f web.yaml -f binding.yaml -f service.yaml
create cm conf --from-literal=a.b=1
set
set image
set image deploy/web
set image deploy/web c=nginx:1.26
set image deploy/web c=nginx:1.26
set image deploy/web d=nginx:1.26
set image deploy/web '*=nginx:1.27'
set image deploy/web '*=nginx:1.27' c=x
set image deploy/nope c=x
set image deploy web c=nginx:1 --dry-run=client -o yaml
set image deploy web c=nginx:2 --dry-run=server
set image deploy web c=nginx:1 -o json
set image -f web.yaml c=nginx:9 --local -o json
set image deploy web c=x --local
set image cm conf c=x
set image deploy --all c=nginx:7
"""
ENV = """
set env
set env deploy/web A=5 --list
set env deploy/web --list
set env deploy/web A=5
set env deploy/web A=5
set env deploy/web A-
set env deploy/web A=5 A-
set env deploy/web X=1 --overwrite=false
set env deploy/web X=2 --overwrite=false
set env deploy/web --from=cm/conf --prefix=P_
set env deploy/web --list --resolve
set env deploy/web --keys=x
set env deploy/web --from=deploy/web
set env deploy/web -c zz A=1
set env deploy/web 1A=1
set env A=1 deploy/web
set env -f web.yaml --local Z=1 -o yaml
"""
OTHERS = """
set resources deploy web
set resources deploy web --limits=cpu=100m,memory=1Gi
set resources deploy web --limits=cpu=100m,memory=1Gi
set resources deploy web --limits=cpu=x
set resources deploy web -c zz --limits=cpu=1
set resources cm conf --limits=cpu=1
set resources deploy web --requests=cpu=4 --limits=cpu=1
set serviceaccount
set sa deploy web default
set serviceaccount deploy web foo --dry-run=client -o yaml
set selector
set selector svc s a=c -o yaml
set selector deploy web a=b
set selector svc s 'a in (b,c)'
set selector svc s x=y --resource-version=1
set subject rolebinding rb
set subject rolebinding rb --user=x --group=g --serviceaccount=a:b
set subject rolebinding rb --user=x
set subject rolebinding rb --serviceaccount=x
set subject deploy web --user=x
set subject rolebinding rb --user=y -o yaml
"""


@pytest.fixture(scope="module")
def duel():
    duel = FiledDuel(FILES)
    yield duel
    duel.close()


@pytest.mark.parametrize("lines", [IMAGE, ENV, OTHERS], ids=["image", "env", "others"])
def test_lines_answer_as_real_kubectl_does(duel, lines):
    duel.all_same(lines)


def test_variables_come_from_standard_input(console):
    console.apply(WEB)
    console.ok("printf 'Q=r s\\n# no\\n' | kubectl set env -e - deploy/web")
    env = console.get("deployment", "web")["spec"]["template"]["spec"]["containers"][0]["env"]
    assert env[-1] == {"name": "Q", "value": "r s"}
