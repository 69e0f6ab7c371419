"""One file that any machine with the same Python and platform can start: the program with its locked dependencies.

    python release/single_file.py [-o krm-secrets.pyz]       # needs shiv and pip in the same environment

shiv makes it. By shiv's own first lines each start would read the archive's list of files and import half the standard
library; those written here go straight to what the first start unpacked.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "release/requirements.lock"

# Under -I and -S Python starts faster, and takes no settings and packages from around it. Behind a link the name of the
# folder, which has the file's own name in it, is not known here.
HEAD = """\
#!/bin/sh
unpacked=${{SHIV_ROOT:-$HOME/.shiv}}/${{0##*/}}_{build}/site-packages
[ -d "$unpacked" ] && [ ! -L "$0" ] && exec python3 -IS -c 'import sys
sys.version_info[:2] == {version} or sys.exit("krm-secrets: error: {mismatch}" % sys.version_info[:2])
sys.path.append(sys.argv[1])
del sys.argv[:2]
from krm_secrets.__main__ import console
console()' "$unpacked" "$0" "$@"
exec python3 -IS "$0" "$@"
"""

MAIN = """\
import os
import sys


def start():
    home = os.environ.get("SHIV_ROOT") or os.path.join(os.path.expanduser("~"), ".shiv")
    folder = os.path.join(home, os.path.basename(os.path.realpath(sys.argv[0])) + "_{build}", "site-packages")
    if os.path.isdir(folder):
        sys.path[0] = folder
        from krm_secrets.__main__ import console

        console()
    if sys.version_info[:2] != {version}:
        fail("{mismatch}" % sys.version_info[:2])
    try:
        os.makedirs(home, exist_ok=True)
    except OSError as error:
        fail("%s, where this file unpacks itself: %s; set SHIV_ROOT to another folder" % (home, error.strerror))
    if not os.access(home, os.W_OK):
        fail("%s, where this file unpacks itself: cannot be written; set SHIV_ROOT to another folder" % home)
    import _bootstrap

    _bootstrap.bootstrap()


def fail(message):
    sys.stderr.write("krm-secrets: error: " + message + "\\n")
    sys.exit(1)


start()
"""


def build(output: Path) -> None:
    """Write the file. What is in it depends on the lock and the checkout alone."""
    with tempfile.TemporaryDirectory() as folder:
        packages, wheels = Path(folder, "packages"), Path(folder, "wheels")
        _pip("wheel", "--no-deps", "--wheel-dir", wheels, ROOT)
        (name,) = (path.name.split("-")[0] for path in wheels.iterdir())
        _pip("install", "--target", packages, "--require-hashes", "--only-binary", ":all:", "-r", LOCK)
        # By its name, since pip notes the place of a wheel that is given by its path.
        _pip("install", "--target", packages, "--upgrade", "--no-deps", "--no-index", "--find-links", wheels, name)
        made = Path(folder, "made.pyz")
        shiv = (sys.executable, "-m", "shiv.cli", "--reproducible", "--compressed", "--compile-pyc")
        words = (*shiv, "-e", "krm_secrets.__main__:console", "--site-packages", str(packages))
        subprocess.run((*words, "-o", str(made)), check=True)
        _with_own_start(made, output)


def _pip(command: str, *words: str | Path) -> None:
    pip = (sys.executable, "-m", "pip", command, "--quiet", "--disable-pip-version-check")
    subprocess.run((*pip, *map(str, words)), check=True)


def _with_own_start(made: Path, output: Path) -> None:
    with zipfile.ZipFile(made) as given, output.open("wb") as file:
        build_id = json.loads(given.read("environment.json"))["build_id"]
        version = sys.version_info[:2]
        mismatch = "this file was made for Python {}.{}, and this is Python %d.%d".format(*version)
        known = {"build": build_id, "version": version, "mismatch": mismatch}
        text = MAIN.format(**known)
        file.write(HEAD.format(**known).encode())
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as taken:
            for entry in given.infolist():
                if entry.filename.startswith("site-packages/bin/"):  # scripts that name the Python they were made with
                    continue
                taken.writestr(entry, text if entry.filename == "__main__.py" else given.read(entry))
    output.chmod(0o755)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("-o", "--output", type=Path, default=Path("krm-secrets.pyz"))
    build(parser.parse_args().output)


if __name__ == "__main__":
    main()
