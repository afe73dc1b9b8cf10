"""Images of first lessons, which behave as the real ones. Sources: the images' documentation and entrypoints."""

import re

import pytest

from tests.node.lab import Lab


def client(lab: Lab) -> None:
    lab.run("client", "nicolaka/netshoot", "sleep", "99999")
    lab.started("client")


def fetch(lab: Lab, pod: str, path: str = "/", port: int = 80) -> str:
    return lab.sh("client", f"curl -s -m 5 {lab.status(pod)['podIP']}:{port}{path}")


def ended(lab: Lab, name: str) -> None:
    lab.until(lambda: lab.word(name) in ("Completed", "Error"))


def test_nginx_says_how_it_starts(lab):
    lab.run("web", "nginx:1.27")
    lab.started("web")
    log = lab.log("web")
    assert log[0] == (
        "/docker-entrypoint.sh: /docker-entrypoint.d/ is not empty, will attempt to perform configuration"
    )
    assert log[8] == "/docker-entrypoint.sh: Configuration complete; ready for start up"
    assert re.fullmatch(r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[notice\] 1#1: nginx/1\.27\.5", log[10])


def test_nginx_serves_its_page_and_logs_who_came(lab):
    client(lab)
    lab.run("web", "nginx:1.27")
    lab.started("web")
    assert "<title>Welcome to nginx!</title>" in fetch(lab, "web")
    line = lab.log("web")[-1]
    when = r"\[\d\d/Jan/2026:\d\d:\d\d:\d\d \+0000\]"
    came = re.escape(lab.status("client")["podIP"])
    assert re.fullmatch(rf'{came} - - {when} "GET / HTTP/1\.1" 200 615 "-" "curl/[\d.]+" "-"', line)


def test_nginx_tells_of_a_page_that_is_not_there(lab):
    client(lab)
    lab.run("web", "nginx:1.27")
    lab.started("web")
    page = fetch(lab, "web", "/nothing")
    assert "<center><h1>404 Not Found</h1></center>\r\n<hr><center>nginx/1.27.5</center>" in page
    error, access = lab.log("web")[-2:]
    assert '[error] 29#29: *1 open() "/usr/share/nginx/html/nothing" failed (2: No such file or directory)' in error
    assert '"GET /nothing HTTP/1.1" 404 153' in access


def test_what_is_written_into_nginxs_folder_is_served(lab):
    client(lab)
    lab.run("web", "nginx:1.27")
    lab.started("web")
    lab.sh("web", "echo 'Hello from me' > /usr/share/nginx/html/index.html")
    assert fetch(lab, "web") == "Hello from me\n"


def test_a_wrong_configuration_keeps_nginx_from_starting(lab):
    lab.apply("""
        {apiVersion: v1, kind: ConfigMap, metadata: {name: conf}, data: {default.conf: "server {\\n  lisen 80;\\n}\\n"}}
    """)
    lab.run("web", "nginx:1.27", volumes=[{"name": "conf", "configMap": {"name": "conf"}}],
            volumeMounts=[{"name": "conf", "mountPath": "/etc/nginx/conf.d"}], restartPolicy="Never")  # fmt: skip
    ended(lab, "web")
    assert lab.log("web")[-1] == 'nginx: [emerg] unknown directive "lisen" in /etc/nginx/conf.d/default.conf:2'
    assert lab.container("web")["state"]["terminated"]["exitCode"] == 1


def test_nginx_can_be_asked_in_its_container(lab):
    lab.run("web", "nginx:1.27")
    lab.started("web")
    assert lab.sh("web", "nginx -v") == "nginx version: nginx/1.27.5\n"
    assert "test is successful" in lab.sh("web", "nginx -t")
    assert "signal process started" in lab.sh("web", "nginx -s reload")
    assert "signal 1 (SIGHUP) received, reconfiguring" in lab.log("web")[-1]


def test_two_servers_of_one_pod_cannot_have_one_port(lab):
    lab.apply("""
        apiVersion: v1
        kind: Pod
        metadata: {name: two}
        spec:
          containers: [{name: a, image: "nginx:1.27"}, {name: b, image: "nginx:1.27"}]
    """)
    lab.until(lambda: lab.container("two", "b")["restartCount"] > 0 if lab.is_running("two") else False)
    assert "bind() to 0.0.0.0:80 failed (98: Address already in use)" in "\n".join(lab.log("two", "b", previous=True))
    assert lab.container("two", "a")["restartCount"] == 0


def test_httpd_works(lab):
    client(lab)
    lab.run("web", "httpd:2.4")
    lab.started("web")
    assert fetch(lab, "web") == "<html><body><h1>It works!</h1></body></html>\n"
    assert "AH00094: Command line: 'httpd -D FOREGROUND'" in lab.log("web")[3]
    assert re.search(r'"GET / HTTP/1\.1" 200 45$', lab.log("web")[-1])


def test_a_loop_in_busybox_goes_on(lab):
    lab.run("app", "busybox", "sh", "-c", "while true; do echo again; sleep 5; done")
    lab.started("app")
    lab.advance(21)
    assert lab.log("app") == ["again"] * 5


def test_a_shell_without_a_terminal_has_nothing_to_do(lab):
    for name in ("busybox", "ubuntu", "alpine"):
        lab.run(name, name)
        lab.until(lambda name=name: lab.word(name) == "Completed")


def test_hello_world_says_its_word_and_ends(lab):
    lab.run("hello", "hello-world", restartPolicy="OnFailure")
    ended(lab, "hello")
    assert lab.log("hello")[:2] == ["", "Hello from Docker!"]
    assert lab.status("hello")["phase"] == "Succeeded"


def test_redis_keeps_keys_while_it_runs(lab):
    lab.run("cache", "redis:8.2")
    lab.started("cache")
    assert lab.log("cache")[-1].endswith("* Ready to accept connections tcp")
    assert lab.sh("cache", "redis-cli ping; redis-cli set a 1; redis-cli incr a; redis-cli get a") == "PONG\nOK\n2\n2\n"


def test_redis_answers_from_another_pod_and_says_so_when_it_is_not_there(lab):
    lab.run("cache", "redis:8.2")
    lab.run("other", "redis:8.2")
    lab.started("cache", "other")
    ip = lab.status("cache")["podIP"]
    assert lab.sh("other", f"redis-cli -h {ip} ping") == "PONG\n"
    assert lab.sh("other", f"redis-cli -h {ip} -p 6380 ping") == (
        f"Could not connect to Redis at {ip}:6380: Connection refused\n"
    )


def test_mysql_without_a_password_says_what_it_needs_and_crashes(lab):
    lab.run("db", "mysql:8.4")
    lab.until(lambda: lab.container("db")["restartCount"] >= 1 if lab.is_running("db") else False)
    log = lab.log("db", previous=True)
    assert log[2].endswith("[ERROR] [Entrypoint]: Database is uninitialized and password option is not specified")
    assert log[-3:] == [
        "    - MYSQL_ROOT_PASSWORD",
        "    - MYSQL_ALLOW_EMPTY_PASSWORD",
        "    - MYSQL_RANDOM_ROOT_PASSWORD",
    ]
    assert lab.container("db")["lastState"]["terminated"]["exitCode"] == 1


def test_mysql_with_a_password_takes_its_time(lab):
    lab.run("db", "mysql:8.4", env=[{"name": "MYSQL_ROOT_PASSWORD", "value": "secret"}],
            readinessProbe={"tcpSocket": {"port": 3306}, "periodSeconds": 2})  # fmt: skip
    lab.until(lambda: lab.is_running("db"))
    assert 12 < lab.started("db") < 18
    assert "ready for connections" in lab.log("db")[-1]


def test_postgres_wants_a_password_too(lab):
    lab.run("db", "postgres:17", restartPolicy="Never")
    ended(lab, "db")
    assert lab.log("db")[0] == "Error: Database is uninitialized and superuser password is not specified."


@pytest.mark.parametrize(
    ("image", "args", "port", "path", "answer"),
    [
        ("hashicorp/http-echo:1.0", ["-text=hi there"], 5678, "/", "hi there\n"),
        ("gcr.io/google-samples/hello-app:1.0", [], 8080, "/", "Hello, world!\nVersion: 1.0.0\nHostname: app\n"),
        ("gcr.io/google-samples/hello-app:2.0", [], 8080, "/", "Hello, world!\nVersion: 2.0.0\nHostname: app\n"),
        ("registry.k8s.io/e2e-test-images/agnhost:2.53", ["netexec", "--http-port=8080"], 8080, "/hostname", "app"),
        ("registry.k8s.io/e2e-test-images/agnhost:2.53", ["serve-hostname"], 9376, "/", "app"),
        ("gcr.io/google-samples/kubernetes-bootcamp:v1", [], 8080, "/",
         "Hello Kubernetes bootcamp! | Running on: app | v=1\n"),
    ],
)  # fmt: skip
def test_small_servers_of_tutorials_answer(lab, image, args, port, path, answer):
    client(lab)
    lab.run("app", image, **({"args": args} if args else {}))
    lab.started("app")
    lab.advance(1)
    assert fetch(lab, "app", path, port) == answer


def test_http_echo_wants_a_text(lab):
    lab.run("app", "hashicorp/http-echo", restartPolicy="Never")
    ended(lab, "app")
    assert lab.log("app") == ["Missing -text option or ECHO_TEXT env var!"]


def test_curls_image_takes_curls_arguments_or_a_command(lab):
    lab.run("web", "nginx:1.27")
    lab.started("web")
    ip = lab.status("web")["podIP"]
    for name, argument in (("plain", []), ("spelled", ["curl"])):
        lab.run(name, "curlimages/curl", args=[*argument, "-s", "-o", "/dev/null", "-w", "%{http_code}", ip],
                restartPolicy="Never")  # fmt: skip
        ended(lab, name)
        assert lab.log(name) == ["200"]


def test_the_job_tutorial_prints_pi(lab):
    lab.run("pi", "perl:5.34", "perl", "-Mbignum=bpi", "-wle", "print bpi(2000)", restartPolicy="Never")
    ended(lab, "pi")
    [digits] = lab.log("pi")
    assert digits.startswith("3.14159265358979323846264338327950288419716939937510") and len(digits) == 2001


def test_an_image_that_nobody_described_runs_on(lab):
    lab.run("app", "someone/something:1.2")
    lab.started("app")
    assert lab.container("app")["image"] == "docker.io/someone/something:1.2"


def test_processes_of_a_container(lab):
    lab.run("web", "nginx:1.27-alpine")
    lab.run("app", "busybox:1.37", "sleep", "9999")
    lab.started("app")
    assert lab.sh("app", "ps").splitlines()[:2] == ["PID   USER     TIME  COMMAND", "    1 root      0:00 sleep 9999"]
    assert lab.sh("app", "pidof sleep") == "1\n"
