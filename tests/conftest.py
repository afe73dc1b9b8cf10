"""What every test may ask for: a terminal on a cluster (`console`), the site served for real (`live_site`) and a
browser to visit it with (`page`).
"""

import json
import os
import shutil
from collections.abc import Iterator

import pytest
from django.db import connections
from hypothesis import HealthCheck, settings

from tests.console import Console
from tests.guard import watched_stores
from tests.live import LiveSite

# Playwright's synchronous interface leaves a running loop in the test's thread; Django would refuse the ORM there.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

# What a machine under load makes slow is no failure.
settings.register_profile("kubelab", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("kubelab")

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip
SECONDS_FOR_THE_PAGE = 10
# Files of few tests that take long: they go first, so that two workers end together. The others follow by their names.
LONG = (
    "labs/test_kill.py", "house/test_readme.py", "classroom/test_looking_elsewhere.py", "labs/test_terminal_command.py",
    "browser/test_server_lost.py", "courses/test_first_lesson_in_browser.py", "classroom/test_a_class_in_browsers.py",
    "courses/test_real_lessons.py", "kubectl/test_describe.py", "kubectl/test_kustomize.py", "kubectl/test_auth.py",
    "cluster/test_determinism.py", "gateway/test_client_libraries.py", "kubectl/test_published_manifests.py",
)  # fmt: skip
LARGE = 1_000_000  # bytes of a bootstrapped cluster that is not kept for the next test


@pytest.fixture(autouse=True)
def nobody_changes_what_is_stored() -> Iterator[None]:
    """Every test fails when an object that a cluster's store holds is changed in place."""
    with watched_stores():
        yield


@pytest.fixture(autouse=True, scope="session")
def clusters_are_bootstrapped_once() -> Iterator[None]:
    """What is born of one preset, version and hour is always the same: it need not be made for each test's database."""
    from kubelab.labs import bootstrapping
    from kubelab.labs.models import Template

    bootstrapped, made = bootstrapping._bootstrapped, dict[str, tuple[str, bytes]]()

    def known(preset: str, version: str, now: float, made_of: str) -> int:
        if made_of not in made:
            template = Template.objects.get(pk=bootstrapped(preset, version, now, made_of))
            if len(template.data) < LARGE:
                made[made_of] = json.dumps(template.header), bytes(template.data)
            return template.pk
        header, data = made[made_of]
        defaults = {"header": json.loads(header), "data": data}
        return Template.objects.get_or_create(digest=made_of, defaults=defaults)[0].pk

    bootstrapping._bootstrapped = known
    yield
    bootstrapping._bootstrapped = bootstrapped


@pytest.fixture
def console() -> Console:
    """A learner's terminal on a cluster of three nodes in memory: `console.run("kubectl get nodes").stdout`."""
    return Console()


@pytest.fixture
def live_site(transactional_db: None) -> Iterator[LiveSite]:
    """The whole site with sockets and reconciler, on a port of its own; `live_site.url` ends without a slash."""
    with LiveSite() as site:
        yield site
    for connection in connections.all():
        connection.close()
        getattr(connection, "close_pool", lambda: None)()


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    """The machine's chromium, else Playwright's own; where there is neither the test is left out and named.

    One for each file: Playwright leaves a running loop, in which the next file's asynchronous tests could not run.
    """
    from playwright.sync_api import Error, sync_playwright

    own = next(filter(None, map(shutil.which, CHROMIUM)), None)
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=own, args=CHROMIUM_FLAGS)
        except Error as error:
            pytest.skip(f"no browser: apt install chromium, or playwright install chromium ({error.message[:80]})")
        yield browser
        browser.close()


@pytest.fixture
def new_visitor(browser, live_site):
    """A function that returns a fresh visitor's page: cookies of its own, no error allowed in its console."""
    contexts, errors = [], []

    def visit(**options):
        context = browser.new_context(base_url=live_site.url, viewport={"width": 1440, "height": 900}, **options)
        context.set_default_timeout(SECONDS_FOR_THE_PAGE * 1000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        return page

    yield visit
    for context in contexts:
        context.close()
    assert not errors, f"the browser's console shows errors: {errors}"


@pytest.fixture
def page(new_visitor):
    """One fresh visitor's page."""
    return new_visitor()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {f"tests/{file}": place for place, file in enumerate(LONG)}
    items.sort(key=lambda item: places.get(item.location[0], len(LONG)))
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


def pytest_terminal_summary(terminalreporter) -> None:
    """Say plainly which tests were left out, and why."""
    skipped = terminalreporter.stats.get("skipped", [])
    if skipped:
        terminalreporter.section("left out")
    for report in skipped:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        terminalreporter.line(f"{report.nodeid}: {reason}")
