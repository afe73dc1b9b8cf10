"""MetalLB's controller and speaker; what they do is the network's matter (network/metallb.py)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.node.image import Image, any_tag
from kubelab.cluster.node.programs.server import reply
from kubelab.cluster.node.programs.system import KubeProcess
from kubelab.cluster.sockets import HttpReply, HttpRequest

if TYPE_CHECKING:
    from kubelab.cluster.node.container import Container


class MetalLbProcess(KubeProcess):
    """One of the two; it is ready when its metrics can be read."""

    def _health(self, container: Container, request: HttpRequest) -> HttpReply:
        if request.path.partition("?")[0] == "/metrics":
            return reply(200, "# HELP metallb_allocator_addresses_total Number of usable IP addresses\n")
        return super()._health(container, request)


def _image(name: str, line: int) -> Image:
    said = (f"main.go:{line}] MetalLB {name} starting version {{version}}",)
    program = MetalLbProcess(name, (7472,), said, acts=False, secure=False)
    return Image(f"quay.io/metallb/{name}", any_tag, 28.0, entrypoint=(f"/{name}",), programs={name: program})


IMAGES = [_image("controller", 253), _image("speaker", 192)]
