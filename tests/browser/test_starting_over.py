"""Reset: the cluster, the home and the screen as at the start."""


def test_a_reset_takes_everything_back(learner):
    learner.enters("kubectl run web --image=nginx; echo mine > notes.txt; vi notes.txt")
    learner.expect(learner.editor).to_contain_text("mine")
    learner.button("Save and close").click()
    learner.reads_in_map("web")
    learner.button("Reset").click()
    learner.button("Keep it").click()
    learner.reads_in_map("web")
    learner.button("Reset").click()
    learner.button("Reset the cluster").click()
    learner.reads_in_map("Pods: none")
    learner.expect(learner.editor).to_contain_text("No file is open")
    learner.line_is("")
    learner.enters("ls; kubectl get pods")
    learner.sees("No resources found in default namespace.")
    assert "notes.txt" not in learner.screen()
    learner.presses("ArrowUp", "ArrowUp")
    learner.line_is("ls; kubectl get pods")
