"""The whole first lesson in a real browser: terminal, editor, map, checks, quiz, coming back, and a second learner."""

from pathlib import Path

import pytest
from django.conf import settings as site

PATIENCE = 20_000  # milliseconds: images are pulled in real time


@pytest.fixture(autouse=True)
def real_lessons(settings, our_lessons):
    settings.LESSONS = Path(site.BASE_DIR) / "lessons"


class Learner:
    """Somebody in front of a browser, in the lesson `declarative`."""

    def __init__(self, page):
        from playwright.sync_api import expect

        self.page, self.expect = page, expect

    def begin(self):
        self.page.goto("/lessons/")
        self.page.get_by_role("link", name="Say what you want").click()
        self.page.get_by_role("button", name="Start the lesson").click()
        self.is_live()

    def is_live(self):
        self.expect(self.page.locator("#link-state")).to_have_attribute("data-state", "online", timeout=PATIENCE)

    def type(self, line):
        """Type a line into the terminal."""
        self.page.locator("lab-terminal").click()
        self.page.keyboard.type(f"{line}\n")

    def run(self, command, nth=0):
        """Press the button beside a command."""
        self.page.get_by_role("button", name=f"Run {command}", exact=True).nth(nth).click()

    def sees(self, text):
        self.expect(self.page.locator("lab-terminal")).to_contain_text(text, timeout=PATIENCE)

    def is_green(self, *words):
        for sentence in words:
            check = self.page.locator(".check", has_text=sentence)
            self.expect(check).to_have_attribute("data-state", "passed", timeout=PATIENCE)

    def goes_on(self, title):
        self.page.locator(".step-nav .next").click()
        self.expect(self.page.get_by_role("heading", name=title)).to_be_visible()
        self.is_live()


def test_the_first_lesson_from_the_first_click_to_the_last(page, new_visitor):
    ada = Learner(page)
    ada.begin()
    ada.type("kubectl get nodes")
    ada.is_green("You listed the nodes")

    ada.goes_on("Write it down, hand it over")
    ada.run("kubectl apply -f web.yaml")
    ada.is_green("There is a Deployment web")
    ada.expect(page.locator("cluster-map")).to_contain_text("2/2")
    ada.run("kubectl apply -f web.yaml", nth=1)
    ada.sees("unchanged")
    ada.is_green("You applied the file a second time")

    ada.goes_on("Change your mind")
    page.locator("yaml-editor .cm-line", has_text="replicas: 2").click()
    page.keyboard.press("End")
    page.keyboard.press("Backspace")
    page.keyboard.type("3")
    page.keyboard.press("Control+s")
    ada.is_green("Your file asks for three replicas")
    ada.run("kubectl diff -f web.yaml")
    ada.sees("+  replicas: 3")
    ada.run("kubectl apply -f web.yaml")
    ada.is_green("You looked at the difference", "Three Pods of web are ready")

    ada.goes_on("Somebody meddles")
    ada.run("kubectl delete pod -l app=web")
    ada.is_green("Pods of web were replaced")
    ada.run("kubectl scale deployment web --replicas=1")
    ada.sees("scaled")
    ada.run("kubectl diff -f web.yaml kubectl apply -f web.yaml")
    ada.is_green("web was scaled to one by hand")

    ada.goes_on("One big Pod, or three small services")
    ada.run("kubectl apply -f shop-in-one.yaml kubectl get pods")
    ada.is_green("The Pod shop runs its three containers")
    ada.run("kubectl apply -f shop-in-three.yaml")
    ada.is_green("front, cart and search are Deployments")
    ada.type("sed -i '/name: search/,$ s/replicas: 1/replicas: 3/' shop-in-three.yaml")
    ada.type("kubectl apply -f shop-in-three.yaml")
    ada.is_green("Three copies of search")

    ada.goes_on("Quiz")
    desired = page.locator("#question-desired")
    desired.get_by_label("A list of orders").check()
    desired.get_by_role("button", name="Answer").click()
    ada.expect(desired).to_contain_text("That would be the imperative way.")
    desired.get_by_label("The state that you want to have").check()
    desired.get_by_role("button", name="Answer again").click()
    ada.expect(page.locator("#quiz-score")).to_have_text("1 of 7 answered, 1 of 7 points.")
    page.locator(".step-nav .next").click()
    ada.expect(page.get_by_role("heading", name="Well done")).to_be_visible()

    page.goto("/lessons/declarative/change/")
    ada.is_green("Your file asks for three replicas", "You looked at the difference", "Three Pods of web are ready")
    ada.expect(page.locator("yaml-editor")).to_contain_text("replicas: 3")
    ada.expect(page.locator("cluster-map")).to_contain_text("search")

    eve = Learner(new_visitor())
    eve.begin()
    eve.expect(eve.page.locator("#steps .is-done")).to_have_count(0)
    eve.expect(eve.page.locator("cluster-map")).to_contain_text("worker-1")
    eve.expect(eve.page.locator("cluster-map")).not_to_contain_text("search")
    assert eve.page.locator("#lab").get_attribute("data-cluster") != page.locator("#lab").get_attribute("data-cluster")
