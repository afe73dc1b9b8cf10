"""Storage: what claims, volumes and those who bind, provision and mount them agree on.

The words and rules of binding (binding.py) are the controller's and the scheduler's; the servers that stand outside of
the cluster are here as well, since both nodes and provisioners reach them.
"""
