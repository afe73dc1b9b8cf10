"""Several processes serve one site: PostgreSQL keeps it, Redis carries the news."""

import http.cookiejar
import signal
import urllib.parse
import urllib.request

from tests.house.server import server
from tests.services import postgres, redis


def test_who_signs_up_at_one_process_is_known_to_the_other(tmp_path):
    with postgres() as database, redis() as redis_url:
        shared = {"DATABASE_URL": database("kubelab"), "REDIS_URL": redis_url, "RECONCILE": "0", "SECRET_KEY": "shared"}
        with server(tmp_path, **shared) as one, server(tmp_path, **shared) as other:
            one.wait_for_answer()
            other.wait_for_answer()
            browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
            sign_up(browser, one.url)
            assert "ada" in browser.open(f"{other.url}/account/").read().decode()
            for process in (one.process, other.process):
                process.send_signal(signal.SIGTERM)
                assert process.wait(timeout=10) == 0
                assert "Traceback" not in process.stderr.read()


def sign_up(browser: urllib.request.OpenerDirector, url: str) -> None:
    page = browser.open(f"{url}/account/sign-up/").read().decode()
    token = page.split('name="csrfmiddlewaretoken" value="', 1)[1].split('"', 1)[0]
    password = "analytical-engine"
    form = {"csrfmiddlewaretoken": token, "username": "ada", "password1": password, "password2": password}
    request = urllib.request.Request(f"{url}/account/sign-up/", urllib.parse.urlencode(form).encode())
    request.add_header("Referer", f"{url}/account/sign-up/")
    browser.open(request)
