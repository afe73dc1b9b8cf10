"""Flags that many commands have, so that each is described once."""

from __future__ import annotations

from kubelab.terminal.kubectl.flags import Flag

_FORMATS = (
    "json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file"
)

SHOW_MANAGED_FIELDS = Flag(
    "show-managed-fields", "bool", False, "If true, JSON and YAML output keeps metadata.managedFields."
)
TEMPLATE = Flag(
    "template", "string", "", "The template, or the path of its file, for -o=go-template and -o=go-template-file."
)
ALLOW_MISSING = Flag(
    "allow-missing-template-keys",
    "bool",
    True,
    "If true, a template may ask for fields that an object does not have. For Go templates and JSONPath.",
)


def output_flags(formats: str = _FORMATS, default: str = "") -> tuple[Flag, ...]:
    """Returns -o and what belongs to it."""
    return (
        Flag("output", "string", default, f"Output format. One of: ({formats}).", short="o"),
        TEMPLATE,
        ALLOW_MISSING,
        SHOW_MANAGED_FIELDS,
    )


OUTPUT = output_flags()
NO_HEADERS = Flag("no-headers", "bool", False, "If true, tables and custom columns have no header line.")

DRY_RUN = Flag(
    "dry-run",
    "string",
    "none",
    'Must be "none", "server", or "client". With client, what would be sent is only printed. '
    "With server, it is sent, checked and answered, but not kept.",
    bare="unchanged",
)

SELECTOR = Flag(
    "selector",
    "string",
    "",
    "Only objects whose labels meet all of these conditions. Understands '=', '==', '!=', 'in' and 'notin' "
    "(-l key1=value1,key2=value2,key3 in (value3)).",
    short="l",
)
FIELD_SELECTOR = Flag(
    "field-selector",
    "string",
    "",
    "Only objects whose fields meet these conditions, with '=', '==' and '!=' "
    "(--field-selector key1=value1,key2=value2). "
    "Which fields can be asked for depends on the kind.",
)
ALL_NAMESPACES = Flag(
    "all-namespaces",
    "bool",
    False,
    "If true, look in all namespaces, whatever --namespace or the context say.",
    short="A",
)
CHUNK_SIZE = Flag(
    "chunk-size", "int64", 500, "How many objects of a long list to fetch at a time; 0 fetches all at once."
)
SAVE_CONFIG = Flag(
    "save-config",
    "bool",
    False,
    "If true, keep the configuration in an annotation of the object, so that kubectl apply can take it over later.",
)
VALIDATE = Flag(
    "validate",
    "string",
    "strict",
    'Must be one of: strict (or true), warn, ignore (or false). "strict" refuses unknown and duplicate fields, '
    '"warn" tells of them and goes on, "ignore" drops them silently. The server does the checking.',
    bare="strict",
)
ALL = Flag("all", "bool", False, "Select all objects of the given types in the namespace")
LOCAL = Flag("local", "bool", False, "If true, work on the given files only and do not ask the server.")


def field_manager(name: str) -> Flag:
    """Returns --field-manager with a command's own default."""
    return Flag(
        "field-manager", "string", name, "Name under which the server notes who owns the fields that are written."
    )


def filename_flags(purpose: str) -> tuple[Flag, ...]:
    """Returns -f, -k and -R."""
    return (
        Flag("filename", "strings", [], f"Filename, directory, or URL to files {purpose}", short="f"),
        Flag("kustomize", "string", "", "Process a kustomization directory. Not together with -f or -R.", short="k"),
        Flag(
            "recursive",
            "bool",
            False,
            "Look for files in the directories below that of -f, --filename as well.",
            short="R",
        ),
    )


IDENTIFYING = "that say which objects are meant."
