"""The other implementation, over changed files: what it refuses we refuse; what both accept gives the same bytes."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import NamedTuple

from krm_secrets.sops.files.formats import Format
from tests.sopsfiles.mutations import MUTATIONS, PLAIN
from tests.sopsfiles.program import SUFFIXES, Decrypted, our_decrypt, run_decrypt, sops_encrypt
from tests.sopsfiles.test_real_sops import RULES

SEED, COUNT = 1, 500


class Changed(NamedTuple):
    """A changed file, with what it was made from for the message of a failure."""

    form: Format
    rule: str
    mutation: str
    data: bytes


def changed_files(seed: int, count: int, folder: Path) -> list[Changed]:
    """Files of every format by every rule, with one change each."""
    rng = Random(seed)
    files: dict[Format, list[tuple[str, bytes]]] = {}
    for form, plain in PLAIN.items():
        for rule in RULES[:1] if form == "binary" else RULES:
            encrypted = sops_encrypt(plain, form, folder, rule)
            assert encrypted is not None
            files.setdefault(form, []).append((str(rule), encrypted))
    result = []
    for _ in range(count):
        form = rng.choice(list(files))
        named, encrypted = rng.choice(files[form])
        mutation = rng.choice(MUTATIONS)
        result.append(Changed(form, named, mutation.__name__, mutation(encrypted, rng)))
    return result


def fault(changed: Changed, theirs: Decrypted) -> str:
    """How we differ from sops on a file, or nothing; we may refuse more than it does."""
    ours = our_decrypt(changed.data, changed.form)
    if ours is None or ours == theirs.output:
        return ""
    if theirs.output is not None:
        return "both accept it, with different bytes"
    return f"sops refuses it: {theirs.error.strip().splitlines()[-1]}"


def test_what_sops_refuses_of_changed_files_is_refused(tmp_path: Path) -> None:
    files = changed_files(SEED, COUNT, tmp_path)

    def decrypted(n: int) -> Decrypted:
        path = tmp_path / f"{n}.{SUFFIXES[files[n].form]}"
        path.write_bytes(files[n].data)
        return run_decrypt(path)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        theirs = list(pool.map(decrypted, range(len(files))))
    faults = [
        f"{file.mutation}, {file.form}, {file.rule}: {found}\n{file.data!r}"
        for file, each in zip(files, theirs, strict=True)
        if (found := fault(file, each))
    ]
    assert not faults, "\n".join(faults)
    accepted = sum(each.output is not None for each in theirs)
    assert COUNT // 10 < accepted < COUNT // 2, "the changes are too harmless, or too coarse to tell anything"
    assert {file.mutation for file in files} == {mutation.__name__ for mutation in MUTATIONS}
