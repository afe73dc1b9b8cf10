"""Language runtimes: python, node, perl and others, which wait for a program to run."""

from __future__ import annotations

from kubelab.cluster.node.image import Image, Version
from kubelab.cluster.node.images.entrypoint import unless_given
from kubelab.cluster.node.images.tags import releases

PYTHON = {"3.8": 20, "3.9": 25, "3.10": 19, "3.11": 14, "3.12": 12, "3.13": 12, "3.14": 3}
NODE = {
    "16": 0,
    "18": 20,
    "20": 20,
    "22": 22,
    "24": 13,
    "25": 6,
    "18.20": 8,
    "20.20": 0,
    "22.22": 0,
    "24.13": 0,
    "25.6": 0,
}
VARIANTS = ("slim", "alpine", "trixie", "bookworm", "bullseye", "buster")


def _python(version: str) -> dict[str, str]:
    return {"LANG": "C.UTF-8", "PYTHON_VERSION": version}


def _whole(version: str) -> str:
    """Returns a version with its patch: "20.20.0" for "20.20"."""
    return version if version.count(".") > 1 else f"{version}.0"


def _runtime(
    name: str,
    command: str,
    version: Version,
    size: float,
    tools: tuple[str, ...],
    base: str = "debian",
    variable: str = "",
) -> Image:
    """Returns an image that tells its version in a variable of its environment."""
    return Image(
        repository=f"docker.io/library/{name}",
        version=version,
        size=size,
        cmd=(command,),
        base=base,
        tools=tools,
        env_of=(lambda version: {variable: _whole(version)}) if variable else None,
    )


IMAGES = [
    Image(
        repository="docker.io/library/python",
        version=releases(PYTHON, latest="3.14.3", variants=VARIANTS),
        size=410.0,
        cmd=("python3",),
        env_of=_python,
        base="debian",
        tools=("python", "python3", "pip", "pip3", "curl", "git"),
    ),
    Image(
        repository="docker.io/library/node",
        version=releases(NODE, latest="25.6.0", names={"lts": "24.13.0", "current": "25.6.0"}, variants=VARIANTS),
        size=400.0,
        entrypoint=("docker-entrypoint.sh",),
        cmd=("node",),
        env_of=lambda version: {"NODE_VERSION": _whole(version)},
        base="debian",
        tools=("node", "npm", "npx", "yarn", "curl"),
        files=lambda version: {"/usr/local/bin/docker-entrypoint.sh": unless_given("node")},
    ),
    _runtime(
        "perl",
        "perl5",
        releases({"5.34": 3, "5.36": 3, "5.38": 5, "5.40": 3, "5.42": 0}, latest="5.42.0", variants=VARIANTS),
        350.0,
        ("perl", "perl5"),
    ),
    _runtime(
        "golang",
        "bash",
        releases({"1.22": 12, "1.23": 12, "1.24": 13, "1.25": 7, "1.26": 0}, latest="1.26.0", variants=VARIANTS),
        300.0,
        ("go", "git", "curl"),
        variable="GOLANG_VERSION",
    ),
    _runtime(
        "ruby",
        "irb",
        releases({"3.2": 10, "3.3": 10, "3.4": 8, "4.0": 1}, latest="4.0.1", variants=VARIANTS),
        370.0,
        ("ruby", "irb", "gem"),
        variable="RUBY_VERSION",
    ),
    _runtime(
        "eclipse-temurin",
        "jshell",
        releases(
            {"8": 0, "11": 0, "17": 0, "21": 0, "25": 0}, latest="25.0", variants=("jdk", "jre", "noble", "alpine")
        ),
        230.0,
        ("java", "javac", "jshell"),
        "ubuntu",
    ),
]
