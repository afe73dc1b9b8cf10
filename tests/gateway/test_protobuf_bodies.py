"""kubectl sends protobuf from 1.32 on, JSON before: what is stored is the same."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kubelab.cluster.api.errors import ApiError
from kubelab.cluster.cluster import Cluster
from kubelab.cluster.rest import negotiation, protobuf
from tests.judge import Judge

LINES = """
create deployment web --image=nginx:1.27 --replicas=0 --port=80
create configmap settings --from-literal=colour=red --from-literal=nothing=
create secret generic key --from-literal=word=swordfish
create secret tls broken --cert=/dev/null --key=/dev/null
create namespace shop
create service nodeport web --tcp=80:8080 --node-port=30080
create serviceaccount bot
create job once --image=busybox -- echo hi
create cronjob often --image=busybox --schedule='*/5 * * * *' -- date
create role reader --verb=get,list --resource=pods,deployments.apps --resource-name=one
create clusterrole reader --verb=get --non-resource-url=/logs/*
create clusterrole collected --aggregation-rule=a=b
create rolebinding readers --role=reader --serviceaccount=default:bot --group=people
create clusterrolebinding readers --clusterrole=reader --user=jane
create quota few --hard=cpu=1500m,memory=1Gi,pods=2 --scopes=BestEffort
create priorityclass low --value=0 --description=waits --preemption-policy=Never
create poddisruptionbudget all --selector=app=web --min-available=0
create poddisruptionbudget most --selector=app=web --max-unavailable=20%
create ingress web --class=nginx --rule='shop.example/path*=web:80,tls=cert'
create deployment Web --image=nginx
create deployment web --image=nginx
create token bot --duration=1s
auth can-i create pods
delete pod gone --grace-period=0 --force
"""
NOON = 1_800_000_000.0
KINDS = "deploy,cm,secret,ns,svc,sa,job,cronjob,role,clusterrole,rolebinding,clusterrolebinding,quota,pc,pdb,ingress"
PASSING = {"uid", "resourceVersion", "creationTimestamp", "managedFields", "clusterIP", "clusterIPs", "lastUpdateTime",
           "lastTransitionTime"}  # fmt: skip


def lasting(value):
    """Return what does not differ between two clusters' lives; empty values say nothing."""
    if isinstance(value, dict):
        kept = {key: lasting(inner) for key, inner in value.items() if key not in PASSING}
        return {key: inner for key, inner in kept.items() if inner not in ({}, None)}
    return [lasting(item) for item in value] if isinstance(value, list) else value


def made_by(minor):
    """Return what kubectl of that version prints and leaves behind in a cluster of 1.33."""
    cluster = Cluster.create("judged", version="1.33", now=NOON, seed=7)
    with Judge(minor, cluster, follow=False) as judge:
        told = [(line, judge.kubectl(line)) for line in LINES.strip().splitlines()]
        left = json.loads(judge.kubectl(f"get {KINDS} -A -o json").stdout)
    return [(line, run.stdout, run.stderr, run.returncode) for line, run in told], lasting(left)


def test_protobuf_makes_the_same_objects_as_json():
    told_in_json, left_by_json = made_by("1.31")
    told_in_protobuf, left_by_protobuf = made_by("1.33")
    assert left_by_protobuf["items"] == left_by_json["items"]
    assert told_in_protobuf == told_in_json


def test_a_kind_that_is_not_known_is_said_plainly():
    unknown = b"k8s\x00\x0a\x10\x0a\x05wd/v1\x12\x07Gizmo42"[:-2] + b"42"
    with pytest.raises(ApiError) as refused:
        negotiation.body_of(negotiation.PROTOBUF, unknown)
    assert refused.value.code == 415 and "not simulated" in refused.value.message


@given(st.binary(max_size=300))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_read_or_refused(noise):
    head = b"k8s\x00\x0a\x09\x0a\x02v1\x12\x03Pod\x12"
    for body in (noise, b"k8s\x00" + noise, head + bytes([len(noise) & 0x7F]) + noise):
        try:
            protobuf.decoded(body)
        except ApiError as error:
            assert error.code in (400, 415)
