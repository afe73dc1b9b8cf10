"""The API server's REST face, free of any transport: paths, discovery, OpenAPI, what a client accepts and sends.

A gateway hands in a `Call` and writes out the `Reply` (or streams the `Watch`) that `answer` returns.
"""
