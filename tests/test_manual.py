"""The help of every command says what, how and with which exit code, and a shell completes the command line."""

from __future__ import annotations

import os
import pty
import re
import select
import shlex
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from krm_secrets.cli.commandline import group
from krm_secrets.cli.manual import Page
from tests.hosts.support import PROGRAM
from tests.running import MEASURED, run, start
from tests.tools import tool


def _pages(command: click.Command, *words: str) -> Iterator[tuple[tuple[str, ...], Page]]:
    assert isinstance(command, Page), words
    yield words, command
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            yield from _pages(below, *words, name)


PAGES = dict(_pages(group))
IDS = [" ".join(words) or "itself" for words in PAGES]


@pytest.mark.parametrize("words", PAGES, ids=IDS)
def test_every_command_has_examples_and_exit_codes(words: tuple[str, ...]) -> None:
    done = run("", *words, "--help")
    assert (done.code, done.err) == (0, "")
    sections = dict(re.findall(r"^(\w[\w ]+):\n((?:  .*\n?)+)", done.out.decode(), re.MULTILINE))
    assert sections["Examples"].split() != []
    codes = [line.split()[0] for line in sections["Exit codes"].splitlines() if line[2] != " "]
    assert codes in (["0", "1", "2"], ["0", "1", "2", "3"])
    assert "  2  the command line is wrong\n" in sections["Exit codes"]
    assert max(map(len, done.out.decode().splitlines())) <= 80
    assert re.search(r"[a-z]-$", done.out.decode(), re.MULTILINE) is None  # no word is broken at its hyphen


@pytest.mark.parametrize("words", PAGES, ids=IDS)
def test_every_example_is_a_command_line_that_is_taken(words: tuple[str, ...]) -> None:
    own = 0
    for line in PAGES[words].examples:
        for part in re.split(r"[|)]|\$\(", line.partition(" #")[0]):
            given = shlex.split(part.replace('"', ""))
            if given[:1] == ["krm-secrets"]:
                _parse(given[1:])
                own += given[1 : 1 + len(words)] == list(words)
    assert own > 0


def _parse(words: list[str]) -> None:
    command: click.Command = group
    while isinstance(command, click.Group) and words and words[0] in command.commands:
        command, words = command.commands[words[0]], words[1:]
    words = [word for word in words if not word.startswith((">", "<"))]
    command.make_context("krm-secrets", words, resilient_parsing=False)


def test_the_help_of_a_command_word_for_word() -> None:
    done = run("", "completion", "-h")
    assert (done.code, done.err) == (0, "")
    assert done.out.decode() == (
        "Usage: krm-secrets completion [OPTIONS] {bash|zsh|fish}\n\n"
        "  Print the lines by which SHELL completes commands, options, kinds and files\n"
        "  of krm-secrets.\n\n"
        "Options:\n"
        "  -h, --help  Show this message and exit.\n\n"
        "Examples:\n"
        '  eval "$(krm-secrets completion bash)"         # in ~/.bashrc\n'
        '  eval "$(krm-secrets completion zsh)"          # in ~/.zshrc, below compinit\n'
        "  krm-secrets completion fish | source          # in ~/.config/fish/config.fish\n\n"
        "Exit codes:\n"
        "  0  printed\n"
        "  1  it could not be printed\n"
        "  2  the command line is wrong\n"
    )


def test_the_program_is_called_the_same_however_it_is_started() -> None:
    done = start("", "sops", "decrypt", "--nonsense")
    assert done.code == 2
    assert done.err.startswith("Usage: krm-secrets sops decrypt [OPTIONS] FILE...\n")


LINES = {
    "bash": 'bind "set bell-style none"; eval "$(krm-secrets completion bash)"',
    "zsh": 'autoload -U compinit; compinit -u -D; eval "$(krm-secrets completion zsh)"',
}
STARTED = {"bash": ("--noprofile", "--norc", "-i"), "zsh": ("-f", "-i")}


class Shell:
    """An interactive shell of a user who has set up completion."""

    def __init__(self, name: str, folder: Path) -> None:
        path = f"{PROGRAM.parent}:{os.environ['PATH']}"
        env = {"PATH": path, "TERM": "dumb", "PS1": "> ", "HOME": str(folder), **MEASURED}
        program = tool(name)
        self.left = ""
        self.process, self.terminal = pty.fork()
        if not self.process:
            os.chdir(folder)
            os.execve(program, [name, *STARTED[name]], env)
        self.wait("> ")
        self.type(f'{LINES[name]}; echo rea""dy\n')
        self.wait("ready\r\n")
        self.wait("> ")

    def type(self, text: str) -> None:
        os.write(self.terminal, text.encode())

    def wait(self, text: str) -> None:
        """Wait until the terminal shows the text, behind what was waited for before."""
        shown, end = self.left, time.monotonic() + 30
        while text not in re.sub(".\b", "", shown):
            assert time.monotonic() < end, shown
            if select.select([self.terminal], [], [], 1)[0]:
                shown += os.read(self.terminal, 4096).decode()
        self.left = re.sub(".\b", "", shown).partition(text)[2]

    def close(self) -> None:
        os.write(self.terminal, b"\x15exit\n")
        os.waitpid(self.process, 0)
        os.close(self.terminal)


@pytest.fixture(scope="module", params=["bash", "zsh"])
def shell(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """A shell in a folder with a file, for one line behind the other."""
    folder = tmp_path_factory.mktemp("shell")
    (folder / "a-manifest.yaml").write_text("")
    shell = Shell(request.param, folder)
    yield shell
    shell.close()


TYPED = [
    ("krm-secrets sche\t", "krm-secrets schema "),
    ("krm-secrets schema Secrets\t", "krm-secrets schema SecretsConfig "),
    ("krm-secrets sops dec\t--in-\t", "krm-secrets sops decrypt --in-place "),
    ("krm-secrets run a-\t", "krm-secrets run a-manifest.yaml "),
    ("krm-secrets doctor --format j\t", "krm-secrets doctor --format json "),
    ("krm-secrets completion f\t", "krm-secrets completion fish "),
]


@pytest.mark.parametrize(("typed", "completed"), TYPED)
def test_a_shell_completes_a_line(typed: str, completed: str, shell: Shell) -> None:
    shell.type(f"\x15{typed}")  # in place of the line before
    shell.wait(completed)


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("krm-secrets sche", ["schema\tPrint the JSON Schema of a kind."]),
        ("krm-secrets schema Secrets", ["SecretsConfig"]),
        ("krm-secrets doctor --format ", ["table", "json"]),
        ("krm-secrets run a-", ["a-manifest.yaml"]),
    ],
)
def test_fish_offers_what_fits(line: str, offered: list[str], tmp_path: Path) -> None:
    (tmp_path / "a-manifest.yaml").write_text("")
    done = subprocess.run(
        [tool("fish"), "--no-config", "-c", f"krm-secrets completion fish | source; complete -C '{line}'"],
        cwd=tmp_path, capture_output=True, text=True,
        env={"PATH": f"{PROGRAM.parent}:{os.environ['PATH']}", "HOME": str(tmp_path), **MEASURED},
    )  # fmt: skip
    assert sorted(done.stdout.splitlines()) == sorted(offered), done.stderr


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_a_shell_gets_its_script(name: str) -> None:
    done = run("", "completion", name)
    assert (done.code, done.err) == (0, "")
    assert b"_KRM_SECRETS_COMPLETE=" + name.encode() + b"_complete" in done.out
