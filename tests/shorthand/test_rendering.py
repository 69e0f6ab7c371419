"""What a mapping means is what the cluster gets: fetched as the operator fetches, rendered by its own engine."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from typing import Any

import yaml
from hypothesis import HealthCheck, event, given, settings, strategies as st

from krm_secrets.yamltext import emit

from .engine import Engine, engine
from .support import config, run

__all__ = ["engine"]

CONFIG = """
store: op
stores:
  fields: {fetch: property}
  json: {fetch: value}
  yaml: {fetch: value, format: yaml}
  manager: {provider: bitwardensecretsmanager, fetch: extract}
route: {routed: fields}
"""
STORES = ("op", "fields", "json", "yaml", "manager")
FIELDS = ("user", "pass_word", "client-id", "tls.crt", "the token", "9lives", "größe", 'a"b\\c', "routed")

POLICY = config(CONFIG)

World = dict[tuple[str, str], dict[str, str]]
"""The fields of every item of every store."""


def fetched(spec: dict[str, Any], world: World) -> dict[str, str]:
    """What the operator has in its hands before it renders: dataFrom in order, then data."""
    found: dict[str, str] = {}
    for entry in spec.get("dataFrom", []):
        fields = world[store(entry, spec), entry["extract"]["key"]]
        assert "property" not in entry["extract"]
        for name, value in fields.items():
            for step in entry.get("rewrite", [{"regexp": {"source": "[^-._a-zA-Z0-9]", "target": "_"}}]):
                source, target = step["regexp"]["source"], re.sub(r"\$(\d)", r"\\\1", step["regexp"]["target"])
                # Go makes no empty match behind another one.
                name = re.sub(source, target, name, count=1 if source == "(.*)" else 0)
            found[name] = value
    for entry in spec.get("data", []):
        fields, name = world[store(entry, spec), entry["remoteRef"]["key"]], entry["remoteRef"].get("property")
        assert name is None or store(entry, spec) in ("op", "fields"), "the others read no property"
        # In quotes, since `Y` is no text to go-yaml; PyYAML escapes what it would read as a line break.
        whole = json.dumps(fields) if store(entry, spec) == "json" else yaml.safe_dump(fields, default_style='"')
        found[entry["secretKey"]] = whole if name is None else fields[name]
    return found


def store(entry: dict[str, Any], spec: dict[str, Any]) -> str:
    name: str = (entry.get("sourceRef", {}).get("storeRef") or spec["secretStoreRef"])["name"]
    return name


def made(engine: Engine, secret: dict[str, Any], world: World) -> tuple[dict[str, str], dict[str, str]]:
    """Data and annotations of the Secret, by the way through the text that we print."""
    objects, said = run(json.dumps({"x": secret}, ensure_ascii=False), POLICY)
    assert [message for message in said if not message.startswith("warning: ")] == []
    (found,) = (yaml.safe_load(emit.block(item)) for item in objects)
    spec = found["spec"]
    values = fetched(spec, world)
    template = spec["target"]["template"]
    rendered = engine.render(template, values)
    assert "error" not in rendered, rendered
    return (rendered.get("data", {}) if "data" in template else values), rendered.get("annotations", {})


# A value is a list of pieces; what it says in the shorthand and what it must come to follow from these alone.

Piece = tuple[str, str, str]
"""Text, or a field of an item and what is done to it."""

WORDS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]), max_size=6),
    st.sampled_from(
        ["{{", "}}", "{", '"', "'", "`", "\\", "\n", "a\nb\n", " x ", "{{ .x }}", "%s", "${V}", "$1", "ü", "{{-"]
    ),
)


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


FILTERS: dict[str, Callable[[str], str]] = {"": str, " | b64enc": encoded}
PIECES = st.one_of(
    WORDS.map(lambda text: ("text", text, "")),
    st.tuples(st.sampled_from(["app", "db"]), st.sampled_from(FIELDS), st.sampled_from(list(FILTERS))),
)


def reference(piece: Piece, aliased: bool) -> str:
    alias, field, filtered = piece
    name = field if re.fullmatch(r"[a-z_][a-z_-]*", field) else '"' + re.sub(r'(["\\])', r"\\\1", field) + '"'
    return (f".{alias}" if aliased else "") + f".{name}{filtered}"


def shorthand(pieces: list[Piece], aliased: bool) -> str:
    if len(pieces) == 1 and pieces[0][0] != "text":
        return reference(pieces[0], aliased)
    text = ""
    for piece in pieces:
        if piece[0] == "text":
            # A text that holds braces, or begins like a reference, is written as a constant of a template.
            text += re.sub(r"[{}]|^\.", lambda match: f'{{{{ "{match[0]}" }}}}', piece[1])
        else:
            text += f"{{{{ {reference(piece, aliased)} }}}}"
    return text


def meaning(pieces: list[Piece], items: dict[str, dict[str, str]]) -> str:
    return "".join(piece[1] if piece[0] == "text" else FILTERS[piece[2]](items[piece[0]][piece[1]]) for piece in pieces)


KEYS = st.sampled_from(["KEY", "tls.crt", "a-b", "user", "app_user", "_x", "routed"])
VALUES = st.lists(PIECES, min_size=1, max_size=4)
ITEM = st.fixed_dictionaries(dict.fromkeys(FIELDS, WORDS))


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_every_value_comes_to_what_it_says(engine: Engine, data: st.DataObject) -> None:
    aliased = data.draw(st.booleans())
    names = ["app", "db"] if aliased else ["app"]
    stores = {name: data.draw(st.sampled_from(STORES)) for name in names}
    items = {name: data.draw(ITEM) for name in names}
    values = data.draw(st.dictionaries(KEYS, VALUES, min_size=1, max_size=4))
    if not aliased:
        values = {key: [("app", *p[1:]) if p[0] == "db" else p for p in pieces] for key, pieces in values.items()}
    noted = data.draw(VALUES) if aliased else [("text", "n", "")]
    if not any(piece[0] == "app" for pieces in values.values() for piece in pieces):
        values["KEY"] = [("app", "user", "")]
    world = {(stores[name], name): items[name] for name in names}
    # The field that has a store of its own is there under the same key.
    world |= {("fields", name): items[name] for name in names}
    literal = data.draw(WORDS)
    secret = {
        "from": {name: f"{stores[name]}:{name}" for name in names} if aliased else f"{stores['app']}:app",
        "data": {key: shorthand(pieces, aliased) for key, pieces in values.items()} | {"literal": {"literal": literal}},
        "annotations": {"n": shorthand([("text", "", ""), *noted], aliased)},
    }
    expected = {key: meaning(pieces, items) for key, pieces in values.items()}
    event(", ".join(sorted(set(stores.values()))))
    result, annotations = made(engine, secret, world)
    assert result == {**expected, "literal": literal}
    assert annotations == {"n": meaning(noted, items)}


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(ITEM, st.sampled_from(STORES), st.lists(st.sampled_from(FIELDS[:4]), min_size=1, unique=True))
def test_a_list_of_keys_gives_fields_of_the_same_names(
    engine: Engine, item: dict[str, str], store: str, keys: list[str]
) -> None:
    result, _ = made(engine, {"from": f"{store}:app", "data": keys}, {(store, "app"): item})
    assert result == {key: item[key] for key in keys}


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.dictionaries(st.sampled_from(["KEY", "OTHER"]), ITEM, min_size=1))
def test_items_without_data_are_copied(engine: Engine, items: dict[str, dict[str, str]]) -> None:
    world = {("json", name): fields for name, fields in items.items()}
    result, _ = made(engine, {"from": {name: f"json:{name}" for name in items}}, world)
    assert result == {name: json.dumps(fields) for name, fields in items.items()}
    world = {("op", name): fields for name, fields in items.items()}
    result, _ = made(engine, {"from": {name: f"op:{name}" for name in items}}, world)
    assert result == {
        f"{name}_{re.sub('[^-._a-zA-Z0-9]', '_', field)}": value
        for name, fields in items.items()
        for field, value in fields.items()
    }


def test_a_field_that_is_not_there_is_never_empty(engine: Engine) -> None:
    for source in ("json:app", "yaml:app", "manager:app", "op:app"):
        for field in (".absent", '."not there"'):
            if source == "op:app" and field != ".absent":
                continue  # the store itself says that an entry's property is missing
            objects, _ = run(
                json.dumps({"x": {"from": source, "data": {"A": field, "B": ".user | trim"}}}), config(CONFIG)
            )
            spec = objects[0]["spec"]
            values = fetched(spec, {(source[:-4], "app"): {"user": "me"}})
            assert engine.render(spec["target"]["template"], values)["error"], (source, field)
