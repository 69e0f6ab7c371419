"""Secrets that `flux build` masked are those that SOPS encrypted: who uses them is wired as for those."""

from __future__ import annotations

import json
from base64 import b64encode

import pytest

from krm_secrets.secrets.secret import MASKS
from tests.running import run
from tests.sops.encrypter import stream

MASK, DOCKER = "**SOPS**", json.dumps({"mask": "**SOPS**"}, separators=(",", ":"))
DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web"},
    "spec": {"template": {"spec": {"containers": [{"name": "web", "envFrom": [{"secretRef": {"name": "s"}}]}]}}},
}


def secret(**sections: object) -> dict[str, object]:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, **sections}


def test_the_masks_are_what_they_are_said_to_be() -> None:
    assert {MASK, DOCKER, *(b64encode(text.encode()).decode() for text in (MASK, DOCKER))} == MASKS


@pytest.mark.parametrize("mask", sorted(MASKS))
@pytest.mark.parametrize("section", ["data", "stringData"])
def test_a_masked_secret_passes_and_its_consumer_is_wired(mask: str, section: str) -> None:
    masked = secret(**{section: {"a": mask}})
    done = run(stream(masked, DEPLOYMENT))
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(stream(masked).encode())
    assert b'"reloader.stakater.com/auto":"true"' in done.out.replace(b" ", b"")


@pytest.mark.parametrize("value", ["SOPS", "** SOPS **", "x**SOPS**", 1, None])
def test_other_values_are_no_mask(value: object) -> None:
    given = stream(secret(stringData={"a": value}), DEPLOYMENT)
    assert run(given).out == given.encode()


def test_the_mask_in_another_kind_is_text() -> None:
    given = stream({**secret(data={"s": MASK}), "kind": "ConfigMap"}, DEPLOYMENT)
    assert run(given).out == given.encode()
