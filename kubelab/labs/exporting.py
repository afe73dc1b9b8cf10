"""What learners get of their clusters when they export their data: the files of their homes, and the objects."""

from collections.abc import Iterator

import yaml

from kubelab.accounts import export
from kubelab.accounts.models import User
from kubelab.labs.keeping import reading
from kubelab.labs.models import Lab
from kubelab.labs.moments import files
from kubelab.labs.shell import kept_commands

RESERVED = "kube-"  # namespaces of the system's own


def clusters_of(user: User) -> Iterator[tuple[str, str]]:
    """Yield the files of somebody's clusters: homes, objects as YAML, what was typed last."""
    for lab in Lab.objects.filter(owner=user).order_by("pk"):
        folder = f"clusters/{lab.name}"
        with reading(lab.pk) as cluster:
            kept = [obj for _, obj in cluster.store.items("/registry/") if is_own(obj)]
            home = files(cluster)
        yield f"{folder}/objects.yaml", yaml.safe_dump_all(kept, sort_keys=False)
        for path, text in home.items():
            yield f"{folder}/home/{path}", text
        _, commands = kept_commands(lab.pk)
        if commands:
            yield f"{folder}/typed.txt", "".join(f"{line}\n" for line, _ in commands)


def is_own(obj: dict[str, object]) -> bool:
    """Tell whether an object is in a namespace that is not the system's."""
    metadata = obj.get("metadata")
    namespace = metadata.get("namespace", "") if isinstance(metadata, dict) else ""
    return bool(namespace) and not str(namespace).startswith(RESERVED)


export.parts.append(clusters_of)
