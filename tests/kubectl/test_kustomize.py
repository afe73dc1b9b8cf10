"""kubectl kustomize and -k, against real kubectl."""

import pytest

from tests.kubectl.filed_duel import FiledDuel

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: c
        image: nginx:1.25
        envFrom: [{configMapRef: {name: conf}}]
        env: [{name: P, valueFrom: {secretKeyRef: {name: sec, key: pw}}}]
      volumes: [{name: v, configMap: {name: envs}}]
"""
BASE = """
resources: [d.yaml, svc.yaml]
namespace: ns1
namePrefix: pre-
nameSuffix: -suf
commonLabels: {team: x}
commonAnnotations: {note: hi}
images: [{name: nginx, newTag: '1.29', newName: reg/nginx}]
replicas: [{name: web, count: 5}]
configMapGenerator:
- {name: conf, literals: [a=b, c=d], files: [f.txt, k=f.txt]}
- {name: envs, envs: [e.env]}
secretGenerator: [{name: sec, literals: [pw=x]}]
"""
OVERLAY = """
resources: [../base]
namePrefix: o-
labels:
- pairs: {env: prod}
- pairs: {tier: x}
  includeSelectors: true
patches:
- target: {kind: Deployment, name: web}
  patch: |-
    - op: replace
      path: /spec/replicas
      value: 9
- path: p.yaml
"""
RIGHTS = """
{apiVersion: v1, kind: ServiceAccount, metadata: {name: sa}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: rb}
roleRef: {kind: Role, name: r, apiGroup: rbac.authorization.k8s.io}
subjects: [{kind: ServiceAccount, name: sa, namespace: default}]
---
{apiVersion: v1, kind: Namespace, metadata: {name: zz}}
"""
OPTIONS = """
resources: [a.yaml]
generatorOptions: {disableNameSuffixHash: true, labels: {g: h}}
configMapGenerator: [{name: c, literals: [a=b]}]
secretGenerator: [{name: s, literals: ['u=v'], options: {annotations: {q: r}}}]
"""
MERGE = """
resources: [../options]
configMapGenerator: [{name: c, behavior: merge, literals: [z=1]}]
"""
FILES = {
    "base/kustomization.yaml": BASE,
    "base/d.yaml": DEPLOYMENT,
    "base/svc.yaml": "{apiVersion: v1, kind: Service, metadata: {name: svc}, spec: {selector: {app: web}}}",
    "base/f.txt": "hello\n",
    "base/e.env": "A=1\nB=2\n",
    "over/kustomization.yaml": OVERLAY,
    "over/p.yaml": """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {spec: {containers: [{name: side, image: busybox}, {name: c, resources: {limits: {cpu: 1}}}]}}}
""",
    "rights/kustomization.yaml": "resources: [rights.yaml]\nnamespace: other\nnamePrefix: q-\n",
    "rights/rights.yaml": RIGHTS,
    "options/kustomization.yaml": OPTIONS,
    "options/a.yaml": "{apiVersion: v1, kind: ConfigMap, metadata: {name: zz}, data: {y: yes, t: 'true'}}",
    "merge/kustomization.yaml": MERGE,
    "missing/kustomization.yaml": "resources: [nope.yaml]\n",
    "unknown/kustomization.yaml": "foo: bar\n",
    "empty/readme": "x",
    "twice/kustomization.yaml": "resources: [a.yaml, a.yaml]\n",
    "twice/a.yaml": "{apiVersion: v1, kind: ConfigMap, metadata: {name: zz}}",
}
LINES = """
kustomize base
kustomize over
kustomize rights
kustomize options
kustomize merge
kustomize unknown
kustomize base over
apply -k options --dry-run=client
apply -k options
create -k options -o name --dry-run=client
delete -k options
apply -k base -f x
"""


@pytest.fixture(scope="module")
def duel():
    duel = FiledDuel(FILES)
    yield duel
    duel.close()


def test_lines_answer_as_real_kubectl_does(duel):
    duel.all_same(LINES)


@pytest.mark.parametrize("directory", ["missing", "empty", "twice", "nowhere"])
def test_what_is_missing_is_told_with_the_directory(duel, directory):
    real = duel.judge.kubectl(f"kustomize {directory}").stderr.replace(duel.judge.home.name, "/home/learner")
    assert duel.ours.fails(f"kubectl kustomize {directory}") == real


@pytest.mark.parametrize("field", ["components", "helmCharts", "replacements", "vars"])
def test_parts_that_are_not_simulated_are_named(console, field):
    console.write("kustomization.yaml", f"{field}: [x]\n")
    assert "not simulated" in console.fails("kubectl kustomize")
