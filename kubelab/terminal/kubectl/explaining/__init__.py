"""kubectl explain: what a kind's fields are, in the plain text of kubectl since 1.27 (kubectl/pkg/explain/v2)."""
