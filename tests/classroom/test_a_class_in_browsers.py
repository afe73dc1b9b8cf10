"""A whole class in three browsers at once: an instructor and two learners, from the join link to the CSV."""

import csv
import io

import pytest
from django.contrib.auth.hashers import make_password

from kubelab.accounts.models import User
from kubelab.classroom.models import Attempt
from kubelab.courses.library import library
from kubelab.courses.models import Exercising
from kubelab.courses.starting import exercise_of
from tests.browser.learner import PATIENCE, Learner
from tests.browser.test_accessibility import AXE, violations

PASSWORD = "analytical-engine"
SIGN_IS_WHOLE = """() => {
  const sign = document.getElementById("lab-looked");
  const clock = document.querySelector("[data-clock]").getBoundingClientRect();
  const { left, right, top } = sign.getBoundingClientRect();
  const covered = top < clock.bottom && left < clock.right;
  return sign.scrollWidth <= sign.clientWidth && right <= innerWidth && !covered;
}"""


class Somebody(Learner):
    """A person with a browser of their own."""

    def presses_button(self, name, **more):
        self.page.get_by_role("button", name=name, **more).click()

    def follows(self, name, **more):
        self.page.get_by_role("link", name=name, **more).first.click()

    def reads(self, *texts):
        for text in texts:
            self.expect(self.page.locator("main")).to_contain_text(text, timeout=PATIENCE)

    def logs_in(self, name):
        self.page.goto("/account/log-in/")
        self.page.get_by_label("Name or e-mail address").fill(name)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.presses_button("Log in")

    def signs_up_and_joins(self, link, account, name):
        self.page.goto(link)
        self.follows("Create an account")
        self.page.get_by_label("Name", exact=True).fill(account)
        self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        self.page.get_by_label("The password again").fill(PASSWORD)
        self.presses_button("Create my account")
        self.page.get_by_label("Your name").fill(name)
        self.presses_button("Join the class")

    def assigns(self, what, **more):
        self.follows("Assignments", exact=True)
        self.follows("Assign something")
        self.page.get_by_label("What", exact=True).select_option(what)
        for label, value in more.items():
            self.page.get_by_label(label, exact=True).fill(value)
        self.presses_button("Assign it")


@pytest.fixture
def grace(new_visitor, db):
    User.objects.create(username="grace", is_instructor=True, password=make_password(PASSWORD))
    somebody = Somebody(new_visitor())
    somebody.logs_in("grace")
    return somebody


def solution(account):
    work = Exercising.objects.get(learner__username=account)
    variant = exercise_of(work, library().lesson(work.lesson).exercises[work.exercise])
    return next(action.text for action in variant.solutions[0].actions if hasattr(action, "text"))


def has_no_barriers(page):
    """The judge of accessibility finds nothing serious on the page as it is, and nothing sticks out of it."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
    if AXE.exists():
        assert violations(page) == []


def test_a_class_from_the_join_link_to_the_csv(grace, new_visitor):
    grace.page.goto("/classes/new/")
    grace.page.get_by_label("Name", exact=True).fill("Spring")
    grace.presses_button("Make the class")
    link = grace.page.locator("#join-link").inner_text()
    grace.assigns("quiz:first-light", Attempts="1")
    grace.assigns("exercise:first-light/scale", Points="10")
    grace.follows("Watch on the board")
    grace.reads("here now0 of 0")

    ada, alan = Somebody(new_visitor()), Somebody(new_visitor())
    alan.page.set_viewport_size({"width": 390, "height": 844})
    ada.signs_up_and_joins(link, "ada", "Ada Lovelace")
    alan.signs_up_and_joins(link, "alan", "Alan <i>Turing</i>")
    grace.reads("Ada Lovelace", "Alan <i>Turing</i>")

    ada.follows("First light: scale")
    ada.presses_button("Begin")
    ada.is_live()
    ada.sees("learner@workstation:~$")
    has_no_barriers(grace.page)
    row = grace.page.locator("#board-rows tr", has_text="Ada")
    grace.expect(row).to_contain_text("at work", timeout=PATIENCE)
    row.get_by_role("link", name="Look").click()
    grace.is_live()
    ada.expect(ada.page.locator("#lab-looked")).to_have_text("grace is looking", timeout=PATIENCE)
    grace.expect(grace.editor).to_contain_text("No file to see yet.")
    for width in (1280, 1024, 390):
        ada.page.set_viewport_size({"width": width, "height": 800})
        assert ada.page.evaluate(SIGN_IS_WHOLE), f"the sign is cut off or covered in a window of {width}"
    ada.page.set_viewport_size({"width": 1440, "height": 900})
    ada.enters(f"echo hello > note.txt; {solution('ada')}")
    grace.sees("kubectl scale deployment", "scaled")
    grace.expect(grace.editor).to_contain_text("note.txt", timeout=PATIENCE)
    grace.reads_in_map("worker-1")
    grace.page.keyboard.type("exit\n")
    grace.follows("Board", exact=True)
    ada.expect(ada.page.locator("#lab-looked")).to_be_hidden(timeout=PATIENCE)
    ada.expect(ada.page.locator(".check[data-state=passed]")).to_have_count(2, timeout=PATIENCE)
    ada.presses_button("Hand in")
    ada.reads("Attempt 1: 3 of 3.")
    grace.expect(row).to_contain_text("done", timeout=PATIENCE)
    grace.expect(row.locator(".board-grade")).to_have_text("10")

    alan.follows("First light: quiz")
    alan.presses_button("Begin")
    alan.page.get_by_label("110").or_(alan.page.locator("[name='number:answer']")).fill("110")
    alan.page.locator("[name='kinds:answer'][value='0']").check()
    alan.expect(alan.page.locator("#quiz-answered")).to_contain_text("2 of 6 answered, kept")
    has_no_barriers(alan.page)
    alan.page.keyboard.press("Enter")
    asked = []
    alan.page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.accept()))
    alan.page.get_by_role("button", name="Hand in").dblclick()
    alan.reads("reached, worth")
    assert asked[:1] == ["3 questions are not answered. Hand in all the same?"]
    assert Attempt.objects.filter(membership__learner__username="alan").count() == 1

    has_no_barriers(alan.page)
    grace.follows("Gradebook")
    grace.reads("Ada Lovelace", "Alan <i>Turing</i>")
    has_no_barriers(grace.page)
    with grace.page.expect_download() as download:
        grace.follows("Download as CSV")
    text = open(download.value.path(), encoding="utf-8-sig").read()
    head, first, second = csv.reader(io.StringIO(text))
    assert head[:4] == ["Name", "Number", "E-mail", "Account"]
    grades = dict(zip(head, first, strict=True))
    assert (grades["Name"], grades["First light: scale (10)"]) == ("Ada Lovelace", "10")
    assert second[0] == "Alan <i>Turing</i>" and float(second[-1]) > 2
