"""Which ways of use work here: a judgement over facts, without looking at anything."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

from krm_secrets._startup.records import NamedTuple
from krm_secrets.cli.doctor_plugins import Plugins
from krm_secrets.cli.doctor_programs import OURS, Program
from krm_secrets.errors import clean

Works: TypeAlias = Literal["yes", "step", "no", "-"]
YES: Final = "yes"
STEP: Final = "step"
NO: Final = "no"
ABSENT: Final = "-"
"""It works; it does after a step; something is wrong; its host is not here."""

_ALPHA = "--enable-alpha-plugins"

Programs = dict[str, Program]
_RENDER = "for what Flux or Argo CD build in the cluster: commit the result"
_NO_BUILDER = "neither kustomize nor kubectl is installed"


class Way(NamedTuple):
    """One way to use the program: whether it works, the command, and what to do or know."""

    name: str
    works: Works
    command: str
    note: str = ""


class Finding(NamedTuple):
    """Whether something works, and what to do."""

    works: Works
    note: str = ""


_GOOD = Finding(YES)


def judge(programs: Programs, plugins: Plugins, own_version: str, environ: Mapping[str, str]) -> list[Way]:
    """All ways, the ones that cost least first."""
    ours = _on_path(programs.get(OURS), own_version)
    return [
        _pipe(programs, ours),
        Way("files", YES, f"{OURS} run kubernetes/"),
        Way("render", YES, f"{OURS} render kubernetes/", _RENDER),
        Way("kustomize function", *_at("kustomize", programs, ours, f"kustomize build {_ALPHA} --enable-exec .")),
        Way("kubectl plugin", *_at("kubectl", programs, _linked(plugins), f"kubectl kustomize {_ALPHA} .")),
        _container("kustomize container", ("kustomize", "kubectl"), programs, environ),
        Way("kpt function", *_at("kpt", programs, ours, f"kpt fn eval PKG --exec {OURS} -o unwrap -- inPlace=allow")),
        _container("kpt container", ("kpt",), programs, environ),
        _helm(programs, plugins, ours),
        Way("Flux diff", *_at("flux", programs, ours, f"flux build kustomization NAME --path … | {OURS}")),
        Way("Argo CD", ABSENT, "", "runs in the cluster, in its repo server: docs/how-to/hosts.md has the plugin"),
    ]


def _on_path(found: Program | None, own_version: str) -> Finding:
    """Whether a host that looks for the program by its name starts this one."""
    if found is None:
        return Finding(NO, f"{OURS} is not on PATH: add the folder it is in, or give hosts its full path")
    if not found.path.startswith("/"):
        return Finding(
            NO, f"PATH finds {OURS} by a relative entry, which kustomize and kpt refuse: make the entry absolute"
        )
    if found.problem:
        return Finding(NO, f"{clean(found.path)} {found.problem}: install it anew")
    if found.version != own_version:
        text = f"{clean(found.path)} has version {found.version}, this one {own_version}: PATH should find one only"
        return Finding(NO, text)
    return _GOOD


def _answers(name: str, programs: Programs) -> Finding:
    program = programs.get(name)
    if program is None:
        return Finding(ABSENT, f"{name} is not installed")
    if program.problem:
        return Finding(NO, f"{clean(program.path)} {program.problem}: run it by hand to see why")
    return _GOOD


def _at(host: str, programs: Programs, ours: Finding, command: str) -> tuple[Works, str, str]:
    finding = _answers(host, programs)
    if finding.works == YES:
        finding = ours
    return finding.works, command, finding.note


def _pipe(programs: Programs, ours: Finding) -> Way:
    host = next((name for name in ("kustomize", "kubectl") if name in programs), "kustomize")
    command = f"{'kustomize build' if host == 'kustomize' else 'kubectl kustomize'} . | {OURS} | {OURS} guard"
    works, command, note = _at(host, programs, ours, command)
    return Way("pipe", works, command, _NO_BUILDER if works == ABSENT else note)


def _linked(plugins: Plugins) -> Finding:
    if plugins.broken:
        broken = ", ".join(map(clean, plugins.broken))
        return Finding(NO, f"cannot be started: {broken}; run {OURS} plugin install")
    if plugins.linked:
        return Finding(YES, f"for {', '.join(plugins.linked)} in {clean(plugins.home)}")
    return Finding(STEP, f"kubectl runs no exec functions; {OURS} plugin install links the program where it looks")


def _container(name: str, hosts: tuple[str, ...], programs: Programs, environ: Mapping[str, str]) -> Way:
    host = next((h for h in hosts if h in programs), hosts[0])
    command = "kpt fn eval PKG -i IMAGE -e SOPS_AGE_KEY -o unwrap -- inPlace=allow"
    if host != "kpt":
        tool = "kustomize build" if host == "kustomize" else "kubectl kustomize"
        command = f"{tool} {_ALPHA} -e SOPS_AGE_KEY ."
    finding = _answers(host, programs)
    if finding.works == ABSENT and len(hosts) > 1:
        return Way(name, ABSENT, command, _NO_BUILDER)
    if finding.works == YES:
        finding = _engine(host, programs, environ)
    return Way(name, finding.works, command, finding.note)


def _engine(host: str, programs: Programs, environ: Mapping[str, str]) -> Finding:
    """What starts the container: kustomize and kubectl call `docker`, kpt what a variable names."""
    podman, docker = _starts("podman", programs), _starts("docker", programs)
    if host == "kpt":
        variable = _runtime(programs["kpt"].version)
        if environ.get(variable, "").lower() == "podman":
            return podman
        is_podman = "docker" in programs and programs["docker"].podman
        if podman.works == YES and (is_podman or docker.works in (ABSENT, STEP)):
            return Finding(STEP, f"set {variable}=podman")
    if docker.works == ABSENT and podman.works == ABSENT:
        return Finding(ABSENT, "neither docker nor podman is installed")
    if docker.works in (ABSENT, STEP) and podman.works == YES:
        unanswered = (
            f"docker: {programs['docker'].engine}. Start it, or p" if docker.works == STEP else "they call docker: p"
        )
        return Finding(STEP, f'{unanswered}ut a script of this name on PATH that runs podman "$@"')
    return docker if docker.works != ABSENT else podman


def _starts(name: str, programs: Programs) -> Finding:
    finding = _answers(name, programs)
    if finding.works == YES and programs[name].engine:
        return Finding(STEP, f"start {name}: {programs[name].engine}")
    note = "with the image of docs/how-to/image.md, and the key by name"
    return Finding(YES, note) if finding.works == YES else finding


def _runtime(kpt: str) -> str:
    """The variable that names kpt's container runtime (kpt `internal/fnruntime/container.go`)."""
    beta = re.fullmatch(r"1\.0\.0-beta\.(\d+)", kpt)
    return "KPT_FN_RUNTIME" if beta and int(beta[1]) < 59 else "KRM_FN_RUNTIME"


def _helm(programs: Programs, plugins: Plugins, ours: Finding) -> Way:
    command = f"helm template NAME CHART --post-renderer {OURS}"
    works, command, note = _at("helm", programs, ours, command)
    if works == YES and programs["helm"].major not in ("2", "3"):  # since 4 it takes the name of a plugin
        if not plugins.helm:
            works, note = STEP, "helm plugin install with the folder of docs/how-to/hosts.md: Helm 4 takes plugins only"
        else:
            note = f"by the plugin in {clean(plugins.helm)}"
    return Way("Helm post-renderer", works, command, note)


def wrong(ways: list[Way]) -> list[str]:
    """What stands in the way, each thing once, with the ways that it concerns."""
    concerned: dict[str, list[str]] = {}
    for way in ways:
        if way.works == NO:
            concerned.setdefault(way.note, []).append(way.name)
    return [f"{', '.join(names)}: {note}" for note, names in concerned.items()]
