"""--record, deprecated and still in every old tutorial; against real kubectl."""

from tests.kubectl.filed_duel import FiledDuel
from tests.kubectl.workloads import POD, WEB

FILES = {
    "one.yaml": '{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {x: "1"}}',
    "ns.yaml": "{apiVersion: v1, kind: Namespace, metadata: {name: team}}",
}
LINES = """
set image deploy/web nginx=nginx:1.27 --record
get deploy web -o jsonpath={.metadata.annotations}
annotate pod p a=b --record
label pod p c=d --record=true --overwrite
get pod p -o jsonpath={.metadata.annotations}
scale deploy web --replicas=3 --record=true
get deploy web -o jsonpath={.metadata.annotations}
set resources deploy web --limits=cpu=1 --record
set serviceaccount deploy web default --record --dry-run=client -o jsonpath={.metadata.annotations}
set selector svc kubernetes a=b --record --dry-run=client -o jsonpath={.metadata.annotations}
set env deploy/web A=b --record
replace -f one.yaml --record
apply -f one.yaml --record
get cm a -o jsonpath={.metadata.annotations}
create -f ns.yaml --record
get ns team -o jsonpath={.metadata.annotations}
autoscale deploy web --max=3 --record
get hpa web -o jsonpath={.metadata.annotations}
expose pod p --port=80 --record --name=ex
get svc ex -o jsonpath={.metadata.annotations}
run rr --image=nginx --record
get pod rr -o jsonpath={.metadata.annotations}
patch deploy web --record -p '{"metadata":{"labels":{"z":"1"}}}'
get deploy web -o jsonpath={.metadata.annotations}
delete pod p -o yaml
delete pod rr -i --dry-run=client
"""


def test_the_command_is_kept_as_the_cause_of_a_change():
    duel = FiledDuel(FILES, WEB, POD, version="1.33")
    try:
        duel.all_same(LINES)
    finally:
        duel.close()
