"""What is said of objects of External Secrets that a person wrote: rule, place, severity and the whole sentence."""
# ruff: noqa: E501

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from krm_secrets.errors import ERROR, field
from krm_secrets.externalsecrets.spec_rules import UNKNOWN, Around, check_object
from krm_secrets.yamltext.inside import inside
from krm_secrets.yamltext.load import load, parse
from krm_secrets.yamltext.nodes import Scalar

FETCH = "secretStoreRef: {name: s, kind: ClusterSecretStore}, data: [{secretKey: a, remoteRef: {key: k}}]"
EXTRACT = "secretStoreRef: {name: s, kind: ClusterSecretStore}, dataFrom: [{extract: {key: k}}]"


def read(text: str) -> Any:
    return load(parse(text)[0].root)


def external_secret(spec: str, version: str = "v1") -> str:
    return f"{{apiVersion: external-secrets.io/{version}, kind: ExternalSecret, metadata: {{name: x}}, spec: {spec}}}"


def said(text: str, around: Around = UNKNOWN) -> list[str]:
    problems = check_object(read(text), around)
    assert all(problem.rule for problem in problems)
    return [f"{problem.severity}[{problem.rule}] {field(problem.path)}: {problem.message}" for problem in problems]


def templated(template: str, fetch: str = FETCH) -> str:
    return external_secret(f"{{{fetch}, target: {{template: {template}}}}}")


MANAGER = Around(manages=lambda name, kind: (name, kind) == ("s", "ClusterSecretStore"))
OLD = Around(version=(0, 16))

CASES: dict[str, tuple[str, list[str]]] = {
    "a field that is misspelt": (
        external_secret(f"{{{FETCH}, refreshIntervall: 1h}}"),
        ['error[unknown-field] spec.refreshIntervall: unknown field; did you mean "refreshInterval"?'],
    ),
    "a word that the API has not": (
        external_secret(f"{{{FETCH}, target: {{creationPolicy: Own}}}}"),
        ["error[field-refused] spec.target.creationPolicy: must be one of Owner, Orphan, Merge, CreateOrMerge, None"],
    ),
    "a number in place of a string": (
        external_secret(f"{{{FETCH}, refreshInterval: 60}}"),
        [
            "error[field-refused] spec.refreshInterval: must be a string: put quotes around it (a number may already have changed: 0644 is read as 420)"
        ],
    ),
    "no spec": (
        "{apiVersion: external-secrets.io/v1, kind: ExternalSecret, metadata: {name: x}}",
        [
            "error[fetches-nothing] spec: fetches nothing, which External Secrets refuses: for constants write a Secret or ConfigMap"
        ],
    ),
    "a spec that is none": (external_secret("7"), ["error[field-refused] spec: must be a map, not a number"]),
    "null is no field": (external_secret(f"{{{FETCH}, target: null, dataFrom: null, refreshPolicy: null}}"), []),
    "a version that is served no more": (
        external_secret(f"{{{FETCH}}}", "v1beta1"),
        [
            "warning[eso-version-not-served] apiVersion: External Secrets serves v1beta1 until 0.16 only: write external-secrets.io/v1"
        ],
    ),
    "an engine of old": (
        external_secret(
            f"{{{FETCH}, target: {{template: {{engineVersion: v1, data: {{A: '{{{{ .zz }}}}'}}}}}}}}", "v1beta1"
        ),
        [
            "warning[eso-version-not-served] apiVersion: External Secrets serves v1beta1 until 0.16 only: write external-secrets.io/v1"
        ],
    ),
    "a version that is long gone": (
        external_secret("{anything: 1}", "v1alpha1"),
        [
            "warning[eso-version-not-served] apiVersion: External Secrets serves v1alpha1 until 0.15 only: write external-secrets.io/v1"
        ],
    ),
    "a version that never was": (
        external_secret("{}", "v2"),
        [
            "error[eso-version-not-served] apiVersion: External Secrets has no such version of ExternalSecret: write external-secrets.io/v1"
        ],
    ),
    "policies that the webhook refuses": (
        external_secret(f"{{{FETCH}, target: {{creationPolicy: Merge, deletionPolicy: Delete}}}}"),
        [
            "error[policies-refused] spec.target.deletionPolicy: deletion policy Delete cannot go with creation policy Merge"
        ],
    ),
    "one key twice": (
        external_secret(
            "{secretStoreRef: {name: s}, data: [{secretKey: a, remoteRef: {key: k}}, {secretKey: a, remoteRef: {key: l}}]}"
        ),
        ['error[secret-key-twice] spec.data[1]: the key "a" is fetched twice'],
    ),
    "no store, and too many sources": (
        external_secret(
            "{data: [{secretKey: a, remoteRef: {key: k}}], dataFrom: [{extract: {key: k}, find: {}}, {rewrite: []}, {find: {}}]}"
        ),
        [
            "error[store-not-named] spec.data[0]: no store is named",
            "error[source-refused] spec.dataFrom[0]: extract and find exclude each other",
            "error[source-refused] spec.dataFrom[1]: must hold extract, find or sourceRef",
            "error[store-not-named] spec.dataFrom[2]: no store is named",
        ],
    ),
    "types that need what is not there": (
        templated("{type: kubernetes.io/tls, data: {tls.crt: '{{ .a }}', tls_key: x}}"),
        [
            'error[type-lacks-keys] spec.target.template.type: a Secret of type kubernetes.io/tls needs the key "tls.key"; "tls_key" is not the same'
        ],
    ),
    "a docker config under another name": (
        templated("{type: kubernetes.io/dockerconfigjson, data: {dockerconfigjson: '{{ .a }}'}}"),
        [
            'error[type-lacks-keys] spec.target.template.type: a Secret of type kubernetes.io/dockerconfigjson needs the key ".dockerconfigjson"; "dockerconfigjson" is not the same'
        ],
    ),
    "types that nobody may have": (
        templated("{type: bootstrap.kubernetes.io/token}"),
        [
            "error[type-refused] spec.target.template.type: External Secrets refuses the type bootstrap.kubernetes.io/token"
        ],
    ),
    "a type that there is not": (
        templated("{type: opaque}"),
        [
            'warning[type-unknown] spec.target.template.type: Kubernetes has no type "opaque" of its own; did you mean "Opaque"?'
        ],
    ),
    "where templates go": (
        templated("{templateFrom: [{literal: 'x: {{ .a }}', target: data}, {literal: 'x: y', target: spec.type}]}"),
        [
            "error[template-target-refused] spec.target.template.templateFrom[1].target: must be one of Data, Annotations, Labels"
        ],
    ),
    "a template that Go cannot read": (
        templated("{data: {A: 'x {{ .a }'}}"),
        [
            "error[template-syntax] spec.target.template.data.A: the template breaks at line 1, column 9: a character that no template may hold here"
        ],
    ),
    "a function that there is not": (
        templated("{data: {A: '{{ .a | b64encode }}', B: '{{ env \"x\" }}'}}"),
        [
            'error[template-function-unknown] spec.target.template.data.A: the template breaks at line 1, column 9: External Secrets knows no such function; did you mean "b64enc"?',
            "error[template-function-unknown] spec.target.template.data.B: the template breaks at line 1, column 4: External Secrets has taken env out of its templates",
            "info[fetched-not-used] spec.data[0].secretKey: no template uses it",
        ][:2],
    ),
    "what differs at every refresh": (
        templated(
            "{data: {A: '{{ .a }}{{ randAlphaNum 8 }}', B: '{{ . | values }}'}, metadata: {annotations: {n: '{{ now }}'}}}"
        ),
        [
            "warning[random-in-template] spec.target.template.data.A: at line 1, column 12, randAlphaNum gives something else at every refresh, so that what uses the Secret would restart every 1h0m0s: keep the value in the store, or render it once with refreshPolicy: CreatedOnce",
            "warning[unordered-in-template] spec.target.template.data.B: at line 1, column 8, values lists a map in an order that changes at every refresh: add | sortAlpha",
            "info[random-in-template] spec.target.template.metadata.annotations.n: at line 1, column 4, now gives something else at every refresh, so that what uses the Secret would restart every 1h0m0s: keep the value in the store, or render it once with refreshPolicy: CreatedOnce",
        ],
    ),
    "what differs and is rendered once": (
        external_secret(
            f"{{{FETCH}, refreshPolicy: CreatedOnce, target: {{template: {{data: {{A: '{{{{ .a }}}}{{{{ uuidv4 }}}}'}}}}}}}}"
        ),
        [],
    ),
    "a name that nothing fetches": (
        templated("{data: {A: '{{ .a }}{{ .other | default \"x\" }}{{ .other }}'}}"),
        [
            "error[template-variable-not-fetched] spec.target.template.data.A: refers to something that is not fetched, which fails, even with a default; fetched are a"
        ],
    ),
    "a name that nothing fetches, behind index": (
        templated("{data: {A: '{{ .a }}{{ index . \"o-o\" }}'}}"),
        [
            "warning[index-hides-missing] spec.target.template.data.A: gives nothing: nothing of this name is fetched, and index does not tell"
        ],
    ),
    "a name that is asked for first": (
        templated("{data: {A: '{{ .a }}{{ if hasKey . \"b\" }}{{ .b }}{{ end }}'}}"),
        [],
    ),
    "names that only the store knows": (templated("{data: {A: '{{ .b }}'}}", EXTRACT), []),
    "a default for what may be missing": (
        templated("{data: {A: '{{ .b | default \"x\" }}'}}", EXTRACT),
        [
            'info[default-does-not-help] spec.target.template.data.A: a field that is missing fails before default is asked, which helps only where it is empty: for one that may be missing write index . "name" | default'
        ],
    ),
    "as the old documentation has it": (
        templated("{data: {A: '{{ index .data \"a\" }}'}}", EXTRACT),
        ['error[index-dot-data] spec.target.template.data.A: what is fetched stands at the root: write index . "name"'],
    ),
    "what is fetched for nothing": (
        templated("{data: {A: '{{ .a }}'}}", FETCH.replace("]", ", {secretKey: b, remoteRef: {key: k}}]")),
        ["info[fetched-not-used] spec.data[1].secretKey: no template uses it"],
    ),
    "what others may use": (
        templated(
            "{data: {A: x}, templateFrom: [{configMap: {name: c, items: [{key: k}]}}]}",
        ),
        [],
    ),
    "keys that no Secret has": (
        templated("{data: {'A B': '{{ .a }}'}, metadata: {labels: {l: 'a b', m: '{{ .a }}', n: '${V}'}}}"),
        [
            "error[label-refused] spec.target.template.metadata.labels.l: must be the value of a label: at most 63 letters, digits, -, _ and ., with a letter or digit at both ends",
            'error[field-refused] spec.target.template.data["A B"]: the key must be a Secret key: letters, digits, -, _ and . only',
        ],
    ),
    "what Flux fills in": (
        external_secret(
            "{secretStoreRef: {name: '${S}', kind: '${K}'}, refreshInterval: '${R} ', data: [{secretKey: '${A}', remoteRef: {key: k}}], target: {template: {data: {A: '{{ .b }}{{ ${F} .c }}'}}}}"
        ),
        [],
    ),
    "rewrites that Go reads otherwise": (
        external_secret(
            "{secretStoreRef: {name: s}, dataFrom: [{extract: {key: k}, rewrite: [{regexp: {source: '(.*)', target: '$1_X'}}, {regexp: {source: '(?=a)', target: '${1}_X'}}]}, {find: {name: {regexp: '['}}}]}"
        ),
        [
            "warning[rewrite-group] spec.dataFrom[0].rewrite[0].regexp.target: Go takes the letters after a group's number for its name, so that nothing is put there: write ${1}",
            "error[regexp-refused] spec.dataFrom[0].rewrite[1].regexp.source: is no regular expression that Go can read",
            "error[regexp-refused] spec.dataFrom[1].find.name.regexp: is no regular expression that Go can read",
        ],
    ),
    "whole items that hide each other": (
        external_secret(f"{{{EXTRACT.replace(']', ', {extract: {key: l}}]')}}}"),
        [
            "info[extracts-overlap] spec.dataFrom[1]: takes whole items one after the other: a key that two of them have gets the value of the last"
        ],
    ),
    "items that somebody has to name yet": (
        external_secret(
            "{secretStoreRef: {name: s}, data: [{secretKey: a, remoteRef: {key: <changeme>}}], dataFrom: [{extract: {key: PLACEHOLDER_ID}}]}"
        ),
        [
            "warning[placeholder-key] spec.data[0].remoteRef.key: is a placeholder: put the name or id of the item there",
            "warning[placeholder-key] spec.dataFrom[0].extract.key: is a placeholder: put the name or id of the item there",
        ],
    ),
    "refreshed all the time": (
        external_secret(f"{{{FETCH}, refreshInterval: 1m}}"),
        [
            "info[refresh-too-often] spec.refreshInterval: each of them is a call for every entry, which stores limit: 5m and more is usual"
        ],
    ),
    "Go's durations": (external_secret(f"{{{FETCH}, refreshInterval: -1h}}"), []),
    "an ExternalSecret in a cluster's": (
        f"{{apiVersion: external-secrets.io/v1, kind: ClusterExternalSecret, spec: {{namespaceSelectors: [{{matchLabels: {{a: b}}}}], namespace: [x], externalSecretSpec: {{{FETCH}, target: {{creationPolicy: None, deletionPolicy: Merge}}}}}}}}",
        [
            'error[unknown-field] spec.namespace: unknown field; did you mean "namespaces"?',
            "error[policies-refused] spec.externalSecretSpec.target.deletionPolicy: deletion policy Merge cannot go with creation policy None",
        ],
    ),
    "a cluster's without any": (
        "{apiVersion: external-secrets.io/v1, kind: ClusterExternalSecret, spec: {namespaces: [x]}}",
        ["error[field-refused] spec.externalSecretSpec: is required"],
    ),
    "a PushSecret": (
        "{apiVersion: external-secrets.io/v1alpha1, kind: PushSecret, spec: {secretStoreRefs: [{name: s, kind: ClusterSecretStore}], selector: {secret: {name: x}}, template: {data: {A: '{{ .anything | nope }}'}}, dataTo: [{remoteKey: a, rewrite: [{regexp: {source: a, target: b}}]}], data: [{match: {remoteRef: {remoteKey: k}}}]}}",
        [
            "error[field-refused] spec.dataTo[0].storeRef: must have a name or a labelSelector",
            "error[field-refused] spec.dataTo[0].rewrite: cannot go with remoteKey",
            "error[template-function-unknown] spec.template.data.A: the template breaks at line 1, column 16: External Secrets knows no such function; fetched data starts with a dot, text stands in quotes",
        ],
    ),
    "a PushSecret that pushes anew": (
        "{apiVersion: external-secrets.io/v1alpha1, kind: PushSecret, spec: {refreshInterval: 2h, secretStoreRefs: [{name: s}], selector: {secret: {name: x}}, template: {data: {A: '{{ .a | pemToPkcs12 }}', B: '{{ keys . }}'}}, data: [{match: {secretKey: A, remoteRef: {remoteKey: k}}}]}}",
        [
            "warning[random-in-template] spec.template.data.A: at line 1, column 9, pemToPkcs12 gives something else at every refresh, so that a new version is pushed every 2h: keep the finished value in the Secret, or push it once with updatePolicy: IfNotExists",
        ],
    ),
    "a PushSecret that pushes once": (
        "{apiVersion: external-secrets.io/v1alpha1, kind: PushSecret, spec: {updatePolicy: IfNotExists, secretStoreRefs: [{name: s}], selector: {secret: {name: x}}, template: {data: {A: '{{ .a | pemToPkcs12 }}'}}, data: [{match: {secretKey: A, remoteRef: {remoteKey: k}}}]}}",
        [],
    ),
    "a PushSecret of a version that there is not": (
        "{apiVersion: external-secrets.io/v1, kind: PushSecret, spec: {}}",
        [
            "error[eso-version-not-served] apiVersion: External Secrets has no such version of PushSecret: write external-secrets.io/v1alpha1"
        ],
    ),
    "other kinds": ("{apiVersion: external-secrets.io/v1, kind: SecretStore, spec: 1}", []),
    "other groups": ("{apiVersion: v1, kind: ExternalSecret, spec: 1}", []),
    "nothing": ("7", []),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_said(name: str) -> None:
    text, expected = CASES[name]
    assert said(text) == expected


def test_what_needs_to_be_known() -> None:
    newer = external_secret(
        f"{{{FETCH}, syncWindows: {{kind: allow, windows: [{{schedule: '@daily', duration: 1h}}]}}}}"
    )
    assert said(newer) == []
    assert said(newer, OLD) == [
        "error[field-newer-than-eso] spec.syncWindows: External Secrets has this field since 2.7, and esoVersion says 0.16"
    ]
    beta = external_secret(f"{{{FETCH}}}", "v1beta1")
    assert said(beta, OLD) == []
    assert said(beta, Around(version=(2, 9)))[0].startswith("error[eso-version-not-served] apiVersion: ")
    alpha = external_secret("{}", "v1alpha1")
    assert said(alpha, Around(version=(0, 8))) == []
    assert said(alpha, OLD)[0].startswith("error[eso-version-not-served] apiVersion: ")


@pytest.mark.parametrize("name", ["<CLUSTER_NAME>", "<CLUSTER_NAME>-auth", "a-<X>", "{{ .Values.a }}", "[[ a ]]"])
def test_what_a_tool_fills_in_before_anybody_applies_it(name: str) -> None:
    filled = "{secretStoreRef: {name: NAME}, target: {name: NAME}, data: [{secretKey: NAME, remoteRef: {key: a}}]}"
    assert said(external_secret(filled.replace("NAME", f"'{name}'"))) == []
    assert said(external_secret("{secretStoreRef: {name: '<x y>'}, dataFrom: [{extract: {key: a}}]}"))


def test_what_bitwarden_ignores() -> None:
    text = external_secret(
        "{secretStoreRef: {name: s, kind: ClusterSecretStore}, target: {deletionPolicy: Delete}, dataFrom: [{find: {name: {regexp: a}}}], data: [{secretKey: a, remoteRef: {key: k, property: p}}]}"
    )
    assert said(text) == []
    assert [line.partition(":")[0] for line in said(text, MANAGER)] == [
        "error[bitwarden-find-all] spec.dataFrom[0].find",
        "error[bitwarden-property-ignored] spec.data[0].remoteRef.property",
        "warning[bitwarden-deletion-policy] spec.target.deletionPolicy",
    ]
    entries = ", ".join(f"{{secretKey: a{n}, remoteRef: {{key: k}}}}" for n in range(6))
    many = external_secret(f"{{secretStoreRef: {{name: s, kind: ClusterSecretStore}}, data: [{entries}]}}")
    assert [line.partition(":")[0] for line in said(many, MANAGER)] == ["warning[call-budget] spec"]


def test_what_flux_would_fill_in() -> None:
    rewrite = "rewrite: [{regexp: {source: '(.*)', target: 'A_${1}$1_X'}}]"
    text = external_secret(f"{{secretStoreRef: {{name: s}}, dataFrom: [{{extract: {{key: k}}, {rewrite}}}]}}")
    assert [line.partition("]")[0] for line in said(text)] == ["warning[rewrite-group"]
    assert [line.partition("]")[0] for line in said(text, Around(substituted=True))] == [
        "warning[rewrite-group",
        "warning[rewrite-under-flux",
    ]


VALUES = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.sampled_from(["", "v2", "{{ .a", "{{ .b | default 1 }}", "${X}"])
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                [
                    "target",
                    "template",
                    "data",
                    "dataFrom",
                    "metadata",
                    "labels",
                    "type",
                    "rewrite",
                    "regexp",
                    "source",
                    "secretKey",
                    "remoteRef",
                    "key",
                    "extract",
                    "find",
                    "externalSecretSpec",
                    "dataTo",
                    "storeRef",
                    "templateFrom",
                    "literal",
                    "sourceRef",
                    "generatorRef",
                    "refreshInterval",
                    "transform",
                    "manifest",
                ]
            ),
            inner,
            max_size=5,
        ),
    ),
    max_leaves=20,
)


@given(VALUES, st.sampled_from(["ExternalSecret", "ClusterExternalSecret", "PushSecret"]))
def test_nothing_makes_it_fall(spec: object, kind: str) -> None:
    data = {"apiVersion": "external-secrets.io/v1", "kind": kind, "spec": spec}
    for version in ("v1", "v1alpha1", "v1beta1", 7):
        for problem in check_object(data | {"apiVersion": f"external-secrets.io/{version}"}, MANAGER):
            assert "" not in (problem.rule, problem.message)
            assert problem.path


def test_what_is_not_told_twice() -> None:
    text, _ = CASES["a name that nothing fetches"]
    problems = check_object(read(text))
    assert [problem.severity for problem in problems] == [ERROR]
    assert text[text.index("{{ .a") :][problems[0].offset :].startswith(".other")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a: x {{ .b }}", ".b"),
        ("a: 'x {{ .b }}'", ".b"),
        ('a: "x {{ .b }}"', ".b"),
        ("a: |\n  line\n   x {{ .b }} z\n", ".b"),
        ("- a: |-\n\n    x {{ .b }} z\n  b: 1\n", ".b"),
        ("a: |2\n    x\n\n  {{ .b }}", ".b"),
        ('a: "\\tx {{ .b }}"', ""),
        ("a: >\n  x\n  {{ .b }}\n", ""),
        ("a: 'it''s {{ .b }}'", ""),
        ("a: x\n  {{ .b }}\n", ""),
    ],
)
def test_where_a_place_in_a_value_stands_in_the_text(text: str, found: str) -> None:
    root: Any = parse(text)[0].root
    node = (root.items[0] if hasattr(root, "items") else root).children[1]
    assert isinstance(node, Scalar)
    place = inside(text, node, node.value.index(".b"))
    assert (text[place : place + len(found)] if found else place) == (found or -1)
