"""kubectl kustomize and -k, against real kubectl. The kustomizations are in kustomizations.yaml."""

from pathlib import Path

import pytest
import yaml

from tests.kubectl.duel import plain
from tests.kubectl.filed_duel import FiledDuel

GIVEN = yaml.safe_load(Path(__file__).with_name("kustomizations.yaml").read_text())
CASES = {
    name: {**(GIVEN["shared"] if case.get("shared") else {}), **{p: t for p, t in case.items() if p != "shared"}}
    for name, case in GIVEN["cases"].items()
}
FILES = {f"{name}/{path}": text for name, case in CASES.items() for path, text in case.items()}
MANY = """
{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: d, namespace: ns}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: ns}}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: "A:b"}}
"""
APPLIED = """
kustomize generators generators
kustomize --load-restrictor=foo
kustomize missing
kustomize generators --enable-helm --enable-alpha-plugins --network --as-current-user
kustomize generators/g.yaml
kustomize ns2 -o dir
kustomize ns2 -o file.yaml
apply -k generators --dry-run=client
apply -k generators
create -k generators -o name --dry-run=client
get -k generators -o name
delete -k generators
apply -k generators -f x
"""


@pytest.fixture(scope="module")
def duel():
    files = {path: text for path, text in FILES.items() if "/../" not in path}
    more = {"outside/out.txt": "x", "dir/x": "", "ns2/a.yaml": MANY, "ns2/kustomization.yaml": "resources: [a.yaml]\n"}
    duel = FiledDuel(files | more, version="1.33")
    yield duel
    duel.close()


def test_kustomizations_are_built_or_refused_as_real_kubectl_does(duel):
    different = []
    for name in CASES:
        real, ours = duel.judge.kubectl(f"kustomize {name}"), duel.ours.run(f"kubectl kustomize {name}")
        errors = plain(real.stderr).replace(duel.judge.home.name, "/home/learner")
        if (errors, real.stdout, real.returncode) != (plain(ours.stderr), ours.stdout, ours.exit):
            different.append(f"{name}\n{errors}{real.stdout}--- ours:\n{ours.stderr}{ours.stdout}")
    assert not different, "\n".join(different)


def test_k_means_what_a_kustomization_comes_to(duel):
    duel.all_same(APPLIED)
    home = Path(duel.judge.home.name)
    for name in ("file.yaml", *sorted(f"dir/{path.name}" for path in (home / "dir").iterdir())):
        assert duel.ours.read(name) == (home / name).read_text(), name


@pytest.mark.parametrize("part", ["crds: [x]", "helmCharts: [{name: x}]"])
def test_parts_that_are_not_simulated_are_refused(console, part):
    console.write("x", "{}")
    console.write("kustomization.yaml", f"{part}\n")
    assert console.run("kubectl kustomize").exit == 1
