"""Topic pod-single: a Pod of one container, looked at, entered and deleted; nothing brings it back.

Source: kubernetes.io, concepts/workloads/pods and reference/kubectl.
"""


def test_a_bare_pod_is_looked_at_entered_and_gone_for_good(console):
    assert console.ok("kubectl run web --image=nginx") == "pod/web created\n"
    console.advance(20)
    ip = console.ok("kubectl describe pod web | grep ^IP: | awk '{print $2}'").strip()
    assert console.ok("kubectl get pod web -o wide --no-headers").split()[5] == ip
    assert "start worker process" in console.ok("kubectl logs web")
    assert console.ok("kubectl exec web -- hostname") == "web\n"
    assert "Welcome to nginx!" in console.ok("kubectl exec web -- curl -s localhost")
    assert console.ok("kubectl delete pod web").startswith('pod "web" deleted')
    console.advance(300)
    assert console.run("kubectl get pods").stderr == "No resources found in default namespace.\n"
