"""A guest keeps the work in an account; nobody else sees any of it."""

from tests.browser.learner import Learner

PASSWORD = "correct horse battery"


def test_a_guest_signs_up_and_finds_the_work_again_elsewhere(learner, new_visitor):
    page = learner.page
    learner.enters("kubectl create configmap mine --from-literal=a=b")
    learner.sees("configmap/mine created")
    cluster = page.locator("#lab").get_attribute("data-cluster")
    page.get_by_role("link", name="Keep my work").click()
    page.get_by_label("Name", exact=True).fill("ada")
    for field in ("Password", "The password again"):
        page.get_by_label(field, exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create my account").click()
    learner.is_live()
    assert page.locator("#lab").get_attribute("data-cluster") == cluster
    learner.sees("configmap/mine created")  # also what was on the screen

    stranger = Learner(new_visitor())
    stranger.opens_the_playground()
    stranger.enters("kubectl get configmap mine")
    stranger.sees("not found")
    code = stranger.page.evaluate(
        """id => new Promise(done => {
            const socket = new WebSocket(`ws://${location.host}/ws/labs/${id}/`);
            socket.onclose = event => done(event.code);
        })""",
        cluster,
    )
    assert code == 4404

    elsewhere = Learner(new_visitor())
    elsewhere.page.goto("/account/log-in/?next=/playground/")
    elsewhere.page.get_by_label("Name or e-mail address").fill("ada")
    elsewhere.page.get_by_label("Password").fill(PASSWORD)
    elsewhere.page.get_by_role("button", name="Log in").click()
    elsewhere.is_live()
    elsewhere.enters("kubectl get configmap mine -o name")
    elsewhere.sees("\nconfigmap/mine")
    learner.sees("kubectl get configmap mine -o name\nconfigmap/mine")  # two windows, one terminal
