"""Topic deployment: rolled out Pod by Pod, paused, undone, stuck, and replaced at once.

Source: kubernetes.io, concepts/workloads/controllers/deployment.
"""

APP = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 4
  progressDeadlineSeconds: 60
  strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 1, maxUnavailable: 1}}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: nginx, image: 'nginx:1.27'}]}
"""
IMAGES = "kubectl get pods -l app=web -o jsonpath='{.items[*].spec.containers[0].image}'"


def test_a_rolling_update_stays_within_its_bounds_and_is_undone(console):
    console.apply(APP)
    console.advance(30)
    console.ok("kubectl set image deployment/web nginx=nginx:1.28")
    for _ in range(60):
        console.advance(0.5)
        status = console.get("deployment", "web")["status"]
        assert status["replicas"] <= 5 and status.get("availableReplicas", 0) >= 3
    assert 'deployment "web" successfully rolled out' in console.ok("kubectl rollout status deployment/web")
    history = console.ok("kubectl rollout history deployment/web").split("\n")
    assert history[2:4] == ["1         <none>", "2         <none>"]
    console.ok("kubectl rollout undo deployment/web --to-revision=1")
    console.advance(30)
    assert set(console.ok(IMAGES).split()) == {"nginx:1.27"}


def test_a_paused_deployment_waits_and_takes_all_changes_at_once(console):
    console.apply(APP)
    console.advance(30)
    console.ok("kubectl rollout pause deployment/web; kubectl set image deployment/web nginx=nginx:1.28")
    console.ok("kubectl set resources deployment/web -c nginx --requests=cpu=10m")
    console.advance(20)
    assert set(console.ok(IMAGES).split()) == {"nginx:1.27"}
    console.ok("kubectl rollout resume deployment/web")
    console.advance(40)
    assert set(console.ok(IMAGES).split()) == {"nginx:1.28"}
    assert len(console.ok("kubectl get rs -l app=web -o name").split()) == 2


def test_a_stuck_rollout_exceeds_its_deadline_and_the_old_pods_serve_on(console):
    console.apply(APP)
    console.advance(30)
    console.ok("kubectl set image deployment/web nginx=nginx:doesnotexist")
    console.advance(120)
    told = console.fails("kubectl rollout status deployment/web")
    assert 'error: deployment "web" exceeded its progress deadline' in told
    assert "ProgressDeadlineExceeded" in console.ok("kubectl describe deployment web")
    assert console.get("deployment", "web")["status"]["availableReplicas"] == 3


def test_recreate_ends_all_before_it_starts_the_new_ones(console):
    console.apply(APP.replace("type: RollingUpdate, rollingUpdate: {maxSurge: 1, maxUnavailable: 1}", "type: Recreate"))
    console.advance(30)
    console.ok("kubectl set image deployment/web nginx=nginx:1.28")
    for _ in range(40):
        console.advance(0.5)
        assert len(set(console.ok(IMAGES).split())) <= 1
    assert set(console.ok(IMAGES).split()) == {"nginx:1.28"}
