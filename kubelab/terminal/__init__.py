"""What a learner types: the shell, its tools, kubectl, and the terminal that they run in."""
