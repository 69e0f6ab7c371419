"""Benchmarks: user and system time as ratios to a floor or a peer of the same run. See README.md beside this file.

usage: python -m bench.run [NAME...] [--runs N]
"""

from __future__ import annotations

import argparse
import compileall
import itertools
import math
import os
import re
import shutil
import statistics
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from bench import data, growth as grown, trees
from tests import installed as environments
from tests.starts import paths

PROGRAM = str(Path(sys.executable).parent / "krm-secrets")
ROOT = Path(__file__).resolve().parents[1]
PACKAGES = sysconfig.get_path("purelib")
FLOOR = str(Path(__file__).parent / "floor.py")
PATH = os.pathsep.join((os.environ.get("PATH", ""), str(Path.home() / ".cache" / "krm-secrets" / "bin")))

PARSE = "import sys, yaml\nfor _ in yaml.parse(sys.stdin.buffer.read(), Loader=yaml.CSafeLoader): pass"

PARSE_ALL = """
import os, yaml
for folder, folders, files in os.walk("."):
    for name in files:
        if name.endswith((".yaml", ".yml")):
            with open(os.path.join(folder, name), "rb") as file:
                for _ in yaml.parse(file.read(), Loader=yaml.CSafeLoader): pass
"""

COUNTS = (1, 10, 100, 1000)
MEMORY = 43
"""MiB for a thousand Secrets, of which the interpreter and the libraries take half."""

MEMORY_OF_FILES = 200
"""MiB for a check of 4,000 files."""

# A small process between: the peak memory of a child counts from before its program starts, with what its parent holds.
LAUNCHER = """
import os, sys
null = os.open(os.devnull, os.O_WRONLY)
words = sys.argv[1:]
process = os.posix_spawnp(words[0], words, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, null, 1)])
_, status, usage = os.wait4(process, 0)
print(os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime, usage.ru_maxrss)
"""


class Cost(NamedTuple):
    """What one run of a program took: seconds of user and system time, and its peak memory in MiB."""

    seconds: float
    memory: float


class Case(NamedTuple):
    """A program with its input."""

    command: Sequence[str]
    stdin: Path | None = None
    folder: Path | None = None
    code: int = 0


class Row(NamedTuple):
    """A line of the table."""

    name: str
    ours: float
    other: float
    unit: str
    target: float


def run(case: Case) -> Cost:
    """Run it once; the children that it waited for count too."""
    env = {**os.environ, "SOPS_AGE_KEY_FILE": str(data.key()), "PATH": PATH}
    with open(case.stdin or os.devnull, "rb") as stdin:
        command = [sys.executable, "-I", "-S", "-c", LAUNCHER, *case.command]
        stderr = subprocess.DEVNULL if case.code else None  # what is to fail may say so a thousand times
        done = subprocess.run(
            command, stdin=stdin, stdout=subprocess.PIPE, stderr=stderr, env=env, cwd=case.folder, check=True
        )
    code, seconds, memory = done.stdout.split()
    if int(code) != case.code:
        raise SystemExit(f"failed with exit code {code.decode()}: {' '.join(case.command)}")
    return Cost(float(seconds), float(memory) / 1024)


def measure(runs: int, *cases: Case) -> list[Cost]:
    """The medians of the cases, run in turn so that a slow minute hits all of them."""
    costs: list[list[Cost]] = [[] for _ in cases]
    for _ in range(runs):
        for case, found in zip(cases, costs, strict=True):
            found.append(run(case))
    return [Cost(*map(statistics.median, zip(*found, strict=True))) for found in costs]


def look(runs: int) -> list[Row]:
    """500 resources in which a stage looks at every item and changes none, against PyYAML's parse events alone."""
    listed = data.workloads(500)
    ours, floor = measure(runs, Case([PROGRAM], listed), Case([sys.executable, "-I", "-c", PARSE], listed))
    return [Row("look: 500 resources / yaml.parse", ours.seconds, floor.seconds, "s", 2)]


def start(runs: int) -> list[Row]:
    """Input that names nothing of ours, against Python doing nothing."""
    ours, floor = measure(runs * 3, Case([PROGRAM], data.plain(100)), Case([sys.executable, "-I", "-c", "pass"]))
    return [Row("start: nothing of ours / python -I -c pass", ours.seconds, floor.seconds, "s", 2)]


def sops(runs: int) -> list[Row]:
    """Encrypted Secrets in one ResourceList, against the floor."""
    rows = []
    for count in COUNTS:
        listed = data.secrets(count)
        ours, floor = measure(runs, Case([PROGRAM], listed), _floor(listed))
        rows.append(Row(f"sops: {count:,} Secrets / floor", ours.seconds, floor.seconds, "s", 1.3))
    return [*rows, Row(f"sops: {count:,} Secrets, memory", ours.memory, MEMORY, "MiB", 1)]


def files(runs: int) -> list[Row]:
    """Files of one encrypted Secret each, listed by a generator, against the floor for the same Secrets and KSOPS."""
    rows = []
    ksops = shutil.which("ksops", path=PATH)
    for count in COUNTS:
        folder, stdin = data.listing(count)
        ours, floor = measure(runs, Case([PROGRAM], stdin, folder), _floor(data.secrets(count)))
        rows.append(Row(f"files: {count:,} Secrets / floor", ours.seconds, floor.seconds, "s", 1.3))
        if ksops:
            ours, peer = measure(runs, Case([PROGRAM], stdin, folder), Case([ksops], stdin, folder))
            rows.append(Row(f"files: {count:,} Secrets / KSOPS", ours.seconds, peer.seconds, "s", 1))
    return [*rows, Row(f"files: {count:,} Secrets, memory", ours.memory, MEMORY, "MiB", 1)]


def _floor(listed: Path) -> Case:
    return Case([sys.executable, "-I", FLOOR, str(data.key())], listed)


def growth(runs: int) -> list[Row]:
    """Ten times the resources; and n, 2n, 4n of what somebody may send to stop us, with the worse of both steps."""
    rows = []
    for name, make in (("workloads", data.workloads), ("Secrets", data.secrets)):
        small, large = measure(runs, Case([PROGRAM], make(500)), Case([PROGRAM], make(5000)))
        rows.append(Row(f"growth: 5,000 / 500 {name}, time", large.seconds, small.seconds, "s", 11))
        rows.append(Row(f"growth: 5,000 / 500 {name}, memory", large.memory, small.memory, "MiB", 10))
    for case in grown.ALL:
        costs = [_least(min(runs, 3), case, case.size * times) for times in (1, 2, 4)]
        steps = list(itertools.pairwise(costs))
        small, large = max(steps, key=lambda step: step[1].seconds / step[0].seconds)
        rows.append(Row(f"growth: {case.name}, time", large.seconds, small.seconds, "s", 2.6))
        small, large = max(steps, key=lambda step: step[1].memory / step[0].memory)
        rows.append(Row(f"growth: {case.name}, memory", large.memory, small.memory, "MiB", 2.2))
    return rows


def _least(runs: int, case: grown.Growth, size: int) -> Cost:
    """The least of some runs: what disturbs one only adds to it. The input is made for each, since some are changed."""
    made = (case.make(size) for _ in range(runs))
    costs = [run(Case([PROGRAM, *each.words], each.stdin, each.folder, each.code)) for each in made]
    return Cost(*map(min, zip(*costs, strict=True)))


def restarts(runs: int) -> list[Row]:
    """Workloads that are all annotated for Secrets of the same stream, against the run that only parses and prints."""
    rows, costs = [], []
    for count in (500, 5000):
        wired, parsed = (Case([PROGRAM], data.restarts(count, mode)) for mode in ("auto", "off"))
        on, off = measure(runs, wired, parsed)
        costs.append(on)
        rows.append(Row(f"restarts: {count:,} workloads / parse", on.seconds - off.seconds, off.seconds, "s", 1))
    return [*rows, Row("restarts: 5,000 / 500 workloads", costs[1].seconds, costs[0].seconds, "s", 11)]


def kustomize(runs: int) -> list[Row]:
    """A build of encrypted Secrets with our transformer, against the same build with cat as transformer."""
    program = shutil.which("kustomize", path=PATH)
    if program is None:
        print("kustomize is not installed: left out", file=sys.stderr)
        return []
    rows = []
    for count, target in ((1, 0.6), (100, 0.85), (500, 0.85)):
        folders = [data.kustomization(count, command) for command in (PROGRAM, "/bin/cat")]
        flags = ("build", "--enable-alpha-plugins", "--enable-exec")
        ours, cat = measure(runs, *(Case([program, *flags, str(folder)]) for folder in folders))
        rows.append(Row(f"kustomize: {count} Secrets, ours / cat", ours.seconds, cat.seconds, "s", target))
    return rows


def render(runs: int) -> list[Row]:
    """Repositories that are up to date: the corpus against parse events of all its files, and ten times the apps."""
    rows = []
    corpus = trees.corpus()
    if corpus is None:
        print("there is no corpus beside the checkout: left out", file=sys.stderr)
    else:
        ours, floor = measure(runs, _check(corpus), Case([sys.executable, "-I", "-c", PARSE_ALL], folder=corpus))
        rows.append(Row("render: the corpus / yaml.parse", ours.seconds, floor.seconds, "s", 3))
    small, large = measure(runs, _check(trees.apps(100)), _check(trees.apps(1000)))
    rows.append(Row("render: 1,000 / 100 apps, time", large.seconds, small.seconds, "s", 11))
    return rows


def check(runs: int) -> list[Row]:
    """All rules over the corpus against parse events of all its files, and the memory of a large repository."""
    rows = []
    corpus = trees.corpus()
    if corpus is None:
        print("there is no corpus beside the checkout: left out", file=sys.stderr)
    else:
        ours, floor = measure(runs, _checked(corpus), Case([sys.executable, "-I", "-c", PARSE_ALL], folder=corpus))
        rows.append(Row("check: the corpus / yaml.parse", ours.seconds, floor.seconds, "s", 3))
    (ours,) = measure(1, _checked(trees.apps(800)))
    return [*rows, Row("check: 4,000 files, memory", ours.memory, MEMORY_OF_FILES, "MiB", 1)]


def _checked(folder: Path) -> Case:
    return Case([PROGRAM, "check", "--exit-zero"], folder=folder)


def _check(folder: Path) -> Case:
    run(Case([PROGRAM, "render", "."], folder=folder))
    return Case([PROGRAM, "render", "--check", "."], folder=folder)


NOTHING = (sys.executable, "-I", "-S", "-c", "pass")


def starts(runs: int) -> list[Row]:
    """The five starts whose modules are listed, against a Python that does nothing: in time, and in instructions."""
    rows, program = [], installed()
    for name, target in STARTS.items():
        given = paths.starts()[name]
        for file, text in given.files.items():
            data.write(f"start-{name}/{file}", text.encode())
        stdin = data.write(f"start-{name}/list.yaml", given.stdin.encode())
        case = Case([program], stdin, stdin.parent)
        ours, bare = measure(runs * 3, case, Case(NOTHING))
        rows.append(Row(f"starts: {name} / python -IS -c pass", ours.seconds, bare.seconds, "s", target))
        if shutil.which("valgrind"):
            quick = case._replace(command=(*QUICK, *case.command))
            rows.append(
                Row(f"starts: {name}, instructions", instructions(quick), instructions(Case(NOTHING)), "M", target)
            )
    return rows


STARTS = {"pass-through": 1.3, "one-secret": 3.0, "one-generated-file": 3.0, "one-mapping": 2.6}
"""How often the time of a Python that does nothing each start takes at most."""

# valgrind counts one program, and the launcher is a shell: what it makes the shell start.
QUICK = (sys.executable, "-I", "-S", "-c", "import sys; sys.path += sys.argv[1:3]; del sys.argv[:3];"
         "from krm_secrets.__main__ import console; console()", str(ROOT), PACKAGES)  # fmt: skip


def instructions(case: Case) -> float:
    """Millions of instructions of one run, which no other process disturbs."""
    words = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *case.command]
    env = {**os.environ, "SOPS_AGE_KEY_FILE": str(data.key())}
    with open(case.stdin or os.devnull, "rb") as stdin:
        done = subprocess.run(words, stdin=stdin, capture_output=True, text=True, env=env, cwd=case.folder, check=True)
    found = re.search(r"refs:\s+([\d,]+)", done.stderr)
    assert found is not None
    return int(found[1].replace(",", "")) / 1e6


def ksops(runs: int) -> list[Row]:
    """What KSOPS does, in each layout that people have, against KSOPS's generator for the same Secrets."""
    if (programs := _peers()) is None:
        return []
    peer, kustomize = programs
    program, rows = installed(), []
    for count in (1, 1000):
        folder, stdin = data.listing(count)
        ours, theirs = measure(runs, Case([program], stdin, folder), Case([peer], stdin, folder))
        rows.append(_versus(f"{count:,} alone", ours, theirs))
        built = [
            Case([kustomize, *data.FLAGS, str(data.generating(count, program))]),
            Case([kustomize, *data.FLAGS, str(data.kustomization(count, program))]),
            _piped(kustomize, data.kustomization(count, None), program),
            Case([kustomize, *data.FLAGS, str(data.generating(count, peer))]),
        ]
        *found, theirs = measure(runs, *built)
        rows += [
            _versus(f"{count:,} in {how}", ours, theirs)
            for how, ours in zip(("a generator", "a transformer", "a pipe"), found, strict=True)
        ]
    each, piped, theirs = measure(
        max(runs // 2, 1),
        Case([kustomize, *data.FLAGS, str(data.apps(100, program))]),
        _piped(kustomize, data.apps(100, None), program),
        Case([kustomize, *data.FLAGS, str(data.apps(100, peer))]),
    )
    return [*rows, _versus("100 apps, a generator each", each, theirs), _versus("100 apps, one pipe", piped, theirs)]


AGAINST_KSOPS = {
    "1 alone": 1.6, "1 in a generator": 1.5, "1 in a transformer": 1.5, "1 in a pipe": 1.5,
    "1,000 alone": 0.30, "1,000 in a generator": 0.75, "1,000 in a transformer": 1.15, "1,000 in a pipe": 0.42,
    "100 apps, a generator each": 1.6, "100 apps, one pipe": 0.1,
}  # fmt: skip


def least(runs: int) -> list[Row]:
    """1,000 Secrets without any function, against KSOPS: the share that no function can go below.

    Alone it is the floor; under kustomize a transformer that hands over an answer made before, and before a pipe
    the build of the encrypted files.
    """
    if (programs := _peers()) is None:
        return []
    peer, kustomize = programs
    folder, stdin = data.listing(1000)
    alone, theirs = measure(runs, _floor(data.secrets(1000)), Case([peer], stdin, folder))
    builds = data.answering(1000), data.kustomization(1000, None), data.generating(1000, peer)
    transformer, pipe, built = measure(runs, *(Case([kustomize, *data.FLAGS, str(build)]) for build in builds))
    return [
        Row(f"least: 1,000 {how}", without.seconds, peers.seconds, "s", math.inf)
        for how, without, peers in (
            ("alone", alone, theirs), ("in a transformer", transformer, built), ("in a pipe", pipe, built)
        )
    ]  # fmt: skip


def _peers() -> tuple[str, str] | None:
    """KSOPS and kustomize."""
    peer, kustomize = (shutil.which(name, path=PATH) for name in ("ksops", "kustomize"))
    if peer is None or kustomize is None:
        print("KSOPS and kustomize are not both installed: left out", file=sys.stderr)
        return None
    return peer, kustomize


def _versus(name: str, ours: Cost, theirs: Cost) -> Row:
    return Row(f"ksops: {name}", ours.seconds, theirs.seconds, "s", AGAINST_KSOPS[name])


def _piped(kustomize: str, folder: Path, program: str) -> Case:
    return Case(["/bin/sh", "-c", '"$1" build "$2" | "$3"', "sh", kustomize, str(folder), program])


def installed() -> str:
    """The command as an installer lays it out; that of a checkout starts with all that Python's `site` does."""
    folder = data.FOLDER / "installed"
    shutil.rmtree(folder, ignore_errors=True)
    return str(environments.program(folder))


IMAGE_RACE = """
import os, statistics, sys
def start(*words):
    given, taken = os.pipe()
    os.write(taken, b"apiVersion: v1\\nkind: ConfigMap\\n")
    os.close(taken)
    null = os.open(os.devnull, os.O_WRONLY)
    actions = [(os.POSIX_SPAWN_DUP2, given, 0), (os.POSIX_SPAWN_DUP2, null, 1)]
    _, status, usage = os.wait4(os.posix_spawnp(words[0], words, os.environ, file_actions=actions), 0)
    os.close(given)
    os.close(null)
    assert status == 0, words
    return usage.ru_utime + usage.ru_stime
rounds = [(start("/opt/krm-secrets/bin/krm-secrets"), start("python3", "-c", "pass")) for _ in range(int(sys.argv[1]))]
print(*map(statistics.median, zip(*rounds)))
"""


def image(runs: int) -> list[Row]:
    """Input that names nothing of ours, in a container of the image, against Python doing nothing in the same one."""
    program = shutil.which("podman")
    if program is None:
        print("podman is not installed: left out", file=sys.stderr)
        return []
    from tests.hosts import image as images

    words = [program, "run", "--rm", "--network", "none", "--entrypoint", "python3", images.name(), "-c", IMAGE_RACE]
    done = subprocess.run([*words, str(runs * 10)], env=os.environ | images.settings(), capture_output=True, check=True)
    ours, bare = map(float, done.stdout.split())
    return [Row("image: nothing of ours / python3 -c pass", ours, bare, "s", 1.2)]


BENCHMARKS: dict[str, Callable[[int], list[Row]]] = {
    "look": look,
    "start": start,
    "sops": sops,
    "files": files,
    "starts": starts,
    "ksops": ksops,
    "least": least,
    "growth": growth,
    "restarts": restarts,
    "kustomize": kustomize,
    "render": render,
    "check": check,
    "image": image,
}


def main() -> int:
    """Print the table; returns 1 when a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.run", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which of {', '.join(BENCHMARKS)}; all if none")
    parser.add_argument("--runs", type=int, default=7, help="runs of each program (7)")
    options = parser.parse_args()
    if unknown := set(options.names) - set(BENCHMARKS):
        parser.error(f"no benchmark is called {', '.join(sorted(unknown))}")
    # As an installed program is; where Python may write no byte code, each start would compile all modules again.
    compileall.compile_dir(Path(__file__).parents[1] / "krm_secrets", quiet=1)
    missed = False
    print(f"{'':56}{'ours':>10}{'other':>10}{'ratio':>8}{'target':>8}")
    for name in options.names or BENCHMARKS:
        for row in BENCHMARKS[name](options.runs):
            ratio = row.ours / row.other
            missed = missed or ratio > row.target
            digits = 3 if row.unit == "s" else 0
            ours, other = (f"{value:.{digits}f}{row.unit[0]}" for value in (row.ours, row.other))
            mark = "" if ratio <= row.target else "  missed"
            target = "" if row.target == math.inf else row.target
            print(f"{row.name:56}{ours:>10}{other:>10}{ratio:>8.2f}{target:>8}{mark}", flush=True)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
