"""Panes: their sizes are the learner's, on a phone they are tabs, and the keyboard reaches everything."""

from tests.browser.learner import Learner

WIDTH, HEIGHT = "Width of the editor", "Height of the editor and the map"
PHONE = {"width": 390, "height": 844}


def share(learner, label):
    return int(learner.page.get_by_role("separator", name=label).get_attribute("aria-valuenow"))


def test_panes_are_resized_and_stay_so(learner):
    handle = learner.page.get_by_role("separator", name=WIDTH)
    before, width = share(learner, WIDTH), learner.editor.bounding_box()["width"]
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    learner.page.mouse.move(x, y)
    learner.page.mouse.down()
    learner.page.mouse.move(x - 200, y, steps=4)
    learner.page.mouse.up()
    after = share(learner, WIDTH)
    assert after < before - 5
    assert learner.editor.bounding_box()["width"] < width - 150
    rows = learner.page.locator(".xterm-rows > div").count()
    learner.page.get_by_role("separator", name=HEIGHT).focus()
    learner.presses(*["ArrowUp"] * 8)
    learner.expect(learner.page.locator(".xterm-rows > div")).not_to_have_count(rows)
    height = share(learner, HEIGHT)
    learner.page.reload()
    learner.is_live()
    assert (share(learner, WIDTH), share(learner, HEIGHT)) == (
        after,
        height,
    )
    learner.button("Maximise the terminal").click()
    learner.expect(learner.editor).to_be_hidden()
    learner.enters("echo large")
    learner.sees("\nlarge")
    learner.button("Maximise the terminal").click()
    learner.expect(learner.editor).to_be_visible()


def test_on_a_phone_the_panes_are_tabs(new_visitor):
    page = new_visitor(is_mobile=True, has_touch=True)
    page.set_viewport_size(PHONE)
    learner = Learner(page).opens_the_playground()
    learner.expect(page.get_by_role("tab", name="Terminal")).to_have_attribute("aria-selected", "true")
    learner.enters("kubectl create deployment web --image=nginx")
    learner.sees("deployment.apps/web created")
    page.get_by_role("tab", name="Cluster").tap()
    learner.expect(page.locator("lab-terminal")).to_be_hidden()
    learner.reads_in_map("Pods: 1 running")
    page.get_by_role("tab", name="Editor").tap()
    learner.expect(learner.editor).to_be_visible()
    page.get_by_role("tab", name="Terminal").tap()
    learner.enters("kubectl edit deployment web")
    learner.expect(page.get_by_role("tab", name="Editor")).to_have_attribute("aria-selected", "true")
    learner.button("Cancel").tap()
    learner.expect(page.get_by_role("tab", name="Terminal")).to_have_attribute("aria-selected", "true")
    learner.sees("Edit cancelled, no changes made.")
    page.locator("[data-clock-toggle]").tap()
    learner.button("+5m: jump ahead five minutes").tap()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_the_keyboard_alone_is_enough(new_visitor):
    page = new_visitor()
    learner = Learner(page)
    page.goto("/")
    learner.presses("Tab")
    learner.expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    learner.presses("Enter")
    page.get_by_role("link", name="Playground").first.focus()
    learner.presses("Enter")
    learner.expect(learner.button("Start my cluster")).to_be_focused()
    learner.presses("Enter")
    learner.is_live()
    learner.sees("$")
    walked = reached(page, stop="Terminal. Tab")
    for name in ("Reset", "New file", "Picture", "Width of the editor", HEIGHT):
        assert any(name in one for one in walked), (name, walked)
    page.keyboard.type("kubectl get no")
    learner.presses("Tab", "Enter")
    learner.sees("kubectl get nodes \n", "\nworker-2 ")
    learner.presses("Shift+Tab")
    learner.expect(page.locator("lab-terminal textarea")).not_to_be_focused()


def reached(page, stop, most=60):
    """Press Tab until something of that name is reached; returns the names of all on the way."""
    names = []
    for _ in range(most):
        page.keyboard.press("Tab")
        names.append(
            page.evaluate("(({ activeElement: e }) => e.getAttribute('aria-label') ?? e.textContent.trim())(document)")
        )
        if names[-1].startswith(stop):
            return names
    raise AssertionError(f"{stop} is not reached by Tab: {names}")
