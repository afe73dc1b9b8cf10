"""The simulated cluster: a Kubernetes control plane, its nodes, network and storage, in virtual time.

Imports nothing of KubeLab above it, reads no wall clock and no global randomness.
"""
