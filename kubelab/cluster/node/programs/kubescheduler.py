"""kube-scheduler as a process: it reads its configuration file and ends where that is not right.

What it was told is kept for the scheduler that acts (schedulerconfig.py says where).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster import schedulerconfig
from kubelab.cluster.file_errors import FileError
from kubelab.cluster.node.program import Life
from kubelab.cluster.node.programs.server import flag
from kubelab.cluster.node.programs.system import KubeProcess
from kubelab.cluster.objects import Object
from kubelab.cluster.schedulerconfig import ConfigError

if TYPE_CHECKING:
    from kubelab.cluster.node.container import Container


class KubeScheduler(KubeProcess):
    """kube-scheduler with its `--config`."""

    def begin(self, container: Container) -> Life:
        """Ends at once when its command line or its configuration is wrong."""
        life = super().begin(container)
        if life.seconds is not None:
            return life
        try:
            config = self._config(container)
        except ConfigError as error:
            shown = str(error).replace('"', '\\"')
            container.state["mistake"] = f'run.go:72] "command failed" err="{shown}"'
            return Life(0.3, 1)
        container.cluster.store.put(schedulerconfig.RUNNING + container.node.name, {"config": config})
        return life

    def _config(self, container: Container) -> Object | None:
        """Returns what its configuration file says, None where it has none.

        Raises:
            ConfigError: if there is no such file in the container, or kube-scheduler refuses it.
        """
        path = flag(container.argv, "config")
        if not path:
            return None
        try:
            text = container.files.read(path)
        except FileError as error:
            raise ConfigError(f"open {path}: {error.reason.lower()}") from None
        return schedulerconfig.parse(text)
