"""The server dies and comes back on the same database: the page comes back, and everything is there."""

import re

from tests.browser.learner import PATIENCE, Learner
from tests.house.server import server

LOST = re.compile(r"WebSocket connection to .* failed|ERR_CONNECTION_REFUSED")


def test_nothing_is_lost(browser, tmp_path):
    errors = []
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    learner = Learner(page)
    with server(tmp_path) as site:
        site.wait_for_answer()
        page.goto(f"{site.url}/playground/")
        learner.button("Start my cluster").click()
        learner.is_live()
        learner.sees("$")
        learner.enters("kubectl create deployment web --image=nginx --replicas=2; echo kept > notes.txt; vi notes.txt")
        learner.expect(learner.editor).to_contain_text("The terminal is waiting for you.")
        learner.editor.locator(".cm-content").click()
        learner.presses("Control+End")
        page.keyboard.insert_text("and typed")
        learner.reads_in_map("2/2")
        site.process.kill()
        site.process.wait()
        learner.expect(page.locator("#lab-banner")).to_contain_text("The connection is lost.")
        learner.button("Save and close").click()
        learner.expect(page.locator("#lab-toast")).to_contain_text("Nothing was sent.")
    with server(tmp_path, port=site.port) as site:
        learner.is_live()
        learner.expect(page.locator("#lab-banner")).to_be_hidden()
        learner.button("Save and close").click()
        learner.line_is("")
        learner.enters("cat notes.txt; kubectl get deployment web")
        learner.sees("\nkept\nand typed", "web    2/2")
        learner.reads_in_map("2/2")
        context.close()
    assert [error for error in errors if not LOST.search(error)] == []
