"""What nodes tell of themselves: the kernel's log, disks, names; usage of containers; units that are masked.

Source: dmesg(1), lsblk(8), hostnamectl(1), systemctl(1); cri-tools, cmd/crictl/stats.go.
"""

HOG = """
apiVersion: v1
kind: Pod
metadata: {name: hog}
spec:
  nodeName: worker-1
  containers:
  - name: hog
    image: polinux/stress
    command: [stress, --vm, "1", --vm-bytes, 250M, --vm-hang, "1"]
    resources: {limits: {memory: 100Mi}, requests: {memory: 50Mi}}
"""


def test_the_kernel_tells_whom_it_killed_for_want_of_memory(console):
    console.apply(HOG)
    console.advance(8)
    log = console.ok("ssh worker-1 dmesg")
    assert log.startswith("[    0.000000] Linux version 6.8.0-88-generic ")
    assert "Memory cgroup out of memory: Killed process" in log and "(stress) total-vm:204800kB" in log
    assert "oom_score_adj:988" in log  # a Burstable Pod that asks for a hundredth of the machine's memory
    assert "oom-kill:constraint=CONSTRAINT_MEMCG" in console.ok("ssh worker-1 journalctl -k | grep kernel:")
    assert "oom-kill" not in console.ok("ssh worker-2 dmesg")


def test_crictl_tells_what_containers_use(console):
    rows = console.ok("ssh worker-1 crictl stats").splitlines()
    assert rows[0].split() == ["CONTAINER", "NAME", "CPU", "%", "MEM", "DISK", "INODES", "SWAP"]
    assert {row.split()[1] for row in rows[1:]} == {"kube-flannel", "kube-proxy"}
    one = rows[1].split()[0]
    assert len(console.ok(f"ssh worker-1 crictl stats {one}").splitlines()) == 2
    assert "not found" in console.fails("ssh worker-1 crictl stats abc")
    assert "KubeLab does not simulate crictl events" in console.fails("ssh worker-1 crictl events")


def test_a_masked_unit_is_not_started_by_anybody(console):
    assert "→ /dev/null" in console.run("ssh worker-1 systemctl mask --now kubelet").stderr
    assert console.run("ssh worker-1 systemctl is-enabled kubelet").stdout == "masked\n"
    assert "Unit kubelet.service is masked." in console.fails("ssh worker-1 systemctl start kubelet")
    console.run("ssh worker-1 reboot")
    console.advance(90)
    assert " NotReady " in console.ok("kubectl get node worker-1 --no-headers")
    assert (
        console.run("ssh worker-1 systemctl unmask kubelet").stderr
        == 'Removed "/etc/systemd/system/kubelet.service".\n'
    )
    console.ok("ssh worker-1 systemctl start kubelet")
    console.advance(10)
    assert " Ready " in console.ok("kubectl get node worker-1 --no-headers")


def test_a_node_tells_its_name_its_system_and_its_disk(console):
    told = console.ok("ssh worker-1 hostnamectl")
    assert "Static hostname: worker-1" in told and "Operating System: Ubuntu 24.04.3 LTS" in told
    machine = told.partition("Machine ID: ")[2].splitlines()[0]
    assert machine == console.ok("kubectl get node worker-1 -o jsonpath={.status.nodeInfo.machineID}")
    assert "sda1   8:1    0  40G  0 part /" in console.ok("ssh worker-1 lsblk")
    assert "this program is not simulated in KubeLab" in console.fails("ssh worker-1 lscpu")
