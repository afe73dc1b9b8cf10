"""kubeadm upgrade plan, apply and node. Source: cmd/kubeadm/app/cmd/{upgrade,phases/upgrade}, phases/upgrade; v1.36."""

from __future__ import annotations

from collections.abc import Generator
from datetime import UTC, datetime
from typing import Any

from kubelab.cluster.klog import klog
from kubelab.cluster.kubeadm import configuration, upgrade
from kubelab.cluster.node import cri, disk, registry
from kubelab.cluster.node.pulling import BANDWIDTH
from kubelab.cluster.releases import release_of
from kubelab.terminal.tool import Poll, Sleep, Steps, Wait
from kubelab.terminal.tools import kubeadm_plan
from kubelab.terminal.tools.kubeadm_call import Call
from kubelab.terminal.tools.kubeadm_config import wanted_images

TIMEOUT = 300.0  # seconds that a component has to come up with its new manifest
CONFIG = 'Reading configuration from the "kubeadm-config" ConfigMap in namespace "kube-system"...'
REUPLOAD = "Use 'kubeadm init phase upload-config kubeadm --config your-config-file' to re-upload it."
ADMIN_CONF = '"/etc/kubernetes/admin.conf"'
UNANSWERED = "error execution phase preflight: won't proceed; the user didn't answer (Y|y) in order to continue"
CONTROL_PLANE = "[upgrade/control-plane] Upgrading your static Pod-hosted control plane to version"
WRITING = "[upgrade/staticpods] Writing new Static Pod manifests to"
MOVING = '[upgrade/staticpods] Moving new manifest to "{0}" and backing up old manifest to "{1}/{2}.yaml"'
RECOVERED = (
    "error execution phase control-plane: couldn't complete the static pod upgrade: couldn't upgrade control plane. "
    "kubeadm has tried to recover everything into the earlier state. Errors faced"
)
TEMPORARY = (
    "postupgrade.go:105] Using temporary directory {} for kubelet config. To override it set the environment variable "
    "KUBEADM_UPGRADE_DRYRUN_DIR"
)
PATCHED = '[patches] Applied patch of type "application/strategic-merge-patch+json" to target "kubeletconfiguration"'
UPLOADED = (
    '[upload-config] Storing the configuration used in ConfigMap "kubeadm-config" in the "kube-system" Namespace',
    '[kubelet] Creating a ConfigMap "kubelet-config" in namespace kube-system with the configuration for the kubelets '
    "in the cluster",
)
Phase = Generator[Wait, Any, None]


def plan(call: Call) -> Steps:
    """Says what could be upgraded to what."""
    yield from ()
    kubeadm_plan.tell(call, read_configuration(call, "[preflight] Running pre-flight checks.", "/config"))
    return 0


def apply(call: Call) -> Steps:
    """Upgrades the control plane on the node where it runs, and the add-ons."""
    for phase in call.ctx.each((_check, _confirm, _pull, _control_plane, _after), "phase"):
        call.begin(f"-{phase.__name__}")
        yield from phase(call)
    return 0


def node(call: Call) -> Steps:
    """Upgrades what is on a node: its control plane where it has one, and the kubelet's configuration."""
    phases = (
        (_check_node, _pull, _control_plane, _after_node) if _is_control_plane(call) else (_check_node, _after_node)
    )
    for phase in call.ctx.each(phases, "phase"):
        call.begin(f"-{phase.__name__}")
        yield from phase(call)
    return 0


def _is_control_plane(call: Call) -> bool:
    return disk.is_control_plane(call.record)


def read_configuration(call: Call, before: str, where: str = "") -> str:
    """Reads kubeadm-config; returns the cluster's version in it.

    Raises:
        Exit: the API does not answer, or there is nothing to be read.
    """
    _as_root(call)
    if before:
        call.say(before)
    if not call.ctx.files.is_file("/etc/kubernetes/admin.conf") and not (where == "node"):
        raise call.fail(
            f"couldn't create a Kubernetes client from file {ADMIN_CONF}: failed to load admin kubeconfig: "
            "open /etc/kubernetes/admin.conf: no such file or directory"
        )
    mark = "" if where == "node" else where
    call.say(f"[upgrade{mark}] {CONFIG}")
    if not call.cluster.processes.serve_api:
        path = "/api/v1/namespaces/kube-system/configmaps/kubeadm-config"
        raise call.fail(f"[upgrade/init config] FATAL: failed to get config map: {call.refused(path)}")
    found = configuration.read(call.cluster)
    if found is None or "kubernetesVersion" not in found:
        raise call.fail('[upgrade/init config] FATAL: failed to get config map: configmaps "kubeadm-config" not found')
    call.say(f"[upgrade{mark}] {REUPLOAD}")
    return str(found["kubernetesVersion"])


def _as_root(call: Call) -> None:
    if call.ctx.user != "root":
        call.preflight([("IsPrivilegedUser", "user is not running as root")])


def _check(call: Call) -> Phase:
    yield from ()
    if "to" in call.state:
        return
    read_configuration(call, "")
    call.say("[upgrade/preflight] Running preflight checks")
    kubeadm_plan.healthy(call)
    wanted = call.words[0] if call.words else ""
    if not wanted:
        raise call.fail("missing one or more required arguments. Required arguments: [version]")
    wanted = f"v{wanted.removeprefix('v')}"
    if wanted.count(".") == 1 and wanted.split(".")[1].isdigit():
        wanted = release_of(wanted.removeprefix("v"))
    if wanted.count(".") != 2 or not all(part.isdigit() for part in wanted.removeprefix("v").split(".")):
        raise call.fail(f'couldn\'t parse kubernetes version "{call.words[0]}"')
    current = release_of(call.cluster.version)
    call.say(f'[upgrade/preflight] You have chosen to upgrade the cluster version to "{wanted}"')
    call.say(f"[upgrade/versions] Cluster version: {current}")
    call.say(f"[upgrade/versions] kubeadm version: {call.release}")
    _enforce(call, *upgrade.policy_errors(call.cluster, wanted, current, call.release))
    call.state["to"] = wanted


def _enforce(call: Call, mandatory: list[str], skippable: list[str]) -> None:
    if mandatory:
        shown = "".join(f"\t- {error}\n" for error in mandatory)
        raise call.fail(
            f"error execution phase preflight: the version argument is invalid due to these fatal errors:\n\n{shown}\n"
            "Please fix the misalignments highlighted above and try upgrading again"
        )
    shown = "".join(f"\t- {error}\n" for error in skippable)
    if skippable and not call.flag("force", "-f"):
        raise call.fail(
            f"error execution phase preflight: the version argument is invalid due to these errors:\n\n{shown}\n"
            "Can be bypassed if you pass the --force flag"
        )
    if skippable:
        call.say(
            f"[upgrade/preflight] Found {len(skippable)} potential version compatibility errors but skipping since the "
            f"--force flag is set: \n\n{shown}"
        )


def _confirm(call: Call) -> Phase:
    if call.flag("yes", "-y") or call.flag("force", "-f") or call.flag("dry-run"):
        return
    if "asked" not in call.state:
        call.ctx.write("[upgrade] Are you sure you want to proceed? [y/N]: ")
        call.state["asked"] = True
    answer = yield from call.ctx.line()
    if (answer or "").strip().lower() not in ("y", "yes"):
        raise call.fail(UNANSWERED)


def _pull(call: Call) -> Phase:
    """Pulls the images that the node does not have yet."""
    call.say("[upgrade/preflight] Pulling images required for setting up a Kubernetes cluster")
    call.say("[upgrade/preflight] This might take a minute or two, depending on the speed of your internet connection")
    call.say("[upgrade/preflight] You can also perform this action beforehand using 'kubeadm config images pull'")
    here = cri.images(call.cluster, call.node)
    missing, problems = [], []
    for name in wanted_images(call.state["to"]):
        try:
            resolved = registry.resolve(name)
        except registry.PullError as error:
            problems.append(("ImagePull", f"failed to pull image {name}: {error}"))
            continue
        if not here.has(str(resolved.reference)):
            missing.append(resolved)
    call.preflight(problems)
    size = sum(resolved.size for resolved in missing)
    until = call.state.setdefault("pulled", call.ctx.now + size / 1e6 / BANDWIDTH)
    yield Sleep(until)
    for resolved in missing:
        cri.images(call.cluster, call.node).add(str(resolved.reference), resolved.image_id, resolved.size)


def _stamp(call: Call) -> str:
    began = call.state.setdefault("began", call.ctx.now)
    return datetime.fromtimestamp(began, UTC).strftime("%Y-%m-%d-%H-%M-%S")


def _control_plane(call: Call) -> Phase:
    """Replaces the manifests one after the other, and puts them back when a component does not come up."""
    to = call.state["to"]
    backup = f"{upgrade.TEMPORARY}/kubeadm-backup-manifests-{_stamp(call)}"
    random = call.cluster.random.index(4_000_000_000, "kubeadm", call.state["began"])
    call.say(f'{CONTROL_PLANE} "{to}" (timeout: 5m0s)...')
    call.say(f'{WRITING} "{upgrade.TEMPORARY}/kubeadm-upgraded-manifests{random}"')
    for index in call.ctx.each(range(len(upgrade.COMPONENTS)), "component"):
        call.begin(f"-component-{index}")
        yield from _component(call, upgrade.COMPONENTS[index], backup)
    call.begin("-control-plane-done")
    call.say("[upgrade/control-plane] The control plane instance for this node was successfully upgraded!")


def _component(call: Call, component: str, backup: str) -> Phase:
    cluster, machine, to = call.cluster, call.node, call.state["to"]
    call.say(f'[upgrade/staticpods] Preparing for "{component}" upgrade')
    if call.value("certificate-renewal", "true") != "false":
        for name in upgrade.RENEWED[component]:
            call.say(f"[upgrade/staticpods] Renewing {name} certificate")
    moved = call.state.setdefault("moved", {})
    if component not in moved:
        before = upgrade.mirror_hash(cluster, machine, component)
        for name in upgrade.RENEWED[component].values():
            upgrade.renew(cluster, machine, name)
        if not upgrade.replace_manifest(cluster, machine, component, to, backup):
            call.say(f"[upgrade/staticpods] Current and new manifests of {component} are equal, skipping upgrade")
            return
        moved[component] = [before, call.ctx.now]
    path = f"/etc/kubernetes/manifests/{component}.yaml"
    call.say(MOVING.format(path, backup, component))
    call.say("[upgrade/staticpods] Waiting for the kubelet to restart the component")
    call.say("[upgrade/staticpods] This can take up to 5m0s")
    before, since = moved[component]
    while not _is_renewed(call, component, before):
        if call.ctx.now >= since + TIMEOUT:
            _roll_back(call, component, backup)
        yield Poll(since + TIMEOUT)
    found = len(upgrade.control_planes(cluster))
    call.say(f"[apiclient] Found {found} Pods for label selector component={component}")
    call.say(f'[upgrade/staticpods] Component "{component}" upgraded successfully!')
    if component == "etcd":
        call.say("[upgrade/etcd] Waiting for etcd to become available")


def _is_renewed(call: Call, component: str, before: str) -> bool:
    """Tells whether the API shows a mirror Pod that was made by the new manifest, and runs."""
    now = upgrade.mirror_hash(call.cluster, call.node, component)
    return call.cluster.processes.serve_api and now not in ("", before)


def _roll_back(call: Call, component: str, backup: str) -> None:
    cluster, machine = call.cluster, call.node
    touched = [name for name in upgrade.COMPONENTS if name in call.state["moved"]]
    if component != "etcd":
        touched = [name for name in touched if name != "etcd"]  # one that was upgraded well stays
    answers = cluster.processes.serve_api
    upgrade.roll_back(cluster, machine, touched, backup)
    if answers:
        why = f"static Pod hash for component {component} on Node {machine} did not change after 5m0s"
        why += ": timed out waiting for the condition"
    else:
        path = f"/api/v1/namespaces/kube-system/pods/{component}-{machine}"
        why = f"failed to obtain static Pod hash for component {component} on Node {machine}: {call.refused(path)}"
    raise call.fail(f"{RECOVERED}: {why}")


# afterwards


def _configure_kubelet(call: Call) -> None:
    stamp = datetime.fromtimestamp(call.ctx.now, UTC).strftime("%Y-%m-%d-%H-%M-%S")
    folder = f"{upgrade.TEMPORARY}/kubeadm-kubelet-config-{stamp}"
    warning = klog(call.ctx.now, TEMPORARY.format(folder), 4127)
    call.ctx.error(f"W{warning[1:]}\n")
    call.say(f"[upgrade] Backing up kubelet config file to {folder}/config.yaml")
    call.say(PATCHED)
    call.say('[kubelet-start] Writing kubelet configuration to file "/var/lib/kubelet/config.yaml"')
    call.say("[upgrade/kubelet-config] The kubelet configuration for this node was successfully upgraded!")
    upgrade.configure_kubelet(call.cluster, call.node, folder)


def _after(call: Call) -> Phase:
    yield from ()
    cluster, to = call.cluster, call.state["to"]
    configuration.upload(cluster, to)
    for line in UPLOADED:
        call.say(line)
    call.say("[upgrade/kubeconfig] The kubeconfig files for this node were successfully upgraded!")
    for name in ("admin.conf", "super-admin.conf"):
        upgrade.renew(cluster, call.node, name)
    _configure_kubelet(call)
    call.say("[upgrade/bootstrap-token] Configuring bootstrap token and cluster-info RBAC rules")
    for what in (
        "to allow Node Bootstrap tokens to get nodes",
        "to allow Node Bootstrap tokens to post CSRs in order for nodes to get long term certificate credentials",
        "to allow the csrapprover controller automatically approve CSRs from a Node Bootstrap Token",
        "to allow certificate rotation for all node client certificates in the cluster",
    ):
        call.say(f"[bootstrap-token] Configured RBAC rules {what}")
    _apply_addons(call, to)
    call.say(f'\n[upgrade] SUCCESS! A control plane node of your cluster was upgraded to "{to}".')
    call.say("\n[upgrade] Now please proceed with upgrading the rest of the nodes by following the right order.")


def _apply_addons(call: Call, to: str) -> None:
    """Brings the add-ons along with the last control plane."""
    waiting = upgrade.behind(call.cluster, call.node, to)
    if waiting:
        for _phase in ("coredns", "kube-proxy"):
            call.say(
                f"[upgrade/addons] skip upgrade addons because control plane instances [{' '.join(waiting)}] have not "
                "been upgraded"
            )
        return
    upgrade.apply_addons(call.cluster, to)
    call.say("[addons] Applied essential addon: CoreDNS")
    call.say("[addons] Applied essential addon: kube-proxy")


def _check_node(call: Call) -> Phase:
    yield from ()
    call.state["to"] = read_configuration(call, "", "node")
    call.say("[upgrade/preflight] Running pre-flight checks")
    if not _is_control_plane(call):
        call.say("[upgrade/preflight] Skipping prepull. Not a control plane node.")
        call.say("[upgrade/control-plane] Skipping phase. Not a control plane node.")
        call.say("[upgrade/kubeconfig] Skipping phase. Not a control plane node.")


def _after_node(call: Call) -> Phase:
    yield from ()
    if _is_control_plane(call):
        call.say("[upgrade/kubeconfig] The kubeconfig files for this node were successfully upgraded!")
    _configure_kubelet(call)
    if not _is_control_plane(call):
        call.say("[upgrade/addon] Skipping the addon/coredns phase. Not a control plane node.")
        call.say("[upgrade/addon] Skipping the addon/kube-proxy phase. Not a control plane node.")
    else:
        _apply_addons(call, call.state["to"])
