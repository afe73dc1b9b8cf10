"""A learner goes through a lesson in a real browser: one click, commands by their buttons, green checks, the quiz."""

import os

import pytest

from kubelab.labs import templates
from kubelab.labs.awake import clusters


@pytest.fixture(autouse=True)
def nothing_of_another_test():
    templates.forget()
    clusters.clear()


def shoot(page, name):
    if os.environ.get("SHOTS"):
        page.screenshot(path=f"{os.environ['SHOTS']}/{name}.png")


def test_a_guest_does_the_first_step_of_a_lesson(page):
    from playwright.sync_api import expect

    page.goto("/lessons/")
    shoot(page, "list")
    page.get_by_role("link", name="First light").click()
    shoot(page, "start")
    page.get_by_role("button", name="Start the lesson").click()
    expect(page.locator("#link-state")).to_have_attribute("data-state", "online")
    expect(page.locator("#check-ready")).to_contain_text("There is none yet.")
    page.get_by_role("button", name="Run kubectl apply -f web.yaml").click()
    expect(page.locator("#check-exists")).to_have_attribute("data-state", "passed")
    shoot(page, "step")
    page.get_by_role("button", name="Show a hint").click()
    expect(page.get_by_text("Type it.", exact=True)).to_be_visible()
    page.get_by_role("button", name="Show another hint").click()
    page.get_by_role("button", name="Show the solution").click()
    expect(page.locator("details.solution")).to_have_attribute("open", "")
    page.locator("details.solution").get_by_role("button", name="Run").click()
    expect(page.locator("lab-terminal")).to_contain_text("unchanged")
    page.get_by_label("The scheduler").check()
    page.get_by_role("button", name="Answer").click()
    expect(page.get_by_role("status").filter(has_text="Not right.")).to_be_focused()
    page.get_by_label("A ReplicaSet").check()
    page.get_by_role("button", name="Answer again").click()
    expect(page.get_by_text("Right.", exact=True)).to_be_visible()
    page.get_by_role("button", name="+5m: jump ahead five minutes").click()
    expect(page.locator("#check-ready")).to_have_attribute("data-state", "passed", timeout=20_000)
    expect(page.locator("#steps .step").first).to_have_class("step is-done is-current")
    shoot(page, "done")
    page.reload()
    expect(page.locator("#check-ready")).to_have_attribute("data-state", "passed")
    expect(page.get_by_text("Right.", exact=True)).to_be_visible()
    page.get_by_role("navigation", name="Previous and next step").get_by_role("link", name="Delete it").click()
    expect(page.get_by_role("heading", name="Delete it")).to_be_visible()
    expect(page.locator("#check-gone")).to_have_attribute("data-state", "waiting")


def test_the_quiz_is_taken_without_a_cluster(page):
    from playwright.sync_api import expect

    page.goto("/lessons/first-light/quiz/")
    shoot(page, "quiz")
    kinds = page.locator("#question-kinds")
    kinds.get_by_label("ReplicaSet").check()
    kinds.get_by_label("Service").check()
    kinds.get_by_role("button", name="Answer").click()
    expect(kinds).to_contain_text("A Service only finds Pods.")
    expect(kinds).to_contain_text("1 right answer is missing.")
    order = page.locator("#question-order")
    for words, place in (("stored", "1"), ("scheduled", "2"), ("started", "3")):
        order.locator("label", has_text=words).locator("select").select_option(place)
    order.get_by_role("button", name="Answer").click()
    expect(order).to_contain_text("Right.")
    expect(page.locator("#quiz-score")).to_have_text("2 of 6 answered, 1.33 of 7 points.")
    shoot(page, "quiz-answered")
