"""What explains the cluster opens over the lab, and the lab goes on behind it."""


def test_a_pod_tells_why_it_is_where_it_is(learner):
    learner.enters("kubectl run web --image=nginx --port=80")
    learner.reads_in_map("Pods: 1 running")
    learner.map.locator("[data-id='pods/default/web']").first.click()
    learner.map.get_by_role("link", name="Why on this node?").click()
    dialog = learner.page.get_by_role("dialog")
    learner.expect(dialog).to_contain_text("2 of 3 nodes would do")
    learner.presses("Escape")
    learner.expect(dialog).to_be_hidden()


def test_from_who_reaches_whom_to_the_way_of_one_request(learner):
    learner.enters("kubectl run web --image=nginx --port=80")
    learner.reads_in_map("Pods: 1 running")
    learner.map.get_by_role("link", name="Network").click()
    dialog = learner.page.get_by_role("dialog")
    dialog.get_by_role("link", name="connected").click()
    learner.expect(dialog).to_contain_text("The way of a request")
    learner.expect(dialog).to_contain_text("web listens on")
    dialog.get_by_role("textbox", name="To").fill("kubernetes.default")
    dialog.get_by_role("spinbutton", name="Port").fill("443")
    dialog.get_by_role("button", name="Follow it").click()
    learner.expect(dialog).to_contain_text("First the name: kubernetes.default is 10.96.0.1")
    dialog.get_by_role("button", name="Close").click()
    learner.enters("echo still here")
    learner.sees("still here")


def test_on_a_phone_what_does_not_fit_the_bar_is_behind_one_button(learner):
    learner.page.set_viewport_size({"width": 390, "height": 844})
    keep = learner.page.get_by_role("link", name="Keep my work")
    learner.expect(keep).to_be_hidden()
    learner.button("More").click()
    learner.expect(keep).to_be_visible()
    learner.expect(learner.page.get_by_role("button", name="Theme: system")).to_be_visible()
