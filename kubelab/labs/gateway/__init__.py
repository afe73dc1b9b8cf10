"""A learner's own client on their cluster: the REST API over TLS, at /clusters/<public id>/ on a port of its own.

What a path means and what is answered is the cluster's own affair (kubelab.cluster.rest); here is who may ask
(`tokens`), how it is kept (`serving`), answers that go on (`streams`) and the transport (`application`).
"""
