"""How objects are written: tables, YAML, JSON, names, JSONPath, Go templates, custom columns."""
