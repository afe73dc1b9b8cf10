"""Shortcuts for the many Pods of one template come to the same as the long way."""

import json

from kubelab.cluster.api.foldedevents import FoldedEvent
from kubelab.cluster.aspects import EVERYTHING, of_pod
from kubelab.cluster.cluster import Cluster
from kubelab.cluster.controllers.replicaset import owners_of_pod
from kubelab.cluster.folded import unfolded
from kubelab.cluster.kinds import Deployment, Event, Pod, Service
from kubelab.cluster.node import conditions, plain, status
from kubelab.cluster.node.podwork import PodWork
from kubelab.cluster.node.record import container_key, thaw
from kubelab.cluster.objects import Key, key_of
from kubelab.labs.bench._workload import ADMIN, deployment, ready, service


def rolled_out(replicas=12):
    cluster = Cluster.create("lab", seed=4)
    api = cluster.api.client(ADMIN, "kubectl")
    api.create(Service, service("web"))
    api.create(Deployment, deployment("web", replicas))
    return cluster, api


def test_pods_that_were_bound_together_share_their_conditions():
    cluster, api = rolled_out()
    cluster.advance(0.9)
    shared = {id(pod["status"]["conditions"]) for pod in api.list(Pod, "default")}
    assert len(shared) == 1
    cluster.advance(60)
    assert ready(cluster, "web") == 12


def test_shared_conditions_are_those_of_a_pod_looked_at_alone(monkeypatch):
    monkeypatch.setattr(plain, "plain_life", lambda _blueprint: None)  # who goes the short way is told the conditions
    cluster, _api = rolled_out()
    compared = []

    def both_ways(work, old, phase, inits, apps):
        found = together(work, old, phase, inits, apps)
        alone = conditions._generate(work, old, phase, inits, conditions._containers_ready(work, phase, inits, apps))
        assert found == alone
        compared.append(work.key)
        return found

    together = conditions.generate
    monkeypatch.setattr(conditions, "generate", both_ways)
    cluster.advance(60)
    assert len(compared) >= 24


def test_a_running_pod_has_the_status_that_its_kubelet_would_give_it_now():
    cluster, api = rolled_out()
    cluster.advance(60)
    kubelet = cluster.components["kubelet"]
    for pod in api.list(Pod, "default"):
        node, key = pod["spec"]["nodeName"], key_of(pod)
        record = thaw(cluster.store.get(container_key(node, *key)))
        assert status.generate(PodWork(kubelet, kubelet.view(node), key, pod, record)) == pod["status"]


def test_who_does_not_heed_a_change_would_have_nothing_to_do(monkeypatch):
    cluster, api = rolled_out()
    told = []
    watching = [
        (component, keys_of, component.heeds.get(keys_of, EVERYTHING), component.whose.get(keys_of, of_any))
        for component in cluster.components.values()
        for kind, keys_of in component.watches.items()
        if kind is Pod and {keys_of} & {*component.heeds, *component.whose} - {owners_of_pod}  # who counts: see below
    ]
    table, about = cluster.store.table(Pod.prefix), [0]

    def sorted_out(old, new):
        about[0] = of_pod(old, new)
        return about[0]

    def check(change):
        for component, keys_of, heeds, whose in watching:
            if not heeds & about[0] or not whose(change.new or change.old):
                told.append(keys_of)
                assert not [*keys_of(component, change)]

    monkeypatch.setattr(table, "aspects", sorted_out)
    cluster.store.subscribe(Pod.prefix, check)
    cluster.advance(60)
    for replicas in (30, 3):
        api.patch(Deployment, Key("default", "web"), {"spec": {"replicas": replicas}})
        cluster.advance(60)
    assert len(set(told)) == len(watching) >= 8


def of_any(pod):
    return True


def test_what_is_counted_along_is_what_a_recount_finds():
    cluster, api = rolled_out()
    for change in ({"replicas": 20}, {"template": {"spec": {"terminationGracePeriodSeconds": 3}}}, {"replicas": 5}):
        api.patch(Deployment, Key("default", "web"), {"spec": change})
        for _ in range(5):
            cluster.advance(4.2)
            assert counted(cluster) == recounted(cluster)


def counted(cluster):
    tally, cache = cluster.components["replicaset"].tally, cluster.components["scheduler"].cache
    counts = {uid: vars(count) for uid, count in tally._counts.items()}
    nodes = {name: (node.requested, node.scored, sorted(node.pods)) for name, node in cache.nodes.items()}
    selectors = ({"matchLabels": {"app": "web"}}, {"matchExpressions": [{"key": "app", "operator": "Exists"}]})
    return counts, nodes, [cache.counter("default", selector).by_node for selector in selectors]


def recounted(cluster):
    loaded = Cluster.load(cluster.header(), [*cluster.store.items()])
    return counted(loaded)


def test_events_that_say_the_same_of_two_pods_share_their_manner():
    cluster, api = rolled_out(2)
    cluster.advance(60)
    started = [
        event
        for event in cluster.store.table(Event.prefix).all_kept()
        if isinstance(event, FoldedEvent) and event[1].reason == "Started" and event[1].field_path.endswith("{web}")
    ]
    assert len(started) == 2 and started[0][1] is started[1][1]
    pods = {(pod["metadata"]["name"], pod["metadata"]["uid"]) for pod in api.list(Pod, "default")}
    involved = [unfolded(event)["involvedObject"] for event in started]
    assert {(about["name"], about["uid"]) for about in involved} == pods
    assert {about["fieldPath"] for about in involved} == {"spec.containers{web}"}


def test_pods_that_are_created_one_like_the_other_are_those_that_the_whole_pipeline_makes(monkeypatch):
    def written():
        cluster, _api = rolled_out()
        cluster.advance(0.9)
        return json.dumps([*cluster.store.items()])

    short = written()
    monkeypatch.setattr("kubelab.cluster.api.client.another", lambda *_about: None)
    assert short == written()
