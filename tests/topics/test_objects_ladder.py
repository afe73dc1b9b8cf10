"""Topic objects-ladder: Pod, ReplicaSet, Deployment, Service, and what becomes of a deleted Pod at each rung.

Source: kubernetes.io, concepts/workloads and concepts/services-networking/service.
"""

RS = """
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: rung}
spec:
  replicas: 2
  selector: {matchLabels: {app: rung}}
  template:
    metadata: {labels: {app: rung}}
    spec: {containers: [{name: c, image: 'nginx:1.27'}]}
"""


def pods(console, label):
    return console.ok(f"kubectl get pods -l {label} -o name").split()


def test_each_rung_does_what_the_one_below_cannot(console):
    console.ok("kubectl run bare --image=nginx")
    console.apply(RS)
    console.ok("kubectl create deployment web --image=nginx:1.27 --replicas=2")
    console.ok("kubectl expose deployment web --port=80")
    console.advance(30)
    console.ok("kubectl delete pod bare")
    console.advance(30)
    assert pods(console, "run=bare") == [], "a Pod alone does not come back"

    console.ok(f"kubectl delete {pods(console, 'app=rung')[0]}")
    console.advance(20)
    assert len(pods(console, "app=rung")) == 2, "a ReplicaSet keeps the number"
    console.ok("kubectl set image rs/rung c=nginx:1.28")
    console.advance(20)
    images = "kubectl get pods -l app={} -o jsonpath='{{.items[*].spec.containers[0].image}}'"
    assert set(console.ok(images.format("rung")).split()) == {"nginx:1.27"}, "but does not update what runs"

    console.ok("kubectl set image deployment/web nginx=nginx:1.28")
    console.advance(40)
    assert set(console.ok(images.format("web")).split()) == {"nginx:1.28"}, "a Deployment does"
    console.ok("kubectl rollout undo deployment/web")
    console.advance(40)
    assert set(console.ok(images.format("web")).split()) == {"nginx:1.27"}

    console.ok("kubectl delete pod -l app=web --now")
    console.advance(20)
    asked = "kubectl run ask --image=busybox:1.28 --restart=Never -i --rm -q -- wget -qO- http://web"
    assert "Welcome to nginx!" in console.ok(asked), "and a Service is the name that stays"
