"""Small servers of tutorials: hello-app, http-echo, agnhost, echoserver, whoami, podinfo and their like."""

from __future__ import annotations

from kubelab.cluster.node.image import Image, any_tag
from kubelab.cluster.node.images.tags import releases
from kubelab.cluster.node.programs.echo import (
    Agnhost,
    Bootcamp,
    EchoServer,
    HelloApp,
    HttpEcho,
    NginxHello,
    Podinfo,
    Whoami,
)

HELLO, ECHO, AGNHOST, SERVER, WHOAMI = HelloApp(), HttpEcho(), Agnhost(), EchoServer(), Whoami()


def _echo_version(tag: str) -> str | None:
    if tag in ("latest", "1.0", "1.0.0", "1", "alpine"):
        return "1.0.0"
    return "0.2.3" if tag.startswith("0.2") else None


def _hello(repository: str) -> Image:
    versions = releases({"1.0": 0, "2.0": 0}, latest="1.0.0", names={"1.0": "1.0.0", "2.0": "2.0.0"})
    return Image(
        repository=repository, version=versions, size=12.0, entrypoint=("/hello-app",), programs={"hello-app": HELLO}
    )


IMAGES = [
    _hello("gcr.io/google-samples/hello-app"),
    _hello("us-docker.pkg.dev/google-samples/containers/gke/hello-app"),
    Image(
        repository="docker.io/hashicorp/http-echo",
        version=_echo_version,
        size=4.0,
        user="65532",
        entrypoint=("/http-echo",),
        programs={"http-echo": ECHO},
    ),
    *(
        Image(
            repository=repository,
            version=any_tag,
            size=53.0,
            entrypoint=("/agnhost",),
            cmd=("pause",),
            base="alpine",
            tools=("bash", "bridge", "curl", "dig", "host", "ip", "nc", "nslookup", "ss"),
            programs={"agnhost": AGNHOST},
        )
        for repository in ("registry.k8s.io/e2e-test-images/agnhost", "k8s.gcr.io/e2e-test-images/agnhost")
    ),
    *(
        Image(repository=repository, size=38.0, cmd=("/run.sh",), base="debian", programs={"run.sh": SERVER})
        for repository in ("registry.k8s.io/echoserver", "k8s.gcr.io/echoserver", "gcr.io/google_containers/echoserver")
    ),
    Image(repository="docker.io/kicbase/echo-server", size=4.6, cmd=("/bin/echo-server",),
          programs={"echo-server": SERVER}),
    Image(repository="docker.io/ealen/echo-server", size=45.0, cmd=("node",), programs={"node": EchoServer(80)}),
    Image(repository="docker.io/traefik/whoami", size=2.8, entrypoint=("/whoami",), programs={"whoami": WHOAMI}),
    Image(repository="docker.io/containous/whoami", size=2.8, entrypoint=("/whoami",), programs={"whoami": WHOAMI}),
    *(
        Image(repository=name, size=32.0, user="100", cmd=("./podinfo",), base="alpine",
              programs={"podinfo": Podinfo()})
        for name in ("docker.io/stefanprodan/podinfo", "ghcr.io/stefanprodan/podinfo")
    ),
    Image(repository="docker.io/nginxdemos/hello", size=18.0, cmd=("nginx",), base="alpine",
          stop_signal="SIGQUIT", programs={"nginx": NginxHello()}),
    *(
        Image(
            repository=name,
            version=lambda tag: tag if tag in ("v1", "v2", "latest") else None,
            size=83.0,
            cmd=("node", "server.js"),
            base="debian",
            tools=("curl",),
            programs={"node": Bootcamp()},
        )
        for name in (
            "gcr.io/google-samples/kubernetes-bootcamp",
            "gcr.io/k8s-minikube/kubernetes-bootcamp",
            "docker.io/jocatalin/kubernetes-bootcamp",
        )
    ),
]  # fmt: skip
