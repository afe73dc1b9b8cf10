"""kubectl, as a tool of the terminal's shell: the same commands, output, errors and exit codes as the real one.

It is a client and nothing more: all it knows of a cluster it asks the API for, as its kubeconfig's user.
"""
