"""Light or dark, as the visitor likes."""

import pytest

pytestmark = pytest.mark.django_db


def shown(client) -> str:
    page = client.get("/").content.decode()
    return page.split('data-theme="', 1)[1].split('"', 1)[0]


def test_the_switch_goes_round(client):
    seen = [shown(client)]
    for _ in range(3):
        client.post("/theme/")
        seen.append(shown(client))
    assert seen == ["system", "dark", "light", "system"]


def test_it_comes_back_to_the_page_at_hand_and_to_no_foreign_one(client):
    assert client.post("/theme/", headers={"referer": "http://testserver/account/log-in/"}).url.endswith("/log-in/")
    assert client.post("/theme/", headers={"referer": "https://evil.example/"}).url == "/"


def test_a_forged_cookie_is_not_written_into_the_page(client):
    client.cookies["theme"] = '"><script>'
    assert shown(client) == "system"


def test_with_scripts_the_page_stays(page):
    page.goto("/")
    page.evaluate("window.same = true")
    page.get_by_role("button", name="Theme: system").click()
    page.get_by_role("button", name="Theme: dark. Switch to light").wait_for()
    assert page.evaluate("window.same")
    page.reload()
    assert page.locator("html").get_attribute("data-theme") == "dark"
