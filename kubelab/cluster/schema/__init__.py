"""The types of every supported Kubernetes version, from the kubernetes-validate package's data."""
