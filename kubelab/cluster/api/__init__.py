"""API machinery: the request pipeline, patches, selectors, watches, tables; what kube-apiserver does."""
