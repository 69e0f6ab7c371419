"""What the tests of the shorthand share: YAML in, messages and objects out, and strategies for whole documents."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from jsonschema.validators import extend

from krm_secrets.errors import Problem, field
from krm_secrets.settings.config import DEFAULT, Config
from krm_secrets.settings.config_document import parse_config
from krm_secrets.shorthand.externalsecret import expand
from krm_secrets.shorthand.grammar import parse_mapping

ROOT = Path(__file__).resolve().parents[2]
UUIDS = ("ce0161ae-6d5b-4210-88a0-e46097b87733", "2e579895-287a-4b26-976b-2677620dc376")

CONFIG = """
store: op
stores:
  fields: {fetch: property}
  login: {fetch: property}
  bsm: {fetch: value}
  vault: {kind: SecretStore}
route: {username: login, password: login}
items: {github: b67e4583-a622-4cf2-a172-58ee67c703da, named: named-item}
"""


def load(text: str) -> Any:
    return yaml.safe_load(text)


def said(problems: list[Problem]) -> list[str]:
    """Problems as a user reads them; warnings are marked."""
    return [
        f"{field(p.path)}: {p.message}" if p.severity == "error" else f"{p.severity}: {field(p.path)}: {p.message}"
        for p in problems
    ]


def config_document(text: str = "") -> dict[str, Any]:
    head = {"apiVersion": "krm-secrets.dev/v1alpha1", "kind": "SecretsConfig", "metadata": {"name": "secrets"}}
    return {**head, **(load(text) or {})}


def config(text: str = CONFIG) -> Config:
    problems: list[Problem] = []
    result = parse_config(config_document(text), problems)
    assert said(problems) == []
    return result


def mapping_document(secrets: object, **fields: object) -> dict[str, Any]:
    head = {"apiVersion": "krm-secrets.dev/v1alpha1", "kind": "SecretMapping", "metadata": {"name": "app"}}
    return {**head, **fields, "secrets": secrets}


def run(secrets: str, config: Config = DEFAULT, **fields: object) -> tuple[list[dict[str, Any]], list[str]]:
    """Expand the YAML under `secrets`; the objects and what was said."""
    problems: list[Problem] = []
    mapping = parse_mapping(mapping_document(load(secrets), **fields), config, problems)
    return expand(mapping, config, problems), said(problems)


def spec(secret: str, config_text: str = CONFIG, **fields: object) -> dict[str, Any]:
    """The one spec that this YAML gives, without any complaint."""
    objects, messages = run(secret, config(config_text), **fields)
    assert messages == []
    assert len(objects) == 1
    result: dict[str, Any] = objects[0]["spec"]
    return result


def messages(secrets: str, config_text: str = CONFIG, **fields: object) -> list[str]:
    return run(secrets, config(config_text), **fields)[1]


def schema(kind: str) -> dict[str, Any]:
    result: dict[str, Any] = json.loads((ROOT / "schemas" / f"{kind}.json").read_text())
    return result


def validator(schema: dict[str, Any]) -> Draft202012Validator:
    """jsonschema with ECMAScript's `$`, which unlike Python's matches at the very end only."""

    def pattern(_: object, pattern: str, instance: object, __: object) -> Any:
        from jsonschema import ValidationError

        if isinstance(instance, str) and not re.search(re.sub(r"\$$", r"\\Z", pattern), instance):
            yield ValidationError("pattern")

    result: Draft202012Validator = extend(Draft202012Validator, {"pattern": pattern})(schema)  # type: ignore[no-untyped-call]
    return result


def substituted(value: object) -> object:
    """The same data after Flux has filled in its variables."""
    if isinstance(value, dict):
        return {substituted(key): substituted(below) for key, below in value.items()}
    if isinstance(value, list):
        return [substituted(below) for below in value]
    return re.sub(r"\$\{[^{}]*\}", "x", value) if isinstance(value, str) else value


# Strategies: mostly right, with a wrong word here and there, so that both answers of the oracle are met.

NAMES = st.sampled_from(["a", "app", "b.c", "x-1", "${APP}-db", "op", "fields", "bsm", "login", "vault"])
BAD_NAMES = st.sampled_from(["", "A", "-a", "a_b", "a\n", "a..b", "x" * 254, "${", "é"])
KEYS = st.sampled_from(["KEY", "tls.crt", "a-b", "x_y", "${APP}_KEY", ".dockerconfigjson"])
ALIASES = st.sampled_from(["app", "pg", "A_B", "x1"])
DURATIONS = st.sampled_from(["1h", "1h30m", "90s", "0", "1.5h", "100ms", "${REFRESH}"])
REFRESHES = st.one_of(DURATIONS, st.sampled_from(["1h±10%", "2h +- 5%"]))
BAD_DURATIONS = st.sampled_from(
    ["", "1", "h", "1d", "-1h", "1h ", "999999h", "1h\n", "0±5%", "1h±0%", "1h±51%", "1h+5%", "1h±", "${R}±5%"]
)
VERSIONS = st.sampled_from(["0.16", "0.19.2", "v1.0", "2.3.0", "2.6", "2.8.1", "2.9", "2.10"])
ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(0, 9),
    st.just("x"),
    st.just([]),
    st.just({}),
    st.just({"a": 1}),
    st.just(["x"]),
)
TEXTS = st.dictionaries(
    st.sampled_from(["l", "app.kubernetes.io/name"]), st.sampled_from(["", "v", "{{ .app.x }}"]), max_size=2
)
LABELS = st.dictionaries(
    st.sampled_from(["l", "app.kubernetes.io/name"]),
    st.sampled_from(["", "v", "v", "${APP}", "{{ .app.x }}"]),
    max_size=2,
)


def fields(
    required: dict[str, st.SearchStrategy[Any]], optional: dict[str, st.SearchStrategy[Any]]
) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(required, optional=optional)


METADATA = fields(
    {"name": st.just("m")},
    {
        "namespace": st.sampled_from(["", "default"]),
        "labels": LABELS,
        "annotations": TEXTS,
        "creationTimestamp": ANYTHING,
    },
)
STORE = st.one_of(NAMES, fields({"name": NAMES}, {"kind": st.sampled_from(["SecretStore", "ClusterSecretStore"])}))
ANNOTATIONS = st.sampled_from(["example.com/auto", "auto", "a.b/C_d.e"])
PLACES = st.sampled_from(["spec.a", "a", 'm["a.b/c"].d', "a/b-c_d"])
BAD_PLACES = st.sampled_from(
    ["/x", "a b/c", "x\n", "a..b", ".a", 'a[""]', "a.\n", "[]", "a[0]", "a.**", "a.[]", "a[].b"]
)
SECRET_PLACES = st.one_of(PLACES, st.sampled_from(["spec.a[].b", "*", "a.*[][]"]))
RELOADER = fields(
    {},
    {
        "autoAnnotation": ANNOTATIONS,
        "secretAutoAnnotation": ANNOTATIONS,
        "secretAnnotation": ANNOTATIONS,
        "autoSearchAnnotation": ANNOTATIONS,
        "searchMatchAnnotation": ANNOTATIONS,
        "ignoreAnnotation": ANNOTATIONS,
        "pauseDeploymentAnnotation": ANNOTATIONS,
        "configmapAnnotation": ANNOTATIONS,
        "configmapAutoAnnotation": ANNOTATIONS,
        "autoReloadAll": st.booleans(),
        "isArgoRollouts": st.booleans(),
        "reloadOnCreate": st.booleans(),
        "syncAfterRestart": st.booleans(),
        "webhook": st.booleans(),
        "namespaces": st.lists(st.sampled_from(["a", "b"]), max_size=2, unique=True),
        "namespacesToIgnore": st.lists(st.sampled_from(["a", "b"]), max_size=2, unique=True),
        "namespaceSelector": st.sampled_from(["a=b", "a,!b", "a in (b, c),d!=e", "a:*", "a=="]),
        "resourceLabelSelector": st.sampled_from(["a=b", "x/y.z", "a notin (b)"]),
        "resourcesToIgnore": st.lists(st.sampled_from(["secrets", "configmaps"]), max_size=2, unique=True),
        "ignoredWorkloadTypes": st.lists(st.sampled_from(["jobs", "cronjobs"]), max_size=2, unique=True),
    },
)
KINDS = st.lists(
    fields(
        {"kind": st.sampled_from(["App", "Foo"]), "secrets": st.lists(SECRET_PLACES, max_size=2)},
        {"group": st.sampled_from(["", "example.com"]), "annotations": PLACES},
    ),
    max_size=2,
)
_WORDS = st.lists(st.sampled_from(["a", "apps/**", "Secret/*/db"]), max_size=2)
_RULES = st.sampled_from(["no-restart", "key-not-made"])
CHECK = fields(
    {},
    {
        "ignore": st.lists(
            fields(
                {"reason": st.just("known")},
                {"rules": st.lists(_RULES, max_size=2), "paths": _WORDS, "objects": _WORDS},
            ).filter(lambda entry: len(entry) > 1),
            max_size=2,
        ),
        "known": st.lists(
            fields(
                {"name": st.sampled_from(["db", "db-*"])},
                {"namespace": st.just("web"), "keys": _WORDS, "by": st.just("just")},
            ),
            max_size=2,
        ),
        "severity": st.dictionaries(_RULES, st.sampled_from(["error", "warning", "info", "off"]), max_size=2),
        "results": st.sampled_from(["error", "warning"]),
    },
)

MAKERS = st.lists(
    fields(
        {
            "kind": st.sampled_from(["App", "Foo"]),
            "secrets": st.lists(
                SECRET_PLACES | st.sampled_from(["{metadata.name}", "a-{spec.users[].name}", "{a}-{b.*}.x"]), max_size=2
            ),
        },
        {
            "group": st.sampled_from(["", "example.com"]),
            "keys": st.lists(st.sampled_from(["a", "tls.crt"]), max_size=2),
            "labels": PLACES,
        },
    ),
    max_size=2,
)
CHARTS = st.lists(
    fields(
        {"chart": st.sampled_from(["app", "web"])},
        {
            "repository": st.sampled_from(["oci://ghcr.io", "https://x"]),
            "secrets": st.lists(SECRET_PLACES, max_size=2),
            "annotations": st.lists(PLACES, max_size=2),
        },
    ),
    max_size=2,
)
CONFIGS = fields(
    {
        "apiVersion": st.just("krm-secrets.dev/v1alpha1"),
        "kind": st.just("SecretsConfig"),
        "metadata": METADATA,
    },
    {
        "store": STORE,
        "stores": st.dictionaries(
            NAMES,
            fields(
                {},
                {
                    "fetch": st.sampled_from(["extract", "property", "value"]),
                    "kind": st.sampled_from(["SecretStore", "ClusterSecretStore"]),
                    "provider": st.just("bitwardensecretsmanager"),
                    "format": st.sampled_from(["json", "yaml"]),
                },
            ).filter(lambda store: "provider" not in store or store.get("fetch") != "property"),
            max_size=4,
        ),
        "route": st.dictionaries(st.sampled_from(["username", "x"]), NAMES, max_size=2),
        "items": st.dictionaries(st.sampled_from(["github", "pg"]), st.sampled_from(UUIDS), max_size=2),
        "refresh": REFRESHES,
        "decrypt": st.sampled_from(["sops", "keep"]),
        "decryptKinds": st.lists(st.sampled_from(["ConfigMap", "Foo"]), max_size=2, unique=True),
        "generators": st.lists(st.sampled_from(["a/b", "b"]), max_size=2, unique=True),
        "stringData": st.sampled_from(["keep", "encode"]),
        "mac": st.sampled_from(["auto", "require", "ignore"]),
        "reload": st.sampled_from(["auto", "all", "named", "off"]),
        "defaults": st.sampled_from(["minimal", "explicit"]),
        "esoVersion": VERSIONS,
        "inPlace": st.sampled_from(["refuse", "allow"]),
        "reloader": RELOADER,
        "references": KINDS,
        "charts": CHARTS,
        "makers": MAKERS,
        "check": CHECK,
    },
)
ITEM_TEXTS = st.sampled_from(
    [UUIDS[0], UUIDS[1], "github", "op:item", "op:item#field", "fields:x", "fields:x#p", "bsm:y", "bsm:y#a-b",
     "login:l", "gen:Password/pw", "gen:Nope/x", "${ITEM}", "PLACEHOLDER_x", "a#b#c", "vault:v#tls.crt"]
)  # fmt: skip
ITEMS = st.one_of(
    ITEM_TEXTS,
    fields(
        {"key": st.sampled_from(["k", "github", UUIDS[0]])},
        {
            "store": NAMES,
            "property": st.sampled_from(["p", "tls.crt"]),
            "decoding": st.sampled_from(["Auto", "Base64", "None"]),
        },
    ),
)
VALUES = st.one_of(
    st.sampled_from(
        [".x", ".app.x", ".app", ".pg.tls", '.app."tls.crt"', '."a b"', ".x | b64dec", "text", "", "./x", ".5", "${V}",
         "{{ .x }}", "{{ .app.x }}:{{ .pg.password }}", "{{ range .x }}{{ . }}{{ $.app.y }}{{ end }}", "{{ .app",
         "{{ . }}",
         '{{ index . "a-b" }}', "{{ `{{ .x }}` }}", ".app.a.b", "{{ .app.a.b }}", ".username", ".app.client-id"]
    ),
    fields({"literal": st.sampled_from([".x", "{{{", "", "a"])}, {}),
)  # fmt: skip
POLICIES = st.sampled_from(["Owner", "Orphan", "Merge", "Delete", "Retain", "CreatedOnce", "None", "CreateOrMerge"])
SPECS = st.sampled_from(
    [
        {},
        {"foo": 1},
        {"refreshPolicy": "OnChange"},
        {"target": {"template": None}},
        {
            "target": {
                "immutable": True,
                "template": {"templateFrom": [{"configMap": {"name": "c", "items": [{"key": "k"}]}}]},
            }
        },
        {"dataFrom": [{"find": {"name": {"regexp": ".*"}}}]},
        {"dataFrom": [{"find": {}, "extract": {"key": "a"}}]},
        {"dataFrom": [{"extract": {"key": "x"}, "rewrite": [{"merge": {}}, {"transform": {"template": "x"}}]}]},
        {"data": [{"secretKey": "a b", "remoteRef": {"key": "x"}}]},
        {"data": [{"secretKey": "a", "sourceRef": {}, "remoteRef": {"key": "x"}}]},
        {"syncWindows": {"kind": "allow", "windows": []}},
        {"syncWindows": {"kind": "deny", "windows": [{"schedule": "0 3 * * *", "duration": "8h"}]}},
        {"target": "x"},
    ]
)
TEMPLATES = st.sampled_from(["configMap/c#k", "secret/${APP}-t#a.yaml", "configMap/c#l"])
SECRETS = st.one_of(
    ITEM_TEXTS,
    fields(
        {},
        {
            "from": st.one_of(
                ITEMS, st.lists(ITEMS, min_size=1, max_size=3), st.dictionaries(ALIASES, ITEMS, min_size=1, max_size=3)
            ),
            "data": st.one_of(
                st.lists(KEYS, min_size=1, max_size=3, unique=True),
                st.dictionaries(KEYS, VALUES, min_size=1, max_size=4),
            ),
            "templates": st.one_of(TEMPLATES, st.lists(TEMPLATES, min_size=1, max_size=2, unique=True)),
            "variables": st.one_of(
                st.lists(KEYS, min_size=1, max_size=2, unique=True),
                st.dictionaries(KEYS, st.sampled_from([".x", ".app.x", ".app", "text"]), min_size=1, max_size=2),
            ),
            "store": STORE,
            "name": NAMES,
            "type": st.sampled_from(["Opaque", "kubernetes.io/tls", "bootstrap.kubernetes.io/token"]),
            "labels": TEXTS,
            "annotations": TEXTS,
            "policy": st.one_of(POLICIES, st.lists(POLICIES, min_size=1, max_size=3, unique=True)),
            "metadata": fields({}, {"labels": LABELS, "annotations": TEXTS}),
            "spec": SPECS,
            "refresh": REFRESHES,
        },
    ),
)
MAPPINGS = fields(
    {
        "apiVersion": st.just("krm-secrets.dev/v1alpha1"),
        "kind": st.just("SecretMapping"),
        "metadata": METADATA,
        "secrets": st.dictionaries(NAMES, SECRETS, min_size=1, max_size=3),
    },
    {
        "store": STORE,
        "refresh": REFRESHES,
        "items": st.dictionaries(st.sampled_from(["github", "pg"]), st.sampled_from(UUIDS), max_size=2),
        "output": st.sampled_from(["externalsecret.yaml", "x.yml"]),
    },
)
# Mappings that make sense: declared aliases, known stores, values that refer to them.
GOOD_ITEMS = st.sampled_from(["item", "op:x", "fields:x", "bsm:y", "vault:v", "${ITEM}", "gen:Password/pw"])
GOOD_VALUES = st.sampled_from(
    [".app.x", ".pg.y", '.app."tls.crt"', ".pg.client-id | b64dec", ".app.username", "text", "", "a }} ${V}",
     "{{ .app.x }}:{{ .pg.password }}", "{{ with .app.x }}{{ . }}{{ $.pg.y }}{{ else }}{{ .app.z }}{{ end }}",
     '{{ printf "%s {{ .app.q }}" .app.x | quote }}', "{{- if eq .app.x `a` -}} b {{- end -}}", "{{ `{{ .Labels }}` }}"]
)  # fmt: skip
GOOD_SECRETS = fields(
    {
        "from": st.fixed_dictionaries({"app": GOOD_ITEMS, "pg": GOOD_ITEMS}),
        "data": st.dictionaries(KEYS, GOOD_VALUES, min_size=2, max_size=5),
    },
    {
        "policy": st.sampled_from(["Owner", "Delete", ["Orphan", "OnChange"]]),
        "refresh": REFRESHES,
        "type": st.just("x"),
    },
)
GOOD_TEMPLATED = fields(
    {
        "from": st.fixed_dictionaries({"app": st.sampled_from(["item", "op:x"]), "pg": st.just("fields:x")}),
        "templates": TEMPLATES,
        "variables": st.dictionaries(KEYS, st.sampled_from([".app.x", ".pg.z", ".app.a-b"]), min_size=1, max_size=2),
    },
    {"data": st.dictionaries(KEYS, st.sampled_from([".app.x", ".pg.y", "text"]), min_size=1, max_size=3)},
)
GOOD_ANY = st.one_of(GOOD_SECRETS, GOOD_SECRETS, GOOD_TEMPLATED)
GOOD_MAPPINGS = fields(
    {
        "apiVersion": st.just("krm-secrets.dev/v1alpha1"),
        "kind": st.just("SecretMapping"),
        "metadata": METADATA,
        "store": st.sampled_from(["op", "fields", "vault"]),
        "secrets": st.dictionaries(st.sampled_from(["a", "${APP}-b"]), GOOD_ANY, min_size=1, max_size=2),
    },
    {},
)
WRONG = st.one_of(
    ANYTHING,
    BAD_NAMES,
    BAD_DURATIONS,
    BAD_PLACES,
    st.sampled_from(["placeholder", ".yaml", "a/b.yaml", "Owners", "0.15", "2", "property"]),
)


@st.composite
def mutated(draw: st.DrawFn, documents: st.SearchStrategy[Any]) -> Any:
    """A document with one place changed: a value replaced, a field added, renamed or taken away."""
    document = json.loads(json.dumps(draw(documents)))
    places: list[tuple[Any, Any]] = []

    def walk(value: Any) -> None:
        for key in list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
            places.append((value, key))
            walk(value[key])

    walk(document)
    container, key = draw(st.sampled_from(places))
    change = draw(st.sampled_from(["replace", "remove", "add", "rename", "double"]))
    if change == "replace":
        container[key] = draw(WRONG)
    elif change == "double" and isinstance(container, list):
        container.append(container[key])
    elif change == "remove":
        del container[key]
    elif isinstance(container, dict):
        new = draw(st.one_of(BAD_NAMES, st.sampled_from(["unknown", "key", "store", "from", "9a", "..", "a b"])))
        container[new] = container.pop(key) if change == "rename" else draw(WRONG)
    return document
