"""node, npm, pip and others: they tell their version. The languages themselves are not simulated, and they say so.

Source: the official images of the languages.
"""

from __future__ import annotations

from kubelab.terminal.tool import Context, tool

# name -> what it prints, with the image's version in it; the version itself comes from the environment, or is this one
VERSIONS = {
    "node": ("v{}", "NODE_VERSION", "25.6.0"), "npm": ("11.8.0", "", ""), "npx": ("11.8.0", "", ""),
    "yarn": ("1.22.22", "", ""),
    "pip": ("pip 25.3 from /usr/local/lib/python{0}/site-packages/pip (python {0})", "PYTHON_VERSION", "3.14"),
    "go": ("go version go{} linux/amd64", "GOLANG_VERSION", "1.26.0"),
    "ruby": ("ruby {} (2026-01-13 revision 0) +PRISM [x86_64-linux]", "RUBY_VERSION", "4.0.1"),
    "java": ("openjdk {} 2025-10-21 LTS", "JAVA_VERSION", "25.0.1"), "php": ("PHP {} (cli)", "PHP_VERSION", "8.5.2"),
    "perl5": ("This is perl 5 (v{}) built for x86_64-linux-gnu", "PERL_VERSION", "5.42.0"),
}  # fmt: skip
ASKED = ("--version", "-v", "-V", "version", "-version")


@tool("node", "npm", "npx", "yarn", "pip", "pip3", "go", "ruby", "java", "php", "perl5")
def runtime(ctx: Context) -> int:
    """NAME --version"""
    form, variable, usual = VERSIONS[ctx.name.removesuffix("3")]
    if ctx.args[:1] and ctx.args[0] in ASKED:
        version = ctx.env.get(variable, usual) if variable else ""
        if variable == "PYTHON_VERSION":
            version = ".".join(version.split(".")[:2])
        ctx.print(form.format(version))
        return 0
    ctx.error(f"{ctx.name}: the language is not simulated in KubeLab, only `{ctx.name} --version` is\n")
    return 1
