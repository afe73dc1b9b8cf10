"""The flags that every kubectl command takes (`kubectl options`).

Those of the logging and profiling libraries are read and have no effect.
"""

from __future__ import annotations

from kubelab.terminal.kubectl.flags import Flag

GLOBAL_FLAGS = (
    Flag("as", "string", "", "User to act as; a plain user or a service account of a namespace."),
    Flag("as-group", "array", [], "Group to act as; may be given several times."),
    Flag("as-uid", "string", "", "UID to act as."),
    Flag("cache-dir", "string", "/root/.kube/cache", "Directory in which what was discovered is kept"),
    Flag("certificate-authority", "string", "", "File with the certificate of the authority that signed the server's"),
    Flag("client-certificate", "string", "", "File with the client's certificate"),
    Flag("client-key", "string", "", "File with the client's private key"),
    Flag("cluster", "string", "", "Cluster of the kubeconfig to talk to"),
    Flag("context", "string", "", "Context of the kubeconfig to use"),
    Flag("disable-compression", "bool", False, "If true, ask the server not to compress what it answers"),
    Flag(
        "insecure-skip-tls-verify",
        "bool",
        False,
        "If true, accept any certificate from the server. Whoever is between you and it can then read along",
    ),
    Flag("kubeconfig", "string", "", "The kubeconfig file to use."),
    Flag("log-flush-frequency", "duration", 5.0, "Longest time between two writes of the log"),
    Flag("match-server-version", "bool", False, "Refuse to work with a server of another version"),
    Flag("namespace", "string", "", "Namespace in which this command works", short="n"),
    Flag("password", "string", "", "Password for basic authentication"),
    Flag("profile", "string", "none", "Profile to record. One of (none|cpu|heap|goroutine|threadcreate|block|mutex)"),
    Flag("profile-output", "string", "profile.pprof", "File for the recorded profile"),
    Flag(
        "request-timeout",
        "string",
        "0",
        "Time after which one request to the server is given up, with a unit (1s, 2m, 3h). Zero means never.",
    ),
    Flag("server", "string", "", "Address and port of the API server", short="s"),
    Flag("tls-server-name", "string", "", "Name that the server's certificate must have, if it is not the address's"),
    Flag("token", "string", "", "Bearer token for authentication"),
    Flag("user", "string", "", "User of the kubeconfig to act as"),
    Flag("username", "string", "", "User name for basic authentication"),
    Flag("v", "int32", 0, "How much to log", short="v", bare=""),
    Flag("vmodule", "string", "", "Log levels by source file, as pattern=N,..."),
    Flag(
        "warnings-as-errors", "bool", False, "Take the server's warnings as errors, and end with another status than 0"
    ),
    # Hidden ones of client-go and klog that scripts still pass.
    Flag("add-dir-header", "bool", False, "", hidden=True),
    Flag("alsologtostderr", "bool", False, "", hidden=True),
    Flag("logtostderr", "bool", True, "", hidden=True),
    Flag("stderrthreshold", "string", "", "", hidden=True),
)
