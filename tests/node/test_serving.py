"""Commands that serve: httpd, python's http.server, nc. Sources: busybox; docs.python.org, library/http.server."""

from tests.node.lab import Lab


def client(lab: Lab) -> None:
    lab.run("client", "nicolaka/netshoot", "sleep", "99999")
    lab.started("client")


def fetch(lab: Lab, pod: str, port: int, path: str = "/") -> str:
    return lab.sh("client", f"curl -s -m 5 {lab.status(pod)['podIP']}:{port}{path} 2>&1; echo -n $?")


def test_busyboxs_httpd_serves_a_directory(lab):
    client(lab)
    lab.run("web", "busybox:1.37", "sh", "-c", "mkdir -p /www; echo hello > /www/index.html; httpd -f -p 8080 -h /www")
    lab.started("web")
    assert fetch(lab, "web", 8080) == "hello\n0"
    assert "404 Not Found" in fetch(lab, "web", 8080, "/nothing")
    lab.sh("web", "echo changed > /www/index.html")
    assert fetch(lab, "web", 8080) == "changed\n0"


def test_nginx_that_a_shell_starts_serves_what_the_shell_has_written_before(lab):
    client(lab)
    page = "echo hello > /usr/share/nginx/html/index.html"
    lab.run("web", "nginx:1.27", "sh", "-c", f"{page} && nginx -g 'daemon off;'")
    lab.started("web")
    assert fetch(lab, "web", 80) == "hello\n0"
    assert "404 Not Found" in fetch(lab, "web", 80, "/nothing")
    assert any("start worker process" in line for line in lab.log("web"))
    assert '"GET /nothing HTTP/1.1" 404' in lab.log("web")[-1]
    assert "98: Address already in use" in lab.sh("web", "nginx -g 'daemon off;' 2>&1")


def test_pythons_server_lists_files_and_logs_requests(lab):
    client(lab)
    lab.run(
        "web", "python:3.12", "sh", "-c", "cd /srv; echo text > a.txt; python3 -m http.server 8000", workingDir="/tmp"
    )
    lab.started("web")
    assert '<li><a href="a.txt">a.txt</a></li>' in fetch(lab, "web", 8000)
    assert fetch(lab, "web", 8000, "/a.txt") == "text\n0"
    assert '"GET /a.txt HTTP/1.1" 200 -' in lab.log("web")[-1]


def test_a_loop_of_nc_answers_one_caller_after_the_other(lab):
    client(lab)
    script = "while true; do printf 'HTTP/1.1 200 OK\\r\\n\\r\\nhi\\n' | nc -l -p 8080; done"
    lab.run("web", "busybox:1.37", "sh", "-c", script)
    lab.started("web")
    for _ in range(3):
        assert fetch(lab, "web", 8080) == "hi\n0"
        lab.advance(1)
    assert "GET / HTTP/1.1" in "\n".join(lab.log("web"))


def test_a_readiness_probe_finds_what_listens(lab):
    probe = {"tcpSocket": {"port": 80}, "periodSeconds": 2}
    lab.run("web", "busybox:1.37", "sh", "-c", "sleep 6; httpd -f -p 80 -h /tmp", readinessProbe=probe)
    lab.until(lambda: lab.is_running("web"))
    assert 5 < lab.started("web") < 9
