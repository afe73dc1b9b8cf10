"""Topic declarative: a manifest says what is wanted, as often as one likes; a controller sees to it.

Source: kubernetes.io, tasks/manage-kubernetes-objects/declarative-config.
"""

APP = """
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}}}
spec:
  replicas: 2
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec:
      containers:
      - {{name: c, image: {image}}}
"""


def test_applied_twice_changed_by_hand_and_put_right(console):
    console.write("web.yaml", APP.format(name="web", image="nginx"))
    assert console.ok("kubectl apply -f web.yaml") == "deployment.apps/web created\n"
    assert console.ok("kubectl apply -f web.yaml") == "deployment.apps/web unchanged\n"
    console.advance(20)
    console.ok("kubectl delete pod -l app=web --now")
    console.advance(20)
    assert console.ok("kubectl get deployment web --no-headers").split()[1] == "2/2"
    console.ok("kubectl scale deployment web --replicas=5")
    diff = console.run("kubectl diff -f web.yaml")
    assert diff.exit == 1 and "-  replicas: 5" in diff.stdout and "+  replicas: 2" in diff.stdout
    assert console.ok("kubectl apply -f web.yaml") == "deployment.apps/web configured\n"
    assert console.run("kubectl diff -f web.yaml").exit == 0


def test_of_three_services_one_is_scaled_alone_and_of_one_big_pod_all_of_it(console):
    big = (
        APP.format(name="big", image="nginx")
        + "      - {name: cache, image: redis}\n      - {name: db, image: mongo}\n"
    )
    console.write("big.yaml", big)
    console.ok("mkdir -p small")
    for name, image in (("front", "nginx"), ("cache", "redis"), ("db", "mongo")):
        console.write(f"small/{name}.yaml", APP.format(name=name, image=image))
    console.ok("kubectl apply -f big.yaml -f small/")
    console.ok("kubectl scale deployment big front --replicas=4")
    console.advance(60)
    count = "kubectl get pods -l app={} -o jsonpath='{{.items[*].spec.containers[*].name}}' | wc -w"
    assert [console.ok(count.format(name)).strip() for name in ("big", "front", "cache")] == ["12", "4", "2"]
