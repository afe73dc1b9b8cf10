"""kubectl edit: the page's editor, other editors, and what becomes of what was edited."""

import re

import pytest

from tests.kubectl.changing_files import TWO, WEB

COPY = re.compile(r'A copy of your changes has been stored to "(/tmp/kubectl-edit-\d+\.yaml)"')


@pytest.fixture
def web(console):
    """A Deployment, and a program that changes a word of the file it is given."""
    console.apply(WEB)
    console.write("swap", 'text=$(cat $3)\necho "${text//"$1"/"$2"}" > $3\n')
    return console


def edit(console, old, new, line="edit deploy web"):
    return console.run(f"KUBE_EDITOR='bash /home/learner/swap {old} {new}' kubectl {line}")


def test_what_was_changed_is_patched(web):
    result = edit(web, "nginx:1.25", "nginx:1.26")
    assert (result.stdout, result.stderr) == ("deployment.apps/web edited\n", "")
    assert web.get("deployment", "web")["spec"]["template"]["spec"]["containers"][0]["image"] == "nginx:1.26"
    assert not [name for name in web.files.listdir("/tmp") if name.startswith("kubectl-edit")]


def test_no_change_cancels(web):
    result = edit(web, "nothing", "something")
    assert (result.exit, result.stdout, result.stderr) == (0, "", "Edit cancelled, no changes made.\n")


def test_the_file_is_opened_again_with_the_servers_reasons(web):
    result = edit(web, '"replicas: 1"', '"replicas: -1"')
    assert result.exit == 1
    assert result.stderr.startswith('error: deployments.apps "web" is invalid\n')
    assert result.stderr.endswith("error: Edit cancelled, no valid changes were saved.\n")
    kept = web.read(COPY.search(result.stderr)[1])
    assert '# deployments.apps "web" was not valid:\n# * spec.replicas: ' in kept
    assert "replicas: -1" in kept


def test_the_name_cannot_be_changed(web):
    result = edit(web, '"  name: web"', '"  name: other"')
    assert result.exit == 1
    assert result.stderr.endswith("error: At least one of apiVersion, kind and name was changed\n")
    assert web.files.exists(COPY.search(result.stderr)[1])


def test_broken_yaml_is_told_in_the_file(web):
    result = edit(web, "spec:", "spec")
    assert result.stderr.endswith("error: Edit cancelled, no valid changes were saved.\n")
    assert 'Invalid value: "The edited file failed validation": yaml: line ' in web.read(COPY.search(result.stderr)[1])


def test_an_editor_that_fails_is_told(web):
    assert (
        web.fails("KUBE_EDITOR=false kubectl edit deploy web") == 'error: there was a problem with the editor "false"\n'
    )


def test_several_objects_are_edited_as_a_list(web):
    web.write("two.yaml", TWO)
    web.ok("kubectl create -f two.yaml")
    assert edit(web, "x:", "q:", "edit -f two.yaml").stdout == "configmap/a edited\nsecret/s edited\n"
    assert web.get("configmap", "a")["data"] == {"q": "1"}


def test_what_was_last_applied_can_be_edited(web):
    web.write("two.yaml", TWO)
    web.ok("kubectl apply -f two.yaml")
    assert edit(web, "x:", "q:", "apply edit-last-applied cm a").stdout == "configmap/a edited\n"
    assert 'q: "1"' in web.ok("kubectl apply view-last-applied cm a")


def test_an_object_can_be_edited_before_it_is_created(web):
    web.write("two.yaml", TWO)
    result = edit(web, "x:", "q:", "create --edit -f two.yaml")
    assert (result.stdout, result.exit) == ("configmap/a created\nsecret/s created\n", 0)
    assert web.get("configmap", "a")["data"] == {"q": "1"}


class Page:
    """The page's editor beside a terminal."""

    def __init__(self, console, line):
        self.terminal = console.terminal()
        self.terminal.feed(line + "\r")

    @property
    def content(self):
        return self.terminal.wants_edit["content"]

    def save(self, text):
        asked = self.terminal.wants_edit
        self.terminal.machine.files.write(asked["path"], text)
        self.terminal.edited(asked["token"])

    def close(self):
        self.terminal.edited(self.terminal.wants_edit["token"], saved=False)


def test_the_pages_editor_opens_with_the_object(web):
    page = Page(web, "kubectl edit deploy web")
    assert page.content.startswith("# Please edit the object below. Lines beginning with a '#' will be ignored,\n")
    page.save(page.content.replace("nginx:1.25", "nginx:1.27"))
    assert not page.terminal.running
    assert web.get("deployment", "web")["spec"]["template"]["spec"]["containers"][0]["image"] == "nginx:1.27"


def test_the_pages_editor_opens_again_until_the_object_is_right(web):
    page = Page(web, "kubectl edit deploy web")
    page.save(page.content.replace("replicas: 1", "replicas: -1"))
    assert '# deployments.apps "web" was not valid:\n' in page.content
    page.save(page.content.replace("replicas: -1", "replicas: 2"))
    assert page.terminal.wants_edit is None
    assert web.get("deployment", "web")["spec"]["replicas"] == 2


def test_closing_the_pages_editor_cancels(web):
    page = Page(web, "kubectl edit deploy web")
    page.close()
    assert not page.terminal.running


def test_without_a_page_the_editor_says_so(web):
    assert "page" in web.fails("kubectl edit deploy web")
