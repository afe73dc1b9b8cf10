"""sudo on the workstation."""


def test_a_command_runs_as_root(console):
    assert console.ok("whoami; sudo whoami") == "learner\nroot\n"


def test_files_of_root_can_be_changed_with_it_and_not_without(console):
    assert "Permission denied" in console.fails("echo x >> /etc/hosts")
    console.ok("echo '10.1.2.3 shop.local' | sudo tee -a /etc/hosts > /dev/null")
    assert "10.1.2.3 shop.local" in console.ok("cat /etc/hosts")
    assert "Permission denied" in console.fails("sudo echo x >> /etc/hosts"), "the redirection is the learner's"
    console.ok("sudo sh -c 'echo by root > /root/file'")
    assert console.ok("sudo cat /root/file") == "by root\n"


def test_names_in_the_hosts_file_lead_where_it_says(console):
    assert "Could not resolve host" in console.fails("curl -sS http://web.local:6443")
    console.ok("echo '192.168.100.11 web.local' | sudo tee -a /etc/hosts")
    assert "HTTPS server" in console.ok("curl -sS http://web.local:6443")


def test_root_has_no_kubeconfig(console):
    assert "localhost:8080 was refused" in console.fails("sudo kubectl get nodes")


def test_its_status_is_the_commands(console):
    assert console.run("sudo sh -c 'exit 5'").exit == 5
    assert console.fails("sudo nosuch") == "sudo: nosuch: command not found\n"
    assert "unknown user nobodyhere" in console.fails("sudo -u nobodyhere ls")


def test_a_root_shell_waits_and_survives_a_restart(seen):
    seen.type("sudo sh -c 'sleep 5; whoami; echo x > /root/f; cat /root/f'\r")
    seen.restart()
    seen.advance(6)
    assert seen.lines[-3:-1] == ["root", "x"]
