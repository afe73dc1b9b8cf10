"""Images that take processor time and memory: polinux/stress, progrium/stress, vish/stress."""

from __future__ import annotations

from kubelab.cluster.node.image import Image
from kubelab.cluster.node.programs.stress import Stress, VishStress

STRESS, VISH = Stress(), VishStress()

IMAGES = [
    Image(
        repository="docker.io/polinux/stress", size=3.9, cmd=("/usr/local/bin/stress",), base="alpine",
        programs={"stress": STRESS},
    ),
    Image(
        repository="docker.io/progrium/stress", size=103.0, entrypoint=("/usr/bin/stress", "--verbose"), base="ubuntu",
        programs={"stress": STRESS},
    ),
    Image(
        repository="docker.io/vish/stress", size=1.4, entrypoint=("/stress", "-logtostderr"),
        programs={"stress": VISH},
    ),
]  # fmt: skip
