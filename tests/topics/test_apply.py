"""apply, edit, diff, replace, patch; field managers, and a conflict of server-side apply.

Source: kubernetes.io, tasks/manage-kubernetes-objects/declarative-config; reference/using-api/server-side-apply.
"""

WEB = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: nginx, image: "nginx:1.27"}
"""


def test_a_manifest_is_applied_twice_and_then_changed(console):
    console.write("web.yaml", WEB)
    assert console.ok("kubectl apply -f web.yaml") == "deployment.apps/web created\n"
    assert console.ok("kubectl apply -f web.yaml") == "deployment.apps/web unchanged\n"
    console.write(
        "web.yaml", WEB.replace("replicas: 2", "replicas: 3").replace(", labels: {app: web}}\nspec", "}\nspec")
    )
    diff = console.run("kubectl diff -f web.yaml")
    assert diff.exit == 1
    assert "-  replicas: 2\n+  replicas: 3" in diff.stdout
    assert console.ok("kubectl apply -f web.yaml") == "deployment.apps/web configured\n"
    web = console.get("deployment", "web")
    assert web["spec"]["replicas"] == 3
    assert "labels" not in web["metadata"], "what the file says no longer is taken away"


def test_what_others_set_stays_when_the_file_does_not_say_it(console):
    console.write("web.yaml", WEB)
    console.ok("kubectl apply -f web.yaml; kubectl annotate deployment web note=mine")
    console.ok("kubectl scale deployment web --replicas=5")
    console.ok("kubectl apply -f web.yaml")
    web = console.get("deployment", "web")
    assert (web["spec"]["replicas"], web["metadata"]["annotations"]["note"]) == (2, "mine")


def test_replace_takes_the_whole_object_and_patch_a_part_of_it(console):
    console.write("web.yaml", WEB)
    console.ok("kubectl create -f web.yaml; kubectl annotate deployment web note=mine")
    assert console.ok("kubectl replace -f web.yaml") == "deployment.apps/web replaced\n"
    assert "note" not in console.get("deployment", "web")["metadata"].get("annotations", {})
    console.ok("kubectl patch deployment web -p '{\"spec\":{\"template\":{\"spec\":{\"containers\":"
               "[{\"name\":\"nginx\",\"image\":\"nginx:1.28\"}]}}}}'")  # fmt: skip
    console.ok('kubectl patch deployment web --type=merge -p \'{"spec":{"replicas":4}}\'')
    console.ok('kubectl patch deployment web --type=json -p \'[{"op":"add","path":"/metadata/labels/a","value":"b"}]\'')
    web = console.get("deployment", "web")
    image = web["spec"]["template"]["spec"]["containers"][0]["image"]
    assert (image, web["spec"]["replicas"], web["metadata"]["labels"]) == ("nginx:1.28", 4, {"app": "web", "a": "b"})


def test_two_managers_of_one_field_conflict_until_one_is_forced(console):
    console.write("web.yaml", WEB)
    assert console.ok("kubectl apply --server-side -f web.yaml") == "deployment.apps/web serverside-applied\n"
    console.write("mine.yaml", WEB.replace("replicas: 2", "replicas: 7"))
    said = console.fails("kubectl apply --server-side --field-manager=mine -f mine.yaml")
    assert said.startswith('error: Apply failed with 1 conflict: conflict with "kubectl": .spec.replicas\n')
    console.ok("kubectl apply --server-side --field-manager=mine --force-conflicts -f mine.yaml")
    fields = {
        entry["manager"]: entry["fieldsV1"] for entry in console.get("deployment", "web")["metadata"]["managedFields"]
    }
    assert "f:replicas" in fields["mine"]["f:spec"]
    assert "f:replicas" not in fields["kubectl"]["f:spec"]


def test_a_later_edit_of_a_file_of_many_changes_only_what_differs(console):
    console.ok("mkdir all")
    console.write("all/web.yaml", WEB)
    console.write("all/conf.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: conf}\ndata: {a: b}\n")
    assert console.ok("kubectl apply -f all/").splitlines() == ["configmap/conf created", "deployment.apps/web created"]
    console.write("all/conf.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: conf}\ndata: {a: c}\n")
    assert console.ok("kubectl apply -f all/").splitlines() == [
        "configmap/conf configured",
        "deployment.apps/web unchanged",
    ]


def test_a_manifest_with_a_mistake_is_refused_before_anything_is_changed(console):
    console.write("web.yaml", WEB.replace("replicas: 2", "replica: 2"))
    assert console.fails("kubectl apply -f web.yaml") == (
        'Error from server (BadRequest): error when creating "web.yaml": Deployment in version "v1" cannot be handled '
        'as a Deployment: strict decoding error: unknown field "spec.replica"\n'
    )
    assert console.get("deployment", "web") is None
