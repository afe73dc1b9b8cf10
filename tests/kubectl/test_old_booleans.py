"""Words that were booleans in YAML 1.1 (y, yes, on, off): in manifests and kubeconfigs; against real kubectl."""

from tests.kubectl.filed_duel import FiledDuel

CONFIG = "apiVersion: v1\nkind: Config\n"
FILES = {
    "current.yaml": f"{CONFIG}current-context: y\ncontexts: [{{name: 'y', context: {{cluster: a, user: b}}}}]\n",
    "skips.yaml": f"{CONFIG}clusters: [{{name: a, cluster: {{server: http://x, insecure-skip-tls-verify: yes}}}}]\n",
    "skip.yaml": f"{CONFIG}clusters: [{{name: a, cluster: {{server: http://x, insecure-skip-tls-verify: y}}}}]\n",
    "token.yaml": f"{CONFIG}users: [{{name: a, user: {{token: on}}}}]\n",
    "named.yaml": f"{CONFIG}users: [{{name: no, user: {{token: x}}}}]\n",
    "quoted.yaml": f"{CONFIG}contexts: [{{name: 'yes', context: {{cluster: a, user: b, namespace: 'n'}}}}]\n",
    "list.yaml": f"{CONFIG}users: x\n",
    "flow.yaml": "{apiVersion: v1, kind: ConfigMap, metadata: {name: b}, data: {a: y, b: 'n'}}",
    "block.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\ndata:\n  a: y\n  b: on\n",
    "keys.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\nimmutable: yes\n"
    "data: {a: 'y', n: 'off', 'on': x}\n",
}
LINES = """
config view --kubeconfig=current.yaml
config get-contexts --kubeconfig=current.yaml
config view --kubeconfig=skips.yaml
config view --kubeconfig=skip.yaml
config view --kubeconfig=token.yaml --raw
config view --kubeconfig=named.yaml
config view --kubeconfig=list.yaml
config use-context yes --kubeconfig=quoted.yaml
config set-context on --kubeconfig=quoted.yaml --namespace=off
config view --kubeconfig=quoted.yaml
create -f flow.yaml --dry-run=client -o yaml
apply -f flow.yaml
create -f block.yaml
create -f keys.yaml --dry-run=client -o json
replace -f block.yaml
replace -f keys.yaml
"""


def test_they_are_booleans_where_they_are_to_real_kubectl():
    duel = FiledDuel(FILES, version="1.33")
    try:
        duel.all_same(LINES)
    finally:
        duel.close()
