"""Another process of the site, at work on the same database: acts on a lab for each line that it reads."""

import os
import sys

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kubelab.settings")
    django.setup()
    from kubelab.cluster.kinds import ConfigMap
    from kubelab.cluster.objects import Key
    from kubelab.cluster.user import ADMIN
    from kubelab.labs.keeping import act_on

    print("ready", flush=True)
    for line in sys.stdin:
        what, name = line.split()
        with act_on(int(sys.argv[1])) as act:
            client = act.cluster.api.client(ADMIN, "other")
            if what == "create":
                metadata = {"name": name, "namespace": "default", "labels": {"by": "other"}}
                client.create(ConfigMap, {"metadata": metadata})
            else:
                client.patch(ConfigMap, Key("default", name), {"metadata": {"labels": {"by": "both"}}})
        print("done", flush=True)
