"""yq: filters for YAML: what mikefarah's yq v4 shares with jq. Source: mikefarah.gitbook.io/yq."""

from __future__ import annotations

import re
from typing import Any

import yaml

from kubelab.cluster.file_errors import FileError
from kubelab.terminal.inputs import gather
from kubelab.terminal.jq.checking import check
from kubelab.terminal.jq.evaluator import Breaking, Evaluator, Scope
from kubelab.terminal.jq.natives import NATIVES, SCOPE, Halt
from kubelab.terminal.jq.parser import JqFault, parse
from kubelab.terminal.jq.values import JqError, JqStopped, Writer, dump
from kubelab.terminal.options import Given, Usage
from kubelab.terminal.tool import Context, Exit, Steps, tool

USAGE = Usage("""
Usage: yq [OPTION]... [EXPRESSION] [FILE]...
Run an expression on the documents of YAML files, and write the results.

  -C, --colors                 nothing
  -e, --exit-status            status 1 when there is no result, or null or false
  -i, --inplace                write to the first file
  -I, --indent=N               indent with N spaces
  -M, --no-colors              nothing
  -N, --no-doc                 no --- between documents
  -n, --null-input             run it once, without files
  -o, --output-format=FORMAT   yaml or json
  -P, --prettyPrint            nothing: it is always pretty
  -p, --input-format=FORMAT    yaml or json
  -r, --unwrapScalar           nothing: strings come without quotes
  -j, --tojson                 as -o json
""", not_simulated="-s --split-exp --front-matter --header-preprocess --xml-attribute-prefix --csv-separator -0 "
    "--nul-output --from-file")  # fmt: skip
SIZE = 2 * 1024 * 1024  # letters of YAML


class _Loader(yaml.SafeLoader):
    """Reads YAML as yq does: dates stay strings."""


class _Dumper(yaml.SafeDumper):
    """Writes YAML as yq does: lists are indented."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


RESOLVERS = {
    letter: [(tag, expression) for tag, expression in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.yaml_implicit_resolvers = _Dumper.yaml_implicit_resolvers = RESOLVERS


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(type(None), lambda dumper, _: dumper.represent_scalar("tag:yaml.org,2002:null", "null"))


@tool("yq")
def yq(ctx: Context) -> Steps:
    """yq [eval] [-iPN] [-o json] [expression] [file ...]"""
    args = ctx.args
    if args[:1] in (["eval"], ["e"]):
        args = args[1:]
    elif args[:1] in (["eval-all"], ["ea"]):
        raise Exit(1, "Error: eval-all is not simulated in KubeLab\n")
    given = USAGE.parse(ctx, [re.sub(r"^-([oIp])=", r"-\1", arg) for arg in args])
    operands = list(given.operands)
    source = "."
    if operands and not (len(operands) == 1 and ctx.files.is_file(ctx.path(operands[0]))):
        source = operands.pop(0)
    elif given.has("n") and operands:
        source = operands.pop(0)
    texts: list[str | None] = []
    if not given.has("n"):
        texts = yield from gather(ctx, operands or ["-"], lambda path, error: "")
        for path, text in zip(operands or ["-"], texts, strict=True):
            if text is None:
                raise Exit(1, f"Error: open {path}: {_reason(ctx, path)}\n")
    return _run(ctx, given, source, operands, [text or "" for text in texts])


def _reason(ctx: Context, path: str) -> str:
    try:
        ctx.read_file(path)
    except FileError as error:
        return error.reason[0].lower() + error.reason[1:]
    return ""


def _run(ctx: Context, given: Given, source: str, operands: list[str], texts: list[str]) -> int:
    try:
        tree = parse(source)
        check(tree, set())
    except JqFault as fault:
        raise Exit(1, f"Error: {_explained(str(fault))}\n") from None
    jq = Evaluator(NATIVES, iter(()), dict(ctx.env), ctx.now)
    jq.lenient = True
    results: list[Any] = []
    try:
        documents = [None] if given.has("n") else _documents(texts, operands)
        for document in documents:
            results.extend(jq.results(tree, document, Scope({}, SCOPE.functions)))
        out = _written(jq, given, results)
    except (JqError, Breaking, JqFault, Halt) as error:
        raise Exit(1, f"Error: {error}\n") from None
    except JqStopped as stopped:
        raise Exit(1, f"Error: {stopped} (a limit of KubeLab)\n") from None
    except RecursionError:
        raise Exit(1, "Error: nested too deeply (a limit of KubeLab)\n") from None
    if given.has("i"):
        if not operands:
            raise Exit(
                1, "Error: write in place flag only applicable when giving an expression and at least one file\n"
            )
        ctx.files.write(ctx.path(operands[0]), out)
    else:
        ctx.write(out)
    if given.has("e") and all(result in (None, False) for result in results):
        raise Exit(1, "Error: no matches found\n")
    return 0


def _explained(fault: str) -> str:
    if fault.endswith("is not defined"):
        return f"'{fault.partition(' ')[0]}' is not simulated in KubeLab (this yq knows what it shares with jq)"
    return fault.removesuffix(" (Unix shell quoting issues?)")


def _documents(texts: list[str], operands: list[str]) -> list[Any]:
    found: list[Any] = []
    for path, text in zip(operands or ["-"], texts, strict=True):
        if len(text) > SIZE:
            raise Exit(1, f"Error: {path} is larger than 2 MiB (a limit of KubeLab)\n")
        try:
            found.extend(_plain(document) for document in yaml.load_all(text, _Loader))
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            where = f"line {mark.line + 1}: " if mark is not None else ""
            raise Exit(1, f"Error: bad file '{path}': yaml: {where}{getattr(error, 'problem', error)}\n") from None
    return found


def _plain(value: Any) -> Any:
    """Makes keys strings, as JSON has them."""
    if isinstance(value, dict):
        return {key if isinstance(key, str) else str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _written(jq: Evaluator, given: Given, results: list[Any]) -> str:
    indent = given.value("I", "2")
    spaces = int(indent) if indent.isdigit() else 2
    if given.has("j") or given.value("o") in ("json", "j"):
        writer = Writer(jq.count, " " * spaces or None)
        return "".join(writer.text(result) + "\n" for result in results)
    if given.value("o", "yaml") not in ("yaml", "y", "auto", "a"):
        raise Exit(1, f"Error: the output format {given.value('o')} is not simulated in KubeLab\n")
    parts = [_yaml(jq, result, spaces) for result in results]
    many = any(isinstance(result, list | dict) for result in results)
    return ("---\n" if many and not given.has("N") else "").join(parts)


def _yaml(jq: Evaluator, value: Any, indent: int) -> str:
    text = dump(value, jq.count)  # counts, so that what is shared many times over is not written out
    if isinstance(value, str):
        return value + "\n"
    if not isinstance(value, list | dict) or not value:
        return text + "\n"
    return yaml.dump(value, Dumper=_Dumper, indent=indent or 2, sort_keys=False, allow_unicode=True, width=1_000_000)
