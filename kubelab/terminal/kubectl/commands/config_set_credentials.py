"""kubectl config set-credentials (kubectl/pkg/cmd/config/set_credentials.go)."""

from __future__ import annotations

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import Command
from kubelab.terminal.kubectl.commands.config_set_cluster import absolute, checked_file, embedded
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.kubeconfig_editing import put, starting

_CERTIFICATES = ("client-certificate", "client-key")


def run(call: Call) -> None:
    """Changes a user's entry or makes one."""
    if len(call.args) != 1:
        call.help()
        raise CommandError(f"unexpected args: [{' '.join(call.args)}]")
    name = call.args[0]
    _check(call, name)
    config = starting(call)
    put(call, config, "users", name, _changed(call, config.users.get(name, {})))
    call.say(f'User "{name}" set.')


def _check(call: Call, name: str) -> None:
    flags = call.flags
    if not name:
        raise CommandError("you must specify a non-empty user name")
    methods = [] if not flags.text("token") else ["--token"]
    if flags.text("username") or flags.text("password"):
        methods.append("--username/--password")
    if len(methods) > 1:
        raise CommandError(
            f"you cannot specify more than one authentication method at the same time: {', '.join(methods)}"
        )
    if flags.on("embed-certs"):
        if not any(flags.text(field) for field in _CERTIFICATES):
            raise CommandError("you must specify a --client-certificate or --client-key to embed")
        for field in _CERTIFICATES:
            if flags.text(field):
                checked_file(call, field, flags.text(field))


def _changed(call: Call, entry: Object) -> Object:
    flags = call.flags
    entry = dict(entry)
    for field in _CERTIFICATES:
        if flags.changed(field):
            path = flags.text(field)
            if flags.on("embed-certs"):
                entry |= {f"{field}-data": embedded(call, path), field: ""}
            else:
                entry[field] = absolute(call, path)
                if path:
                    entry[f"{field}-data"] = ""
    for field in ("token", "username", "password"):
        if flags.changed(field):
            entry[field] = flags.text(field)
    # One way of proving who one is takes the place of the other.
    if flags.text("token"):
        entry |= {"username": "", "password": ""}
    elif flags.text("username") or flags.text("password"):
        entry["token"] = ""
    if flags.changed("auth-provider"):
        entry["auth-provider"] = {"name": flags.text("auth-provider")} if flags.text("auth-provider") else None
    if flags.changed("auth-provider-arg"):
        entry["auth-provider"] = _provider(entry.get("auth-provider"), flags.items("auth-provider-arg"))
    return _with_exec(call, entry)


def _provider(provider: Object | None, arguments: list[str]) -> Object:
    if not provider:
        raise CommandError("auth provider is not set")
    config = dict(provider.get("config") or {})
    for word in arguments:
        key, value = _assignment(word)
        if value is None:
            config.pop(key, None)
        else:
            config[key] = value
    return {**provider, "config": config}


def _with_exec(call: Call, entry: Object) -> Object:
    flags = call.flags
    names = {
        "exec-command": "command",
        "exec-api-version": "apiVersion",
        "exec-interactive-mode": "interactiveMode",
    }
    if flags.changed("exec-command"):
        entry["exec"] = {**(entry.get("exec") or {}), "command": flags.text("exec-command")}
    plugin = entry.get("exec")
    if not plugin:
        return entry
    plugin = dict(plugin)
    plugin |= {field: flags.text(flag) for flag, field in names.items() if flags.changed(flag)}
    if flags.changed("exec-arg"):
        plugin["args"] = flags.items("exec-arg")
    if flags.changed("exec-provide-cluster-info"):
        plugin["provideClusterInfo"] = flags.on("exec-provide-cluster-info")
    if flags.changed("exec-env"):
        variables = {each["name"]: each["value"] for each in plugin.get("env") or ()}
        changes = [_assignment(word) for word in flags.items("exec-env")]
        for key, _ in (change for change in changes if change[1] is None):
            variables.pop(key, None)
        variables |= {key: value for key, value in changes if value is not None}
        plugin["env"] = [{"name": name, "value": value} for name, value in variables.items()]
    entry["exec"] = plugin
    return entry


def _assignment(word: str) -> tuple[str, str | None]:
    """Reads `KEY=VALUE`, or `KEY-` which takes it away."""
    key, equals, value = word.partition("=")
    if equals and key:
        return key, value
    if word.endswith("-") and len(word) > 1:
        return word[:-1], None
    raise CommandError(f"Error: invalid key=value pair: {word}")


COMMAND = Command(
    path="config set-credentials",
    usage="config set-credentials NAME [--client-certificate=path/to/certfile] [--client-key=path/to/keyfile] "
    "[--token=bearer_token] [--username=basic_user] [--password=basic_password] [--auth-provider=provider_name] "
    "[--auth-provider-arg=key=value] [--exec-command=exec_command] [--exec-api-version=exec_api_version] "
    "[--exec-arg=arg] [--exec-env=key=value]",
    short="Change a user's entry, or make one",
    run=run,
    long="""
Change a user's entry in the kubeconfig, or make one.

What is not given stays as it is in an entry that exists.

A user proves who they are by a client certificate (--client-certificate, --client-key), by a token (--token) or by a password (--username, --password); the last two exclude each other.
""",  # noqa: E501
    examples="""
# Change the key of "cluster-admin" and nothing else
kubectl config set-credentials cluster-admin --client-key=~/.kube/admin.key

# A user name and a password
kubectl config set-credentials cluster-admin --username=admin --password=uXFGweU9l35qcif

# Put the certificate itself into the entry
kubectl config set-credentials cluster-admin --client-certificate=~/.kube/admin.crt --embed-certs=true

# Let a program get the credentials
kubectl config set-credentials cluster-admin --exec-command=/path/to/the/executable --exec-api-version=client.authentication.k8s.io/v1

# Take a variable out of that program's environment
kubectl config set-credentials cluster-admin --exec-env=var-to-remove-
""",  # noqa: E501
    flags=(
        Flag("auth-provider", "string", "", "Name of an authentication provider"),
        Flag("auth-provider-arg", "strings", [], "'key=value' arguments for the authentication provider"),
        Flag("client-certificate", "string", "", "Path of the file with the client's certificate"),
        Flag("client-key", "string", "", "Path of the file with the client's private key"),
        Flag("embed-certs", "bool", False, "Put certificate and key themselves into the entry"),
        Flag("exec-api-version", "string", "", "API version that the credential plugin speaks"),
        Flag("exec-arg", "strings", [], "Arguments for the credential plugin"),
        Flag("exec-command", "string", "", "The credential plugin's command"),
        Flag("exec-env", "array", [], "'key=value' variables for the credential plugin's environment"),
        Flag("exec-interactive-mode", "string", "", "Whether the credential plugin reads standard input"),
        Flag("exec-provide-cluster-info", "bool", False, "Tell the credential plugin about the cluster"),
        Flag("password", "string", "", "password of the user"),
        Flag("token", "string", "", "bearer token of the user"),
        Flag("username", "string", "", "name for basic authentication"),
    ),
)
