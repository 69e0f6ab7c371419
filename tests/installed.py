"""The program as it is installed, without an installer: an environment with links to what stands here."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = f"lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"


def environment(folder: Path, *flags: str) -> Path:
    """An environment of this interpreter with nothing but the command in it; gives the command."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", *flags, folder], check=True)
    return command(folder)


def command(folder: Path) -> Path:
    """The command alone, in the `bin` of a folder."""
    path = folder / "bin/krm-secrets"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes((ROOT / "krm_secrets/_startup/launcher.sh").read_bytes())
    path.chmod(0o755)
    return path


def program(folder: Path) -> Path:
    """The command in an environment with all packages, among them this checkout."""
    path = environment(folder)
    for package in Path(sysconfig.get_path("purelib")).iterdir():
        if package.suffix != ".pth" and package.name != "krm_secrets":
            (folder / PACKAGES / package.name).symlink_to(package)
    (folder / PACKAGES / "krm_secrets").symlink_to(ROOT / "krm_secrets")
    return path
