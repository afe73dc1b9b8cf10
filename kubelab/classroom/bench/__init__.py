"""What `manage.py bench` measures of classes. See `kubelab.labs.bench`."""
