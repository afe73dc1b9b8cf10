"""Images that hold kubectl, for programs in Pods that work on their own cluster.

Source: hub.docker.com, bitnami/kubectl, alpine/k8s, rancher/kubectl; registry.k8s.io/kubectl.
"""

from __future__ import annotations

from kubelab.cluster.node.image import Image

BINARY = ("kubectl",)
SCRIPTING = ("kubectl", "curl", "jq", "bash")

IMAGES = [
    *(
        Image(repository=f"docker.io/{owner}/kubectl", size=60.0, entrypoint=BINARY, cmd=("--help",), user="1001",
              base="debian", tools=SCRIPTING)
        for owner in ("bitnami", "bitnamilegacy", "bitnamisecure")
    ),
    Image(repository="docker.io/alpine/k8s", size=190.0, cmd=("bash",), base="alpine", tools=SCRIPTING),
    Image(repository="docker.io/alpine/kubectl", size=32.0, entrypoint=BINARY, cmd=("help",), base="alpine",
          tools=SCRIPTING),
    Image(repository="docker.io/dtzar/helm-kubectl", size=70.0, cmd=("bash",), base="alpine", tools=SCRIPTING),
    Image(repository="docker.io/portainer/kubectl-shell", size=95.0, cmd=("bash",), base="alpine", tools=SCRIPTING),
    Image(repository="docker.io/lachlanevenson/k8s-kubectl", size=17.0, entrypoint=BINARY, cmd=("--help",),
          base="alpine", tools=BINARY),
    Image(repository="docker.io/rancher/kubectl", size=18.0, entrypoint=("/bin/kubectl",), cmd=("help",), user="1000",
          tools=BINARY),
    Image(repository="registry.k8s.io/kubectl", size=19.0, entrypoint=("/bin/kubectl",), user="65532", tools=BINARY),
]  # fmt: skip
