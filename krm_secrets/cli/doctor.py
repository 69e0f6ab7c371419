"""`krm-secrets doctor`: what is installed here, which keys are found, what they open, and which ways work.

Nobody is asked for anything: commands that print keys, plugins and passphrases are left alone.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from importlib.metadata import version

from krm_secrets import keys
from krm_secrets._startup.records import NamedTuple
from krm_secrets._startup.stdio import write
from krm_secrets.age.agefile import NATIVE
from krm_secrets.cli import doctor_plugins, doctor_programs, doctor_repository
from krm_secrets.cli.doctor_plugins import Plugins
from krm_secrets.cli.doctor_programs import Program
from krm_secrets.cli.doctor_ways import Way, judge, wrong
from krm_secrets.cli.sops_inspect import survey
from krm_secrets.errors import ERROR, Result, clean, worst
from krm_secrets.shell import ENVIRONMENT, WITHOUT_KEYS, tell
from krm_secrets.sops.identities import NOTHING, Held, Identities

_WORST_FIRST = (False, None, True)


class Key(NamedTuple):
    """A source of identities: their recipients, and what is wrong with it."""

    source: str
    recipients: tuple[str, ...]
    note: str
    problem: bool


class File(NamedTuple):
    """An encrypted file. `opens` is None where only an identity could open it that must be asked for."""

    file: str
    opens: bool | None


class Diagnosis(NamedTuple):
    """All that was found; `problems` are what to do first, and make the exit code 1. `notes` can wait."""

    version: str
    path: str
    programs: tuple[Program, ...]
    plugins: Plugins
    keys: tuple[Key, ...]
    files: tuple[File, ...]
    ways: tuple[Way, ...]
    problems: tuple[str, ...]
    notes: tuple[str, ...]


def doctor(path: str, as_json: bool) -> int:
    """Print the diagnosis; returns the exit code."""
    from krm_secrets.cli import doctor_report

    results: list[Result] = []
    found = diagnose(path, os.environ, results)
    tell(results)
    text = doctor_report.as_json(found) if as_json else doctor_report.as_table(found)
    code = write(text.encode(errors="backslashreplace"))
    return 1 if found.problems or worst(results) == ERROR else code


def diagnose(path: str, environ: Mapping[str, str], results: list[Result]) -> Diagnosis:
    """Look at programs, keys, and the files in the folder; `results` gets what could not be looked at."""
    own = version("krm-secrets")
    programs = doctor_programs.find(environ)
    plugins = doctor_plugins.find(environ)
    ways = judge(programs, plugins, own, environ)
    identities = Identities(keys.sources(environ), ask=False)
    found = tuple(_keys(identities))
    files = tuple(_files(path, identities, results))
    problems = wrong(ways)
    problems += (f"{key.source}: {key.note}" for key in found if key.problem)
    here = doctor_repository.look(path)
    closed = _of_files(environ, found, files)
    if closed and here.decrypts:
        elsewhere = f"no encrypted file opens here, and none needs to: {here.decrypts} opens them in the cluster"
        notes = (*here.notes, elsewhere)
    else:
        problems, notes = [*problems, *closed], here.notes
    problems += _of_environment(environ)
    return Diagnosis(
        own, sys.argv[0], tuple(programs.values()), plugins, found, files, tuple(ways), tuple(problems), notes
    )


def _keys(identities: Identities) -> list[Key]:
    found = [_key(held) for held in identities.held() if not held.source.default or held.notes != [NOTHING]]
    asked = [source for source in identities.sources if source.asks]
    return found + [Key(s.name, (), "is not asked here; krm-secrets sops inspect does", False) for s in asked]


def _key(held: Held) -> Key:
    recipients = tuple(clean(identity.shown) for identity in held.identities if identity.shown)
    waiting = any(identity.rank != NATIVE for identity in held.identities)
    notes = [*held.notes, *(["not all of it is tried here, since it would ask"] if waiting else [])]
    if not held.identities and not notes:
        notes = ["has no identity in it"]
    return Key(held.source.name, recipients, "; ".join(notes), not held.identities)


def _files(path: str, identities: Identities, results: list[Result]) -> list[File]:
    """Each encrypted file once; one whose documents differ opens when all of them do."""
    askable = any(source.asks for source in identities.sources) or any(
        identity.rank != NATIVE for held in identities.held() for identity in held.identities
    )
    opens: dict[str, bool | None] = {}
    for entry in survey((path,), results, identities).entries:
        one = True if entry.opens else None if askable and entry.metadata is not None else False
        opens[entry.file] = min(one, opens.get(entry.file, True), key=_WORST_FIRST.index)
    return [File(*each) for each in opens.items()]


def _of_environment(environ: Mapping[str, str]) -> list[str]:
    if environ.get(ENVIRONMENT, "") in ("", *WITHOUT_KEYS):
        return []
    return [f"{ENVIRONMENT} can only be {' or '.join(WITHOUT_KEYS)}; unset it to decrypt"]


def _of_files(environ: Mapping[str, str], found: tuple[Key, ...], files: tuple[File, ...]) -> list[str]:
    """Why no file opens, where some should."""
    if environ.get(ENVIRONMENT) or not files or any(file.opens is not False for file in files):
        return []
    if any(key.recipients for key in found):
        return ["no encrypted file opens with your keys: ask who can read them for sops updatekeys with your recipient"]
    return [
        "encrypted files are there and no age identity: set SOPS_AGE_KEY or SOPS_AGE_KEY_FILE, or build without keys"
        f" ({ENVIRONMENT}=placeholder)"
    ]
