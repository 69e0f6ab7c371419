"""`krm-secrets plugin install`: the program where kustomize and kubectl look for legacy plugins."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress

import click

from krm_secrets._startup.stdio import write
from krm_secrets.cli.doctor_plugins import KSOPS_PLUGIN, OURS, homes, place
from krm_secrets.cli.manual import PATH, Chapter
from krm_secrets.errors import ERROR, Failure, Result, clean, failure
from krm_secrets.krm import temporary
from krm_secrets.shell import say, tell

_NAME = "krm-secrets"

_INSTALL = "krm-secrets plugin install"


@click.group(
    "plugin",
    cls=Chapter,
    short_help="Be found by kubectl, which runs no exec functions.",
    examples=(_INSTALL, "kubectl kustomize --enable-alpha-plugins ."),
    codes={0: "done", 1: "something is in the way"},
)
def plugin() -> None:
    """Put the program where kustomize and kubectl look for it."""


@plugin.command(
    "install",
    short_help="Link the program under its kinds.",
    examples=(_INSTALL, f'eval "$({_INSTALL} ./plugins)"', "kubectl kustomize --enable-alpha-plugins ."),
    codes={0: "installed", 1: "something is in the way"},
)
@click.option("--ksops", is_flag=True, help="Also as viaduct.ai/v1 ksops, to build KSOPS's documents unchanged.")
@click.argument("folder", default="", metavar="[DIR]", type=PATH)
@click.pass_context
def install_command(context: click.Context, ksops: bool, folder: str) -> None:
    """Lay out the plugin tree in DIR, a link for each kind, and print what to export so that it is found.

    Without DIR it is the folder where kustomize looks: $KUSTOMIZE_PLUGIN_HOME, else kustomize/plugin in your
    configuration folder. Links of another krm-secrets are replaced; a file that is not ours is an error, and then
    nothing is changed. Running it again changes nothing.
    """
    context.exit(install(folder, ksops, os.environ))


def install(folder: str, ksops: bool, environ: Mapping[str, str]) -> int:
    """Make the links; returns the exit code. Standard output has what a shell is to evaluate, and nothing else."""
    try:
        home = os.path.abspath(folder or _default(environ))
        target = _program(environ)
        kinds = (*OURS, KSOPS_PLUGIN) if ksops else OURS
        links = [place(home, *kind) for kind in kinds]
        _refuse_foreign(links)
        with _swept(map(os.path.dirname, links)):
            made = sum(_link(path, target) for path in links)
    except Failure as error:
        tell(error.results)
        return 1
    names = ", ".join(kind for _, _, kind in kinds)
    done = f"linked {names} in {clean(home)}" if made else f"{names} were linked in {clean(home)} already"
    say(f"{_NAME}: {done}")
    if os.path.abspath(next((path for path in homes(environ) if os.path.isdir(path)), "")) != home:
        import shlex

        return write(f"export KUSTOMIZE_PLUGIN_HOME={shlex.quote(home)}\n".encode(errors="surrogateescape"))
    return 0


def _default(environ: Mapping[str, str]) -> str:
    """The folder that kustomize takes; where none is there yet, the one that it tries first."""
    tried = list(homes(environ))
    if not tried:
        raise failure("neither KUSTOMIZE_PLUGIN_HOME, XDG_CONFIG_HOME nor HOME is set: say where, with DIR")
    return next((path for path in tried if os.path.isdir(path)), tried[0])


def _program(environ: Mapping[str, str]) -> str:
    """The full path of this program, which kustomize can start."""
    beside = os.path.join(os.path.dirname(sys.executable), _NAME)
    import shutil  # every command would pay for it

    for path in (sys.argv[0], beside, shutil.which(_NAME, path=environ.get("PATH", "")) or ""):
        if path and not path.endswith(".py") and os.path.isfile(path) and os.access(path, os.X_OK):
            return os.path.abspath(path)
    raise failure("this program runs as a module of Python, and no krm-secrets to link is beside it or on PATH")


def _refuse_foreign(paths: Iterable[str]) -> None:
    """Failure for each path that is there and is no link to a krm-secrets, wherever that was."""
    found = [path for path in paths if os.path.lexists(path) and not _is_ours(path)]
    if found:
        raise Failure(*(Result(ERROR, f"{clean(path)}: is there and not ours: move it away") for path in found))


def _is_ours(path: str) -> bool:
    return os.path.islink(path) and os.path.basename(os.readlink(path)).startswith(_NAME)


def _link(path: str, target: str) -> bool:
    """Make the link, or turn it round to the target; False when it was right."""
    if os.path.islink(path) and os.readlink(path) == target:
        return False
    folder = os.path.dirname(path)
    try:
        os.makedirs(folder, exist_ok=True)
        fresh = temporary.fresh(folder)
        os.symlink(target, fresh)
        os.replace(fresh, path)
    except OSError as error:
        raise failure(f"{clean(path)}: cannot be linked: {error.strerror}") from None
    return True


@contextmanager
def _swept(folders: Iterable[str]) -> Iterator[None]:
    """Without the links that installations left which were killed; a link cannot be held, so the folders are."""
    with ExitStack() as held:
        for folder in folders:
            with suppress(OSError):
                handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
                held.callback(os.close, handle)
                if temporary.hold(handle):
                    for name in os.listdir(folder):
                        path = os.path.join(folder, name)
                        if temporary.is_temporary(name) and _is_ours(path):
                            os.unlink(path)
        yield
