"""Labels and annotations that the API server would refuse the object for."""

from __future__ import annotations

import pytest

from krm_secrets.externalsecrets.objectmeta import NAME_RULE, VALUE_RULE

from .support import config, run

GOOD = {"": "", "app": "x", "app.kubernetes.io/name": "a-B_c.9", "${PREFIX}/x": "${VALUE} y", "a" * 63: "b" * 63}
BAD_NAMES = ("", "/x", "a/", "a/b/c", "A/x", "-a", "a-", "a b", "a" * 64, f"{'a' * 254}/x", "a..b/x", "x\n")
BAD_VALUES = ("a b", "-a", "a.", "a/b", "{{ .x }}", "a" * 64, "x\n", "\u00e9")
PLACES = ("secrets.x.metadata.labels", "secrets.x.labels", "metadata.labels")


def said(place: str, labels: dict[str, str]) -> list[str]:
    """What is said of labels at one of the places."""
    own: dict[str, object] = {"labels": labels} if place == PLACES[1] else {}
    own |= {"metadata": {"labels": labels}} if place == PLACES[0] else {}
    head: dict[str, object] = {"name": "app"} | ({"labels": labels} if place == PLACES[2] else {})
    secrets = str({"x": {"from": "a", **own}})
    return run(secrets, config("store: op"), metadata=head)[1]


@pytest.mark.parametrize("place", PLACES)
def test_good_labels(place: str) -> None:
    labels = {key: value for key, value in GOOD.items() if key}
    assert said(place, labels | {"empty": ""}) == []


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_bad_name(place: str, name: str) -> None:
    (message,) = said(place, {name: "v"})
    assert message.startswith(place)
    assert message.endswith(f": {NAME_RULE}")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("value", BAD_VALUES)
def test_a_bad_value(place: str, value: str) -> None:
    templated = place == PLACES[1] and "{{" in value
    assert said(place, {"l": value}) == ([] if templated else [f"{place}.l: {VALUE_RULE}"])


@pytest.mark.parametrize("place", ["secrets.x.annotations", "secrets.x.metadata.annotations"])
def test_annotations(place: str) -> None:
    own = {"annotations": {"a b": "any { value\n"}}
    secret = {"from": "a", **(own if place == "secrets.x.annotations" else {"metadata": own})}
    assert run(str({"x": secret}), config("store: op"))[1] == [f'{place}["a b"]: {NAME_RULE}']
