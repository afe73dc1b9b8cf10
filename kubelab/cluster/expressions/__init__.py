"""CEL as the API server speaks it: expressions are read, their types checked, their cost estimated, and run.

Source: kubernetes.io, reference/using-api/cel; github.com/google/cel-spec; cel-go.
"""
