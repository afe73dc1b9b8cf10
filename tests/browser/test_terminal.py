"""The terminal under a learner's fingers."""

import time

LONG = "for i in $(seq 400); do echo line $i; done"


def test_tab_history_and_control_keys_work_as_in_a_shell(learner):
    learner.types("kubectl get no")
    learner.presses("Tab")
    learner.types("worker-1 -o na")
    learner.presses("Tab")
    learner.line_is("kubectl get nodes worker-1 -o name")
    learner.presses("Enter")
    learner.sees("\nnode/worker-1")
    learner.presses("ArrowUp", "Home")
    learner.types("k")
    learner.presses("Delete")
    learner.types("u")
    learner.presses("Delete")
    learner.line_is("kubectl get nodes worker-1 -o name")
    learner.presses("Control+c")
    learner.presses("Control+r")
    learner.types("get no")
    learner.sees("(reverse-i-search)`get no'")
    learner.presses("Enter")
    learner.line_is("")
    assert learner.screen().count("\nnode/worker-1") == 2
    learner.types("rubbish")
    learner.presses("Control+u")
    learner.line_is("")


def test_watching_ends_with_control_c(learner):
    learner.enters("kubectl get pods -w")
    learner.page.locator("cluster-map").wait_for()
    learner.presses("Control+c")
    learner.sees("^C")
    learner.enters("watch kubectl get nodes")
    learner.sees("Every 2.0s: kubectl get nodes", "worker-2")
    learner.presses("Control+c")
    learner.page.wait_for_function("() => !document.querySelector('lab-terminal').text.includes('Every 2.0s')")
    learner.enters("echo still $((6 * 7))")
    learner.sees("still 42")


def test_several_lines_pasted_are_run_one_after_another(learner):
    learner.types("")
    learner.page.evaluate(
        """text => {
            const data = new DataTransfer();
            data.setData("text/plain", text);
            const event = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
            document.querySelector("lab-terminal textarea").dispatchEvent(event);
        }""",
        "kubectl create configmap one\nkubectl create configmap two\ncat <<END\nlast\nEND\n",
    )
    learner.presses("Enter")
    learner.sees("configmap/one created", "configmap/two created", "\nlast")


def test_a_long_output_comes_whole_and_soon(learner):
    begin = time.monotonic()
    learner.enters(LONG)
    learner.sees("\nline 400")
    learner.line_is("")
    assert time.monotonic() - begin < 5
    lines = [line for line in learner.screen().splitlines() if line.startswith("line ")]
    assert lines == [f"line {i}" for i in range(1, 401)]


def test_a_shell_in_a_container(learner):
    learner.enters("kubectl run web --image=nginx && kubectl wait --for=condition=Ready pod/web")
    learner.sees("pod/web condition met")
    learner.enters("kubectl exec -it web -- bash")
    learner.sees("root@web:/#")
    learner.enters("hostname > /tmp/name; cat /tmp/name")
    learner.sees("\nweb\n")
    learner.enters("exit")
    learner.line_is("")
