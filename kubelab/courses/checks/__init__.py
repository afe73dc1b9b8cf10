"""Lessons' checks: expressions in CEL over the cluster, its terminal and its files.

What they can say is in docs/lessons.md.
"""
