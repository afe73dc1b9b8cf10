"""kubectl create's generators, each against real kubectl: what they print, create and refuse."""

import pytest

from tests.kubectl.filed_duel import FiledDuel

FILES = {
    "d/one": "1\n",
    "d/two": "2",
    "vars.env": "# c\nA=b\n\n  C=d=e\nX\n",
    "wrong.env": "A=b\n1=2\n",
    "cert.pem": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    "key.pem": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
}
WORKLOADS = """
create namespace foo --dry-run=client -o yaml
create ns foo --dry-run=client -o json
create ns
create namespace foo
create namespace foo
create ns bar --dry-run=server -o yaml
create ns b --dry-run=foo
create deployment web --image=nginx --image=busybox:1.2 --port=80 --replicas=3 --dry-run=client -o json
create deploy web
create deploy web --image=a --image=b -- x
create deploy web --image=nginx --save-config --dry-run=client -o yaml
create deploy web --image=nginx
create deploy web --image=nginx
create deploy Web_ --image=nginx
create deploy -n nope x --image=nginx
create deploy -n foo x --image=nginx --dry-run=client -o yaml -- sleep 1
create job j
create job j --image=busybox -o json --dry-run=client -- echo hi
create cronjob c --image=busybox
create cj c --image=busybox --schedule='* * * * *' --restart=Never -- date
create job j --from=cronjob/c --dry-run=client -o yaml
create job j --from=cronjob/nope
create job j --from=deploy/coredns -n kube-system
create job j --from=cronjob/c -- x
create foo
"""
CONTENT = """
create cm a --from-literal=a=b --from-literal=c='"d"' --dry-run=client -o yaml
create cm a --append-hash --dry-run=client -o yaml
create cm a --from-literal=a=b --append-hash -o name --dry-run=client
create cm a --from-literal=ab
create cm a --from-literal=a=b --from-literal=a=c
create cm a --from-literal='a b=c'
create cm a --from-file=nope
create cm a --from-file=d --from-file=x=d/one --dry-run=client -o yaml
create cm a --from-file=x=d
create cm a --from-file=x=y=z
create cm a --from-env-file=vars.env --dry-run=client -o yaml
create cm a --from-env-file=vars.env --from-literal=a=b
create cm a --from-env-file=wrong.env
create cm a --from-env-file=d
create cm b --from-literal=x=y -o json --dry-run=client --save-config
create secret generic s --from-literal=a=b --type=foo/bar --append-hash --dry-run=client -o yaml
create secret generic s --from-file=d --dry-run=client -o yaml
create secret generic s --from-literal=a=b
create secret generic s --from-literal=a=b
create secret tls t
create secret tls t --cert=x --key=y
create secret tls t --cert=key.pem --key=key.pem
create secret tls t --cert=cert.pem --key=cert.pem
create secret docker-registry r
create secret docker-registry r --docker-username=u --docker-password='p<' --docker-email=e --dry-run=client -o yaml
"""
SERVICES = """
create service clusterip a
create service clusterip a --tcp=80:8080 --tcp=443 --dry-run=client -o yaml
create service clusterip a --tcp=80:HTTP
create service clusterip a --tcp=x
create service clusterip a --tcp=80:99999
create service clusterip a --clusterip=None --dry-run=client -o yaml
create service clusterip a --tcp=80
create service clusterip a --tcp=80
create service nodeport n --tcp=80 --node-port=30080 -o json
create service loadbalancer l --tcp=1:2 --dry-run=client -o yaml
create service externalname e
create service externalname e --external-name=x.y --tcp=80:90 --dry-run=client -o yaml
create ing i
create ing i --rule=x
create ing i --rule='a.b/c*=svc:http,tls=s' --rule='a.b/d=x:1' --rule='/=q:2,tls' --dry-run=client -o yaml
create ing i --rule='a.b/c=svc:80' --annotation a=b --class=k --default-backend=s:80 --dry-run=client -o json
create ing i --default-backend=x
create quota q --hard=cpu=1,memory=1024Mi,pods=10 --scopes=BestEffort,Terminating --dry-run=client -o yaml
create quota q --hard=cpu=x
create pc p --value=100 --global-default --description='a b' --preemption-policy=Never --dry-run=client -o yaml
create pdb p --selector=a=b
create pdb p --selector='a=b,c in (d,e),!f,g' --min-available=50% --dry-run=client -o yaml
create pdb p --selector=a=b --min-available=1x
"""
RIGHTS = """
create sa x -o json --dry-run=server
create token default --duration=1500ms
create token default --bound-object-name=x
create role r --verb=get
create role r --verb=get --resource=pods,deploy,rs.apps,pods/log --resource-name=a --dry-run=client -o yaml
create role r --verb=frob --resource=pods --dry-run=client -o yaml
create role r --verb=get --resource=nope
create role r --verb=get --resource=pods.nope
create role r --verb=use --resource=pods
create role r --verb=impersonate --resource=users --dry-run=client -o yaml
create role r --verb='*' --resource='*' --dry-run=client -o yaml
create clusterrole c --verb=get --resource=nodes --non-resource-url=/logs/* --dry-run=client -o yaml
create clusterrole c --verb=list --non-resource-url=/logs
create clusterrole c --aggregation-rule=a=b,c=d --dry-run=client -o yaml
create clusterrole c --aggregation-rule=a
create rolebinding b --role=a --clusterrole=b
create rolebinding b --role=r --user=u --group=g --serviceaccount=ns:n --dry-run=client -o yaml
create rolebinding b --clusterrole=view --serviceaccount=x
create rolebinding b --clusterrole=view --user=x
create rolebinding b --clusterrole=view --user=x
create clusterrolebinding b --clusterrole=view --user=x -o json
"""


@pytest.fixture(scope="module")
def duel():
    duel = FiledDuel(FILES)
    yield duel
    duel.close()


@pytest.mark.parametrize(
    "lines", [WORKLOADS, CONTENT, SERVICES, RIGHTS], ids=["workloads", "content", "services", "rights"]
)
def test_lines_answer_as_real_kubectl_does(duel, lines):
    duel.all_same(lines)


def test_a_zero_creation_time_is_written_up_to_v1_33_only(console):
    printed = console.ok("kubectl create namespace x --dry-run=client -o yaml")
    assert "creationTimestamp" not in printed
    assert "status: {}" in printed
