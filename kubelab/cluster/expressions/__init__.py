"""CEL as the API server speaks it: expressions compiled once, with the functions that Kubernetes adds.

Source: kubernetes.io, reference/using-api/cel. What the server's own compiler says of types before an expression
ever runs is known here only as far as names go: a wrong type is told when the expression meets it.
"""
