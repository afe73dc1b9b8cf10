"""--raw of get, create, replace and delete, against real kubectl."""

from tests.kubectl.filed_duel import FiledDuel

FILES = {"ns.json": '{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"rawns"}}'}
LINES = """
create --raw /api/v1/namespaces -f ns.json
create --raw /api/v1/namespaces -f ns.json
create --raw /api/v1/namespaces -f nope.json
create --raw /api/v1/namespaces -f ns.json -f ns.json
create --raw /api/v1/namespaces -f http://x/y
create --raw /api/v1/namespaces -f ns.json --edit
create --raw /api/v1/namespaces -f ns.json -o yaml
create --raw /api/v1/namespaces -f ns.json -R
create --raw /api/v1/namespaces -f ns.json -l a=b
create --raw api -f ns.json
create --raw /api/v1/namespaces
replace --raw /api/v1/namespaces/rawns -f ns.json
replace --raw /api/v1/namespaces/nope -f ns.json
replace --raw /api/v1/namespaces/rawns
replace --raw /foo -f ns.json
delete --raw /api/v1/namespaces/nope
delete --raw /api/v1/namespaces/default/configmaps/kube-root-ca.crt -o name
delete --raw x
delete --raw /foo
get --raw /api/v1/nodes?limit=1 -o yaml
get nodes --raw /version
get --raw /version -w
get --raw /version -l a=b
"""


def test_paths_are_asked_as_real_kubectl_asks_them():
    duel = FiledDuel(FILES)
    try:
        duel.all_same(LINES)
    finally:
        duel.close()
