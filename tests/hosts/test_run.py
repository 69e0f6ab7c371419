"""`krm-secrets run` over the files of the example, without any host."""

from __future__ import annotations

from .matrix import SAME, checked
from .support import (
    CLUSTER,
    FACTS,
    PROGRAM,
    build,
    environment,
    facts,
    for_cluster,
    messages,
    objects,
    output,
    pipe,
    run,
)


@checked("no host", "`krm-secrets run` over files", SAME)
def test_files_give_the_same_objects_as_a_build_of_them() -> None:
    found = objects(output(PROGRAM, "run", CLUSTER))
    assert facts(found) == FACTS
    assert for_cluster(found) == found == objects(pipe(build(CLUSTER)))


def test_the_nearest_configuration_is_used_for_one_app() -> None:
    found = objects(output(PROGRAM, "run", CLUSTER / "apps" / "feeds"))
    assert found == {key: value for key, value in objects(pipe(build(CLUSTER))).items() if key in found}
    assert sorted(key[1] for key in found) == ["Deployment", "ExternalSecret"]


def test_without_the_key_each_file_is_named_and_nothing_printed() -> None:
    done = run(PROGRAM, "run", CLUSTER, env=environment(key=False))
    assert (done.returncode, done.stdout) == (1, b"")
    files = [line.split(": ")[2].rpartition(":")[0] for line in messages(done)]
    assert files == [f"{CLUSTER}/bootstrap/{name}.sops.yaml" for name in ("bitwarden-access-token", "dns-token")]


def test_a_folder_and_its_build_may_be_mixed() -> None:
    stream = build(CLUSTER / "bootstrap")
    found = objects(output(PROGRAM, "run", "-", CLUSTER / "apps", CLUSTER / "krm-secrets.yaml", stdin=stream))
    everything = objects(pipe(build(CLUSTER)))
    assert found == {key: value for key, value in everything.items() if key in found}
    assert len(found) == 13
