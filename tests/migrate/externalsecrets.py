"""ExternalSecrets of every kind that the strict schema knows, written by hand after it."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

UUIDS = ("ce0161ae-6d5b-4210-88a0-e46097b87733", "2e579895-287a-4b26-976b-2677620dc376")
STORES = st.sampled_from(
    [
        {"name": "op", "kind": "ClusterSecretStore"},
        {"name": "fields", "kind": "ClusterSecretStore"},
        {"name": "login", "kind": "ClusterSecretStore"},
        {"name": "own", "kind": "SecretStore"},
        {"name": "own"},
        {"name": "op", "kind": "SecretStore"},
    ]
)
KEYS = st.sampled_from(
    ["item", "other", *UUIDS, *UUIDS, "a#b", "op:item", "gen:x/y", "${ITEM}", "path/to/it", "PLACEHOLDER_ITEM", "item "]
)
PROPERTIES = st.sampled_from(
    ["user", "user", "pass", "tls.crt", "a b", "client-id", "é", "x.y", "${P}", 'q"q', "store"]
)
NAMES = st.sampled_from(["user", "pass", "APP_user", "tls.crt", "a-b", "_x", "password", "token", "found_1"])
TEMPLATES = st.sampled_from(
    [
        "{{ .user }}",
        "{{.pass}}",
        "{{ .user }}",
        "{{ .user | b64enc }}",
        "{{.pass|quote}}",
        '{{ index . "tls.crt" }}',
        '{{ index . "a-b" | toString }}',
        "{{ .APP_user }}",
        "{{ .password }}:{{ .user }}@host",
        "{{ $.token }}",
        ".{{ .user }}",
        "{{ `{{ .user }}` }}",
        '{{ "{{ .user }}" }} {{ .pass }}',
        '{{ printf "%s{{ .pass }}" .user }}',
        "{{ with .user }}{{ .pass }}{{ $.pass }}{{ end }}",
        "{{ range .pass }}{{ . }}{{ end }}",
        "{{ if .user }}{{ .pass }}{{ else }}x{{ end }}",
        "{{- .user -}}",
        " {{- .user }} ",
        "{{ .user }}\n",
        "{{/* .pass */}}{{ .user }}",
        "{{ toJson . }}",
        "{{ .user.x }}",
        "{{ ._x }}",
        "{{ .found_1 }}",
        '{{ "a\\"b" }}',
        "{{ randAlphaNum 4 }}{{ .user }}",
    ]
)
TEXTS = st.one_of(
    TEMPLATES,
    TEMPLATES,
    st.sampled_from(["text", "", ".x", ".5", "./x", "a: b", "yes", "{not}", '{{ "{{" }}', "}}", "${V}"]),
    st.sampled_from(["é\n\nü\n", "'\"", " x "]),
)
DECODING = st.sampled_from(["None", "None", "Base64", "Auto"])
LABELS = st.dictionaries(st.sampled_from(["app.kubernetes.io/name", "l"]), st.sampled_from(["", "v"]), max_size=2)
ANNOTATIONS = st.dictionaries(st.just("l"), st.sampled_from(["", "v", "a{{b"]), max_size=1)


def some(required: dict[str, Any], optional: dict[str, Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(required, optional=optional)


REMOTE = {
    "version": st.just("2"),
    "metadataPolicy": st.sampled_from(["None", "None", "Fetch"]),
    "conversionStrategy": st.sampled_from(["Default", "Default", "Unicode"]),
    "decodingStrategy": DECODING,
    "nullBytePolicy": st.just("Ignore"),
}
SIMPLE_REMOTE = {"decodingStrategy": DECODING, "metadataPolicy": st.just("None")}
SOURCE = some({"storeRef": STORES}, {})
ENTRY = some(
    {
        "secretKey": NAMES,
        "remoteRef": st.one_of(
            some({"key": KEYS, "property": PROPERTIES}, {}),
            some({"key": KEYS}, {"property": PROPERTIES, **SIMPLE_REMOTE}),
            some({"key": KEYS, "property": PROPERTIES}, REMOTE),
        ),
    },
    {"sourceRef": SOURCE},
)
PREFIX = st.sampled_from(["APP_$1", "APP_$1", "b_${1}", "$1_X", "APP$1", "x-$1", "fixed"])
REWRITE = st.one_of(
    st.builds(lambda target: [{"regexp": {"source": "(.*)", "target": target}}], PREFIX),
    st.builds(
        lambda target: [
            {"regexp": {"source": "[^-._a-zA-Z0-9]", "target": "_"}},
            {"regexp": {"source": "(.*)", "target": target}},
        ],
        PREFIX,
    ),
    st.just([{"regexp": {"source": "user", "target": "login"}}]),
    st.just([{"transform": {"template": "{{ .value | upper }}"}}]),
    st.just([{"merge": {"into": "m", "strategy": "JSON"}}]),
)
EXTRACT = st.one_of(
    some({"extract": some({"key": KEYS}, {})}, {"sourceRef": SOURCE, "rewrite": REWRITE}),
    some({"extract": some({"key": KEYS}, {"property": PROPERTIES, **SIMPLE_REMOTE})}, {"rewrite": REWRITE}),
    some({"extract": some({"key": KEYS}, REMOTE)}, {}),
)
FIND = some({"find": st.sampled_from([{"path": "p"}, {"name": {"regexp": ".*"}}, {"tags": {"a": "b"}}])}, {})
GENERATOR = some(
    {
        "sourceRef": st.builds(
            lambda generator: {"generatorRef": generator},
            some(
                {"kind": st.sampled_from(["Password", "GithubAccessToken"]), "name": st.just("g")},
                {"apiVersion": st.just("generators.external-secrets.io/v1alpha1")},
            ),
        )
    },
    {"rewrite": REWRITE},
)
TEMPLATE_FROM = st.lists(
    st.one_of(
        some({"configMap": some({"name": st.just("c"), "items": st.just([{"key": "k"}, {"key": "l"}])}, {})}, {}),
        some({"secret": st.just({"name": "s", "items": [{"key": "k", "templateAs": "Values"}]})}, {}),
        st.just({"literal": "{{ .user }}", "target": "Annotations"}),
        st.just({"configMap": {"name": "c", "items": [{"key": "k", "templateAs": "KeysAndValues"}]}}),
    ),
    min_size=1,
    max_size=2,
)
TEMPLATE = some(
    {},
    {
        "engineVersion": st.just("v2"),
        "mergePolicy": st.sampled_from(["Replace", "Replace", "Merge"]),
        "type": st.sampled_from(["Opaque", "x/y", ""]),
        "metadata": some(
            {}, {"labels": st.dictionaries(st.just("l"), TEXTS, max_size=1), "annotations": ANNOTATIONS,
                 "finalizers": st.just(["a/b"])},
        ),
        "data": st.dictionaries(NAMES, TEXTS, max_size=4),
        "templateFrom": TEMPLATE_FROM,
    },
)  # fmt: skip
PLAIN_TEMPLATE = some({"data": st.dictionaries(NAMES, TEXTS, min_size=1, max_size=4)}, {"type": st.just("x/y")})
TARGET = some(
    {},
    {
        "name": st.sampled_from(["target", "${APP}-x"]),
        "creationPolicy": st.sampled_from(["Owner", "Orphan", "Merge", "CreateOrMerge", "None"]),
        "deletionPolicy": st.sampled_from(["Retain", "Delete", "Merge"]),
        "immutable": st.booleans(),
        "template": st.one_of(PLAIN_TEMPLATE, PLAIN_TEMPLATE, TEMPLATE),
    },
)
WINDOWS = st.just({"kind": "deny", "windows": [{"schedule": "0 3 * * *", "duration": "1h"}]})
DATA = st.lists(ENTRY, min_size=1, max_size=4, unique_by=lambda entry: entry["secretKey"])
DATA_FROM = st.lists(st.one_of(EXTRACT, EXTRACT, FIND, GENERATOR), min_size=1, max_size=3)
OPTIONAL = {
    "refreshInterval": st.sampled_from(["1h", "1h0m0s", "12h", "90s", "0", "${R}", "1h30m"]),
    "refreshPolicy": st.sampled_from(["Periodic", "CreatedOnce", "OnChange"]),
    "syncWindows": WINDOWS,
}
SPEC = st.one_of(
    some({"target": TARGET, "data": DATA, "secretStoreRef": STORES}, OPTIONAL),
    some({"target": TARGET, "dataFrom": DATA_FROM, "secretStoreRef": STORES}, OPTIONAL),
    some({"target": TARGET, "data": DATA, "dataFrom": DATA_FROM, "secretStoreRef": STORES}, {}),
    some(
        {
            "data": st.lists(
                st.builds(lambda entry, source: {**entry, "sourceRef": source}, ENTRY, SOURCE), min_size=1, max_size=3
            )
        },
        {"target": TARGET},
    ),
    some({}, {"target": TARGET, "data": DATA, "dataFrom": DATA_FROM}),
)
METADATA = some(
    {"name": st.sampled_from(["es", "${APP}-es", "app-secret"])},
    {"namespace": st.just("ns"), "labels": LABELS, "annotations": ANNOTATIONS, "creationTimestamp": st.none()},
)
EXTERNAL_SECRETS = some(
    {
        "apiVersion": st.sampled_from(["external-secrets.io/v1", "external-secrets.io/v1beta1"]),
        "kind": st.just("ExternalSecret"),
        "metadata": METADATA,
        "spec": SPEC,
    },
    {"status": st.just({"refreshTime": None})},
)
