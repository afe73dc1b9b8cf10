"""curl against simulated servers. Expected values: curl 7.88.1 (Debian 12), run against real ones."""

import pytest

from kubelab.cluster.network import Place
from kubelab.cluster.sockets import Listener
from tests.network.console import Console
from tests.network.lab import Lab


@pytest.fixture
def lab() -> Lab:
    lab = Lab()
    lab.service("web", [lab.web("web", "worker-1")])
    lab.service("empty", [], ip="10.96.7.7")
    lab.pod("client", "worker-2")
    for name, port, speaks in (("tls", 443, "https"), ("cache", 6379, "text")):
        lab.listen(lab.pod(name, "worker-1"), Listener("main", port, speaks=speaks))
    return lab


CLIENT = Place("container", "worker-2", "default", "client", "main")


def curl(lab: Lab, *args: str):
    return Console(lab, CLIENT).run("curl", *args)


def address(lab: Lab, pod: str) -> str:
    return lab.network.attachments.by_name["default", pod].ip


def test_it_prints_the_body(lab):
    result = curl(lab, "web")
    assert (result.out, result.err, result.code) == ("web says hello to 10.244.2.2\n", "", 0)


def test_it_names_itself_to_the_server(lab):
    curl(lab, "-s", "web/page?x=1")
    asked = lab.said[-1]
    assert (asked.method, asked.path, asked.host) == ("GET", "/page?x=1", "web")
    assert asked.headers == {"User-Agent": "curl/7.88.1", "Accept": "*/*"}


def test_it_sends_data_and_headers(lab):
    curl(lab, "-s", "-X", "PUT", "-d", "a=1", "-H", "X-Team: blue", "web")
    asked = lab.said[-1]
    assert (asked.method, asked.body, asked.headers["X-Team"]) == ("PUT", "a=1", "blue")
    assert asked.headers["Content-Type"] == "application/x-www-form-urlencoded"


def test_verbose_shows_the_way_of_a_request(lab):
    told = curl(lab, "-v", "web").err.splitlines()
    assert told[:7] == [
        "*   Trying 10.96.5.5:80...", "* Connected to web (10.96.5.5) port 80 (#0)", "> GET / HTTP/1.1", "> Host: web",
        "> User-Agent: curl/7.88.1", "> Accept: */*", "> ",
    ]  # fmt: skip
    assert told[7] == "< HTTP/1.1 200 OK"
    assert told[-1] == "* Connection #0 to host web left intact"


def test_heads_alone(lab):
    assert curl(lab, "-sI", "web").out.startswith("HTTP/1.1 200 OK\r\n")
    assert lab.said[-1].method == "HEAD"


def test_output_to_a_file_and_figures(lab):
    console = Console(lab, CLIENT)
    result = console.run("curl", "-s", "-o", "page.html", "-w", "%{http_code} %{remote_ip}\\n", "web")
    assert result.out == "200 10.96.5.5\n"
    assert console.files.held["/root/page.html"] == "web says hello to 10.244.2.2\n"


@pytest.mark.parametrize(
    ("args", "code", "message", "seconds"),
    [
        (["nosuch"], 6, "Could not resolve host: nosuch", 0),
        (["empty"], 7, "Failed to connect to empty port 80 after 2 ms: Couldn't connect to server", 0),
        (["-m", "3", "1.2.3.4"], 28, "Connection timed out after 3000 milliseconds", 3),
        (["--connect-timeout", "2", "1.2.3.4"], 28,
         "Failed to connect to 1.2.3.4 port 80 after 2000 ms: Timeout was reached", 2),
        (["1.2.3.4"], 28, "Failed to connect to 1.2.3.4 port 80 after 127000 ms: Couldn't connect to server", 127),
        (["10.244.1.99"], 7, "Failed to connect to 10.244.1.99 port 80 after 3071 ms: Couldn't connect to server", 3),
        (["ftp://web"], 1, 'Protocol "ftp" not supported or disabled in libcurl', 0),
        (["https://web:80"], 35, "error:0A00010B:SSL routines::wrong version number", 0),
    ],
)  # fmt: skip
def test_each_failure_has_its_code_and_its_time(lab, args, code, message, seconds):
    result = curl(lab, *args)
    assert (result.code, result.err) == (code, f"curl: ({code}) {message}\n")
    assert result.seconds == pytest.approx(seconds, abs=0.2)


def test_a_server_of_another_protocol_is_no_web_server(lab):
    result = curl(lab, f"http://{address(lab, 'cache')}:6379")
    assert (result.code, result.err) == (1, "curl: (1) Received HTTP/0.9 when not allowed\n")


def test_a_certificate_that_nobody_knows_is_refused_unless_told_otherwise(lab):
    result = curl(lab, f"https://{address(lab, 'tls')}")
    assert result.code == 60
    assert result.err.startswith("curl: (60) SSL certificate problem: unable to get local issuer certificate\n")
    assert curl(lab, "-k", f"https://{address(lab, 'tls')}").out == "tls says hello to 10.244.2.2\n"


def test_silence_hides_errors_unless_they_are_asked_for(lab):
    assert curl(lab, "-s", "nosuch").err == ""
    assert curl(lab, "-sS", "nosuch").err == "curl: (6) Could not resolve host: nosuch\n"


def test_a_wrong_option_is_named(lab):
    result = curl(lab, "--nosuch")
    assert result.code == 2
    assert result.err == (
        "curl: option --nosuch: is unknown\ncurl: try 'curl --help' or 'curl --manual' for more information\n"
    )


def test_a_hanging_request_gets_through_when_the_way_is_free(lab):
    """The SYN is sent again after 1, 3, 7 ... seconds, as a kernel does."""
    lab.network.set_power("worker-1", on=False)
    lab.scheduled[lab.clock.now + 3] = [lambda: lab.network.set_power("worker-1", on=True)]
    lab.network.rules.proxy_started("worker-1")
    result = curl(lab, "-s", address(lab, "web"))
    assert (result.out, result.code, result.seconds) == ("web says hello to 10.244.2.2\n", 0, 3.0)
