"""A node's clock that is wrong: what it shows, and from when on its kubelet is silent.

Source: kubernetes.io, concepts/architecture/leases; Go, crypto/x509 (a certificate outside of its time is refused).
"""

import pytest

STATUS = "kubectl get node worker-1 --no-headers"


def on_node(console, line):
    return console.run(f'ssh worker-1 "{line}"')


def test_a_clock_that_is_a_minute_ahead_only_shows(console):
    console.advance(20)
    assert "2026" in on_node(console, "sudo date -s '+1 minute'").stdout
    assert on_node(console, "date +%M").stdout != console.ok("date +%M")
    assert "System clock synchronized: no" in on_node(console, "timedatectl").stdout
    renewed = console.ok("kubectl -n kube-node-lease get lease worker-1 -o jsonpath={.spec.renewTime}")
    assert renewed > console.ok("date -u +%FT%TZ").strip()
    console.advance(120)
    assert " Ready " in console.ok(STATUS)


def test_a_clock_beyond_the_certificates_time_silences_the_kubelet(console):
    console.ok('kubectl run web --image=nginx --overrides=\'{"spec":{"nodeName":"worker-1"}}\'')
    console.advance(15)
    refused = on_node(console, "sudo timedatectl set-time '2029-01-01 00:00:00'")
    assert refused.stderr == "Failed to set time: Automatic time synchronization is enabled\n"
    on_node(console, "sudo timedatectl set-ntp false")
    assert "NTP service: inactive" in on_node(console, "timedatectl").stdout
    on_node(console, "sudo timedatectl set-time '2029-01-01 00:00:00'")
    console.advance(65)
    assert " NotReady " in console.ok(STATUS)
    log = on_node(console, "journalctl -u kubelet -n 1").stdout
    assert "x509: certificate has expired or is not yet valid: current time 2029-01-01T00:01:0" in log
    assert "asked for the client to provide credentials" in console.fails("kubectl logs web")
    assert "web" in on_node(console, "crictl ps").stdout  # what ran goes on
    on_node(console, "sudo timedatectl set-ntp true")
    console.advance(15)
    assert " Ready " in console.ok(STATUS)
    assert "NTP service: active" in on_node(console, "timedatectl").stdout
    assert "start worker" in console.ok("kubectl logs web")


def test_a_clock_before_the_certificates_time_does_so_too(console):
    on_node(console, "sudo date -s 2020-01-01")
    console.advance(65)
    assert " NotReady " in console.ok(STATUS)
    assert "is before 2025-12-31T23:57:00Z" in on_node(console, "journalctl -u kubelet -n 1").stdout


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("date -s 2020-01-01", "date: cannot set date: Operation not permitted"),
        ("ssh worker-1 date -s tomorrow-ish", "date: invalid date 'tomorrow-ish'"),
        (
            "ssh worker-1 'timedatectl set-ntp false; timedatectl set-time noon-ish'",
            "Failed to parse time specification 'noon-ish'",
        ),
        ("ssh worker-1 timedatectl set-clock", "Unknown command verb 'set-clock'."),
        ("ssh control-plane date -s 2020-01-01", "KubeLab does not simulate another time on a control plane"),
    ],
)
def test_what_cannot_be_set_is_told(console, line, why):
    assert why in console.fails(line)
