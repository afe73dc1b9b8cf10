"""The shell's builtins, by theme."""
