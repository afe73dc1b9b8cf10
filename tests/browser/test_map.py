"""The picture of the cluster: Pods come up in it, and each thing tells what it is."""


def test_pods_come_up_and_tell_about_themselves(learner):
    learner.reads_in_map("worker-1", "worker-2", "3 of 3 nodes ready. Pods: none")
    learner.enters("kubectl create deployment web --image=nginx --replicas=2")
    learner.reads_in_map("Deployment web", "2/2", "Pods: 2 running")
    learner.map.get_by_role("button", name="Deployment web").click()
    details = learner.map.get_by_role("complementary", name="Details")
    learner.expect(details).to_contain_text("2 of 2")
    details.locator(".pod-list .link-button").first.click()
    learner.expect(details.get_by_role("heading", level=3)).to_be_focused()
    learner.expect(details).to_contain_text("nginx")
    details.get_by_role("button", name="Logs").click()
    learner.sees("kubectl logs web-", "start worker process")
    learner.presses("Shift+Tab")
    details.get_by_role("button", name="Close the details").click()
    learner.expect(details).to_be_hidden()
    learner.map.get_by_role("button", name="Table").click()
    learner.expect(learner.map.get_by_role("row").filter(has_text="worker-1").first).to_be_visible()
    learner.enters("kubectl delete deployment web")
    learner.reads_in_map("Pods: none")
    learner.page.reload()
    learner.expect(learner.map.get_by_role("button", name="Table")).to_have_attribute("aria-pressed", "true")


def test_a_pod_that_cannot_start_is_seen_as_such(learner):
    learner.enters("kubectl run wrong --image=nginx:doesnotexist")
    learner.reads_in_map("ErrImagePull")
