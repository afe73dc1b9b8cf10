"""Real kubectl over the gateway and the lab's own kubectl say the same of one cluster: what there is, who one is."""

import re

from kubelab.labs.keeping import act_on
from kubelab.labs.shell import Shell
from tests.gateway.conftest import furnish

LINES = """
api-resources -o wide
api-resources --verbs=list,get --namespaced=false --sort-by=kind -o name
api-versions
explain hpa --api-version=autoscaling/v1 --recursive
explain deployment.spec.strategy
explain cronjob.spec.nope
auth whoami
auth whoami -o yaml
auth can-i --list
auth can-i --list --as=system:serviceaccount:default:default
auth can-i create pods --subresource=exec --as=jane
auth can-i get /healthz
get hpa
get horizontalpodautoscalers.v1.autoscaling web -o yaml
get events.v1.events.k8s.io
get --raw /version
get --raw /api/v1/namespaces/default
get --raw /healthz
get --raw /nothing/here
"""
PASSING = re.compile(r"\b\d+[smh](\d+s)?\b")


def test_real_kubectl_and_the_terminals_agree(kubectl, lab):
    furnish(
        lab,
        "kubectl create deployment web --image=nginx:1.27",
        "kubectl autoscale deployment web --max=4 --cpu-percent=70",
    )
    with act_on(lab.pk) as act:
        act.lab.paused = True  # so that both are asked of the same moment
        act.touch("paused")
    shell = Shell(lab.pk, (200, 50))
    for line in LINES.strip().splitlines():
        process = kubectl.start(line)
        out, err = process.communicate(timeout=30)
        with act_on(lab.pk) as act:
            shell.in_act(act)
            shell.type_line(act, f"kubectl {line} > said 2>&1; echo rc=$? >> said")
            shell.finish(act)
        shell.committed()
        with act_on(lab.pk) as act:
            typed = shell.read_file(act, "said")
        assert seen(typed) == seen(f"{out}{err}rc={process.returncode}\n"), line


def seen(text):
    """Its lines without ages, which also make columns wider."""
    return sorted(" ".join(PASSING.sub("AGE", line).split()) for line in text.splitlines())
