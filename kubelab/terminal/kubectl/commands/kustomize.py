"""kubectl kustomize (kubectl/pkg/cmd/kustomize/kustomize.go)."""

from __future__ import annotations

from kubelab.cluster.file_errors import FileError
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import ADVANCED, Command
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.kustomization import as_files, resources
from kubelab.terminal.kubectl.printers.yaml import to_yaml

_RESTRICTORS = ("LoadRestrictionsRootOnly", "LoadRestrictionsNone")


def run(call: Call) -> None:
    """Prints what a kustomization comes to."""
    if len(call.args) > 1:
        raise CommandError("specify one path to kustomization.yaml")
    restrictor = call.flags.text("load-restrictor")
    if restrictor not in _RESTRICTORS:
        raise CommandError(
            f"illegal flag value --load-restrictor {restrictor}; legal values: [{' '.join(_RESTRICTORS)}]"
        )
    found = resources(call, call.args[0] if call.args else ".", restricted=restrictor == _RESTRICTORS[0])
    text, output = "---\n".join(to_yaml(each.object) for each in found), call.flags.text("output")
    if not output:
        call.out(text)
        return
    path, files = call.ctx.path(output), call.ctx.files
    try:
        if not files.is_dir(path):
            files.write(path, text)
            return
        for name, part in as_files(found).items():
            files.write(f"{path}/{name}", part)
    except FileError as error:
        raise CommandError(f"open {output}: {error.reason.lower()}") from None


COMMAND = Command(
    path="kustomize",
    usage="kustomize DIR [flags]",
    short="Build a kustomization from a directory",
    run=run,
    group=ADVANCED,
    rank=50,
    long="""
Build the objects of a 'kustomization.yaml'. DIR is the directory that holds it, '.' unless it is given. Repositories
elsewhere are outside of the simulation.
""",
    examples="""
# The current directory
kubectl kustomize

# Some shared directory
kubectl kustomize /home/config/production
""",
    flags=(
        Flag("as-current-user", "bool", False, "Run functions as the current user. Functions are not simulated."),
        Flag("enable-alpha-plugins", "bool", False, "Run plugins that are programs. Not simulated."),
        Flag("enable-helm", "bool", False, "Inflate Helm charts. Not simulated."),
        Flag("env", "array", [], "Environment variables of functions", short="e"),
        Flag("helm-api-versions", "array", [], "API versions to tell Helm"),
        Flag("helm-command", "string", "helm", "The helm command"),
        Flag("helm-debug", "bool", False, "Let Helm say more"),
        Flag("helm-kube-version", "string", "", "Kubernetes version to tell Helm"),
        Flag("load-restrictor", "string", "LoadRestrictionsRootOnly", "Whether files above the directory may be read"),
        Flag("mount", "array", [], "Mounts of functions"),
        Flag("network", "bool", False, "Give functions the network. Functions are not simulated."),
        Flag("network-name", "string", "bridge", "The network of functions"),
        Flag("output", "string", "", "A file for the output instead of standard output", short="o"),
    ),
)
