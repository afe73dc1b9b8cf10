"""Topic replicaset: scaled, orphaned, adopted; and which Pods go first.

Source: kubernetes.io, concepts/workloads/controllers/replicaset; the order: controller_utils.go (ActivePodsWithRanks).
"""

RS = """
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: front}
spec:
  replicas: 3
  selector: {matchLabels: {tier: front}}
  template:
    metadata: {labels: {tier: front}}
    spec: {containers: [{name: c, image: nginx}]}
"""
NAMES = "kubectl get pods -l tier=front -o name"


def names(console):
    return console.ok(NAMES).split()


def test_scaled_deleted_orphaned_and_adopted_by_label(console):
    console.write("rs.yaml", RS)
    console.ok("kubectl apply -f rs.yaml")
    console.advance(20)
    first = names(console)
    assert len(first) == 3
    console.ok(f"kubectl delete {first[0]}")
    console.advance(10)
    assert len(names(console)) == 3 and first[0] not in names(console)
    console.ok(f"kubectl label {first[1]} tier=debug --overwrite")
    console.advance(10)
    assert len(names(console)) == 3
    assert console.ok(f"kubectl get {first[1]} -o jsonpath='{{.metadata.ownerReferences}}'") == ""
    console.ok(f"kubectl label {first[1]} tier=front --overwrite")
    console.advance(10)
    assert len(names(console)) == 3, "it was adopted again, and one too many went"
    console.ok("kubectl delete rs front --cascade=orphan")
    console.advance(10)
    orphans = names(console)
    assert len(orphans) == 3
    console.ok("kubectl apply -f rs.yaml")
    console.advance(10)
    assert names(console) == orphans
    assert "front" in console.ok(f"kubectl get {orphans[0]} -o jsonpath='{{.metadata.ownerReferences[0].name}}'")


def test_a_pod_with_a_lower_deletion_cost_goes_first_and_then_the_newest(console):
    console.apply(RS)
    console.advance(30)
    cheap = names(console)[0]
    console.ok(f"kubectl annotate {cheap} controller.kubernetes.io/pod-deletion-cost=-10")
    console.ok("kubectl scale rs front --replicas=2")
    console.advance(10)
    kept = names(console)
    assert cheap not in kept and len(kept) == 2
    console.advance(60)
    console.ok("kubectl scale rs front --replicas=4")
    console.advance(60)
    console.ok("kubectl scale rs front --replicas=2")
    console.advance(10)
    assert names(console) == kept
