"""One file an image: what it holds, what it runs. A file sets `IMAGES`; adding one means adding its file."""
