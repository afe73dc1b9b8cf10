"""Manifests that tests of changing commands read from files."""

WEB = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {a: b}}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: c
        image: nginx:1.25
        env: [{name: A, value: "1"}, {name: B, value: "2"}]
        ports: [{containerPort: 80}]
"""
CHANGED = (
    WEB.replace("nginx:1.25", "nginx:1.27")
    .replace(', {name: B, value: "2"}', ', {name: C, value: "<3>"}')
    .replace("replicas: 1", "replicas: 2")
)
OTHER_SELECTOR = WEB.replace("{app: web}", "{app: x}")
TYPING_ERROR = WEB.replace("replicas", "replica")
TWO = """
apiVersion: v1
kind: ConfigMap
metadata: {name: a}
data: {x: "1"}
---
apiVersion: v1
kind: Secret
metadata: {name: s}
stringData: {x: "1"}
"""
TWO_CHANGED = TWO.replace('{x: "1"}', '{z: "2"}', 1).replace('"1"', '"3"')
WRONG_LABEL = "kind: ConfigMap\napiVersion: v1\nmetadata: {name: a, labels: {x: true}}\n"
NAMELESS = "kind: ConfigMap\napiVersion: v1\nmetadata: {generateName: a-}\n"

FILES = {
    "web.yaml": WEB,
    "changed.yaml": CHANGED,
    "other.yaml": OTHER_SELECTOR,
    "typo.yaml": TYPING_ERROR,
    "two.yaml": TWO,
    "two-changed.yaml": TWO_CHANGED,
    "label.yaml": WRONG_LABEL,
    "nameless.yaml": NAMELESS,
    "flow.yaml": "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}",
    "broken.json": '{"apiVersion": "v1",\n "kind" "x"}',
    "cut.json": '{"apiVersion": "v1", ',
}
