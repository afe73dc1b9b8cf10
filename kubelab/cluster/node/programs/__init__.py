"""What runs in containers: servers that images are made of."""
