"""The editor: it knows the fields, marks mistakes, applies, and serves commands that want an editor."""

from tests.browser.learner import Learner

CHOICES_SETTLE = 100  # milliseconds for which CodeMirror takes no Enter, lest one meant for the text chooses
POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
  - name: web
    image: nginx
"""


def new_file(learner, name):
    learner.editor.get_by_role("button", name="New file").first.click()
    learner.editor.get_by_label("Name of the new file").fill(name)
    learner.presses("Enter")
    learner.expect(learner.editor.get_by_role("tab", name=name)).to_have_attribute("aria-selected", "true")


def write(learner, text):
    """Put a text at the end of the file in front, as if pasted."""
    learner.presses("Control+End")
    learner.page.keyboard.insert_text(text)


def test_lines_begin_where_one_means_to_write(learner):
    """Typed key by key, with Enter alone: no spaces, but a step back where a block ends."""
    new_file(learner, "typed.yaml")
    for line in (
        "apiVersion: v1",
        "kind: Pod",
        "metadata:",
        "name: web",
        "<spec:",
        "containers:",
        "- name: web",
        "image: nginx",
    ):
        if line.startswith("<"):
            learner.presses("Backspace")
        learner.page.keyboard.type(line.removeprefix("<"), delay=5)
        learner.presses("Escape", "Enter")  # Escape closes the list of choices
    assert learner.file() == POD.replace("  - name: web\n    image", "    - name: web\n      image") + "      "


def test_a_manifest_is_written_with_the_editors_help_and_applied(learner):
    new_file(learner, "pod.yaml")
    write(learner, POD.partition("ainers")[0])
    learner.presses("Control+Space")
    choices = learner.page.locator(".cm-tooltip-autocomplete")
    learner.expect(choices).to_contain_text("containers")
    learner.page.wait_for_timeout(CHOICES_SETTLE)
    learner.presses("Enter")
    assert "  containers:" in learner.file()
    learner.presses("Control+a", "Delete")
    write(learner, POD.replace("image", "imag"))
    problems = learner.editor.locator(".editor-problems")
    learner.expect(problems).not_to_have_text("No problems")
    problems.click()
    learner.expect(learner.page.locator(".cm-diagnostic").first).to_contain_text("imag")
    learner.presses("Control+a", "Delete")
    write(learner, POD)
    learner.expect(problems).to_have_text("No problems")
    learner.editor.locator(".cm-line", has_text="containers").locator("span").first.hover()
    learner.expect(learner.page.locator(".cm-tooltip-hover")).to_contain_text("List of containers belonging to the pod")
    learner.button("Apply").click()
    learner.sees("kubectl apply -f pod.yaml", "pod/web created")
    learner.enters("cat pod.yaml")
    learner.sees("\n    image: nginx")
    learner.page.reload()
    learner.expect(learner.editor.get_by_role("tab", name="pod.yaml")).to_have_attribute("aria-selected", "true")
    learner.expect(learner.editor).to_contain_text("image: nginx")


def test_kubectl_edit_opens_the_editor_and_goes_on_when_it_is_saved(learner):
    learner.enters("kubectl create configmap colour --from-literal=sky=blue")
    learner.sees("configmap/colour created")
    learner.enters("kubectl edit configmap colour")
    learner.expect(learner.editor).to_contain_text("The terminal is waiting for you.")
    line = learner.editor.locator(".cm-line", has_text="sky: blue")
    line.click()
    learner.presses("End", *["Backspace"] * 4)
    learner.page.keyboard.type("grey")
    learner.button("Save and close").click()
    learner.sees("configmap/colour edited")
    learner.expect(learner.editor).not_to_contain_text("The terminal is waiting for you.")
    # The terminal has the keys again.
    learner.page.keyboard.type("kubectl get configmap colour -o jsonpath='<{.data.sky}>'\n")
    learner.sees("<grey>")
    learner.enters("kubectl edit configmap colour")
    learner.button("Cancel").click()
    learner.sees("Edit cancelled, no changes made.")


def test_vi_opens_a_file_and_comes_back(learner):
    learner.enters("vi notes.txt")
    learner.expect(learner.editor.get_by_role("tab", name="notes.txt")).to_have_attribute("aria-selected", "true")
    learner.expect(learner.editor).to_contain_text("The terminal is waiting for you.")
    write(learner, "remember the milk")
    learner.presses("Control+s")
    learner.line_is("")
    learner.enters("cat notes.txt")
    learner.sees("\nremember the milk")


def test_an_editor_that_is_interrupted_lets_go_in_all_windows(learner):
    other = Learner(learner.page.context.new_page())
    other.page.goto("/playground/")
    other.is_live()
    learner.enters("vi notes.txt")
    for one in (learner, other):
        one.expect(one.editor).to_contain_text("The terminal is waiting for you.")
    learner.page.locator("lab-terminal .terminal-screen").click()
    learner.presses("Control+c")
    for one in (learner, other):
        one.expect(one.editor).not_to_contain_text("The terminal is waiting for you.")
    learner.line_is("")
