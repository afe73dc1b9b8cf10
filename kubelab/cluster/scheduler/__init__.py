"""kube-scheduler: which node each Pod goes to, decided by filter and score plugins.

Source: pkg/scheduler; kubernetes.io, concepts/scheduling-eviction/kube-scheduler and scheduling-framework.
"""
