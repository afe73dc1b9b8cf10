"""Claims, volumes and their drivers go on as they would have, wherever the cluster is killed and loaded."""

from functools import cache

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from kubelab.cluster.storage.manifests import published
from tests.cluster.test_determinism import BUSY, Story, differences, told
from tests.topics.storage import LOCAL_PATH, VSPHERE, by_claim, claim, nfs_volume, pod, storage_class


def create(lab, *manifests):
    for manifest in manifests:
        lab.create(manifest)


def drivers(lab):
    create(lab, published(VSPHERE), published(LOCAL_PATH), storage_class("vsan", "csi.vsphere.vmware.com"))


def dynamic(lab):
    create(lab, claim("disk", modes="[ReadWriteOnce]", more="storageClassName: vsan"),
           claim("here", modes="[ReadWriteOnce]", more="storageClassName: local-path"))  # fmt: skip


def users(lab):
    create(lab, pod("one", by_claim("disk"), more="nodeName: worker-1"), pod("local", by_claim("here")),
           pod("two", by_claim("disk"), more="nodeName: worker-2"))  # fmt: skip


def static(lab):
    create(lab, nfs_volume("team", more="persistentVolumeReclaimPolicy: Recycle"), claim("data"),
           pod("web", by_claim("data")))  # fmt: skip


def drop(lab):
    lab.delete("persistentvolumeclaims", "data")
    lab.delete("pods", "web")
    lab.delete("pods", "one")


STORAGE: Story = [(0, drivers), (2, dynamic), (3, static), (5, users), (14, drop)]  # fmt: skip


@cache
def uninterrupted():
    return told(7, story=STORAGE)


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture],
          phases=[Phase.explicit, Phase.reuse, Phase.generate])  # fmt: skip
@given(cuts=st.lists(st.floats(0, BUSY), min_size=1, max_size=3), shuffle=st.integers(0, 1000))
def test_storage_takes_the_same_course_wherever_it_is_interrupted(cuts, shuffle):
    assert differences(uninterrupted(), told(7, cuts, shuffle, STORAGE)) == []
