"""The workstation that lines run on: what a learner finds there."""

POD = """
apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {containers: [{name: web, image: nginx}]}
"""


def test_kubectl_talks_to_the_cluster_as_its_administrator(console):
    assert console.ok("kubectl get nodes -o name").splitlines() == [
        "node/control-plane",
        "node/worker-1",
        "node/worker-2",
    ]


def test_k_is_kubectl(console):
    assert console.ok("k get nodes -o name") == console.ok("kubectl get nodes -o name")


def test_variables_and_the_directory_last_from_one_line_to_the_next(console):
    console.ok("greeting=hi; cd /tmp")
    assert console.ok("echo $greeting $PWD") == "hi /tmp\n"


def test_a_command_that_waits_lets_virtual_time_run_on(console):
    before = console.now
    assert console.ok("sleep 3600; echo done") == "done\n"
    assert console.now == before + 3600


def test_a_command_that_waits_for_ever_is_ended_and_says_so(console):
    result = console.run("kubectl get pods --watch", patience=60)
    assert result.exit == 130 and "KubeLab: ended this command" in result.stderr


def test_a_file_that_is_applied_becomes_an_object(console):
    console.write("pod.yaml", POD)
    console.ok("kubectl create -f pod.yaml")
    console.advance(20)
    assert "web    1/1     Running" in console.ok("kubectl get pods")


def test_standard_input_reaches_the_command(console):
    assert console.ok("kubectl create -f -", POD) == "pod/web created\n"


def test_exit_ends_the_shell_and_another_begins(console):
    assert console.run("exit 3").exit == 3
    assert console.ok("echo $?") == "0\n"


def test_the_kubeconfig_is_kept_as_a_file_that_one_can_break(console):
    console.ok("echo > .kube/config")
    assert "was refused" in console.fails("kubectl get nodes")


def test_a_bashrc_that_ends_the_shell_or_talks_is_no_matter(console):
    console.ok("echo 'echo welcome' >> .bashrc")
    assert console.run("exit").exit == 0
    assert console.ok("echo line") == "line\n"
    console.ok("echo exit 3 >> .bashrc")
    console.run("exit")
    assert console.ok("echo line") == "line\n"
