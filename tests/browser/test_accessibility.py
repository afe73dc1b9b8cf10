"""axe-core, the judge of accessibility, finds nothing serious on the pages that everybody meets."""

from pathlib import Path

import pytest
from django.conf import settings

from tests.browser.learner import Learner

AXE = Path(settings.BASE_DIR) / "node_modules/axe-core/axe.min.js"
SERIOUS = ("serious", "critical")
SCHEMES = ("light", "dark")
# Some colours change slowly; half-way there is not enough contrast.
COLOURS_HAVE_CHANGED = """new Promise(requestAnimationFrame).then(() => Promise.all(
    document.getAnimations().filter((each) => each instanceof CSSTransition).map((each) => each.finished)))"""


def violations(page):
    """Return what axe finds serious, in a line each."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run({ resultTypes: ['violations'] })")["violations"]
    return [
        f"{rule['id']}: {node['html'][:120]} {node['failureSummary'][:200]}"
        for rule in found
        if rule["impact"] in SERIOUS
        for node in rule["nodes"]
    ]


def is_fine(page):
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        page.evaluate(COLOURS_HAVE_CHANGED)
        assert violations(page) == [], f"{page.url}, {scheme}"


@pytest.fixture(autouse=True)
def judge():
    if not AXE.exists():
        pytest.skip("axe-core is not installed: make lint installs it")


def test_pages_of_text(page):
    for address in ("/", "/lessons/", "/account/sign-up/", "/account/log-in/"):
        page.goto(address)
        is_fine(page)


def test_a_lessons_step(page):
    learner = Learner(page)
    page.goto("/lessons/declarative/")
    page.get_by_role("button", name="Start the lesson").click()
    learner.is_live()
    learner.sees("$")
    learner.reads_in_map("worker-1")
    page.locator(".step-nav .next").click()
    learner.is_live()
    learner.expect(learner.editor).to_contain_text("replicas: 2")
    learner.reads_in_map("worker-1")
    is_fine(page)


def test_the_playground(learner):
    learner.enters("kubectl create deployment web --image=nginx --replicas=2")
    learner.reads_in_map("2/2")
    learner.map.get_by_role("button", name="Deployment web").click()
    is_fine(learner.page)
