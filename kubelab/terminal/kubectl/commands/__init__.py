"""kubectl's commands, one file each; every `Command` in them is found."""
