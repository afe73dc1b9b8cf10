"""The cluster autoscaler and the cloud whose node groups it makes larger and smaller.

`clusterautoscaler.py` is the component, `scaleup.py` and `scaledown.py` what it decides, `cloud.py` the other side:
groups of machines that boot and are terminated. Source: kubernetes/autoscaler, cluster-autoscaler (FAQ.md, core/).
"""
