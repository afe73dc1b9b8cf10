"""The nodes: kubelets, container runtime, images, and what runs in containers."""
