"""The controllers of kube-controller-manager, one a file, found by their class."""
