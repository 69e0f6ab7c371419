"""What a mapping becomes."""
# ruff: noqa: E501

from __future__ import annotations

from typing import Any

from krm_secrets.settings.ownmarks import MAPPING_ANNOTATION
from krm_secrets.shorthand.externalsecret import marked_by

from .support import UUIDS, config, run, spec

OP = {"kind": "ClusterSecretStore", "name": "op"}


def store(name: str, kind: str = "ClusterSecretStore") -> dict[str, Any]:
    return {"storeRef": {"kind": kind, "name": name}}


def data(secret: str) -> dict[str, str]:
    result: dict[str, str] = spec(secret)["target"]["template"]["data"]
    return result


def fetched(secret: str) -> dict[str, tuple[str, str, str]]:
    """Where each entry of spec.data comes from: store, key, property."""
    result = spec(secret)
    return {
        entry["secretKey"]: (
            (entry["sourceRef"]["storeRef"] if "sourceRef" in entry else result["secretStoreRef"])["name"],
            entry["remoteRef"]["key"],
            entry["remoteRef"].get("property", ""),
        )
        for entry in result["data"]
    }


def test_the_order_of_fields_is_the_one_a_person_writes() -> None:
    objects, messages = run(
        """
        x:
          from: {app: a, login: "fields:b", pw: gen:Fake/pw}
          data: {A: .app.user, B: .login.x, C: .pw.password}
          refresh: 12h
          policy: [Orphan, CreatedOnce, Delete]
          name: other
          type: Opaque
          labels: {l: a}
          annotations: {n: "{{ .app.user }}"}
          metadata: {labels: {own: b}, annotations: {c: d}}
        """,
        config(),
        metadata={"name": "app", "namespace": "default", "labels": {"own": "x", "team": "y"}},
    )
    assert messages == []
    assert repr(objects) == repr([{
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "metadata": {
            "name": "other",
            "namespace": "default",
            "labels": {"own": "b", "team": "y"},
            "annotations": {"c": "d", MAPPING_ANNOTATION: "default/app"},
        },
        "spec": {
            "refreshInterval": "12h0m0s",
            "refreshPolicy": "CreatedOnce",
            "secretStoreRef": OP,
            "target": {
                "name": "x",
                "creationPolicy": "Orphan",
                "deletionPolicy": "Delete",
                "template": {
                    "type": "Opaque",
                    "metadata": {"labels": {"l": "a"}, "annotations": {"n": "{{ .app_user }}"}},
                    "data": {"A": "{{ .app_user }}", "B": "{{ .login_x }}", "C": "{{ .pw_password }}"},
                },
            },
            "dataFrom": [
                {
                    "extract": {"key": "a"},
                    "rewrite": [
                        {"regexp": {"source": "[^-._a-zA-Z0-9]", "target": "_"}},
                        {"regexp": {"source": "(.*)", "target": "app_$1"}},
                    ],
                },
                {
                    "sourceRef": {
                        "generatorRef": {
                            "apiVersion": "generators.external-secrets.io/v1alpha1",
                            "kind": "Fake",
                            "name": "pw",
                        }
                    },
                    "rewrite": [
                        {"regexp": {"source": "[^-._a-zA-Z0-9]", "target": "_"}},
                        {"regexp": {"source": "(.*)", "target": "pw_$1"}},
                    ],
                },
            ],
            "data": [
                {"secretKey": "login_x", "sourceRef": store("fields"), "remoteRef": {"key": "b", "property": "x"}}
            ],
        },
    }])  # fmt: skip


def test_one_item_copied() -> None:
    assert spec("x: item") == {
        "secretStoreRef": OP,
        "target": {"name": "x", "template": {"engineVersion": "v2"}},
        "dataFrom": [{"extract": {"key": "item"}}],
    }


def test_several_items_copied() -> None:
    assert spec("x: {from: [a, 'vault:b#c']}")["dataFrom"] == [
        {"extract": {"key": "a"}},
        {"extract": {"key": "b", "property": "c"}, "sourceRef": store("vault", "SecretStore")},
    ]


def test_an_aliased_item_is_copied_with_a_prefix() -> None:
    assert spec("x: {from: {app: a}}")["dataFrom"][0]["rewrite"][1]["regexp"]["target"] == "app_$1"


def test_single_values_are_copied_under_alias_or_property() -> None:
    assert fetched("x: {from: {A: bsm:a, B: 'fields:b#c'}}") == {"A": ("bsm", "a", ""), "B": ("fields", "b", "c")}
    assert fetched("x: 'fields:b#tls.crt'") == {"tls.crt": ("fields", "b", "tls.crt")}
    assert data("x: 'bsm:b#c'") == {"c": "{{ (.value | mustFromJson).c }}"}


def test_a_copied_item_with_a_label_from_it() -> None:
    result = spec("x: {from: a, labels: {l: '{{ .name }}'}}")
    assert result["target"]["template"] == {"metadata": {"labels": {"l": "{{ .name }}"}}}


def test_keys_of_a_property_store_need_no_template() -> None:
    assert spec("x: {from: 'fields:a', data: {tls.crt: .cert, B: '{{ .b }}'}, type: own/type}") == {
        "secretStoreRef": {"kind": "ClusterSecretStore", "name": "fields"},
        "target": {"name": "x", "template": {"type": "own/type"}},
        "data": [
            {"secretKey": "B", "remoteRef": {"key": "a", "property": "b"}},
            {"secretKey": "tls.crt", "remoteRef": {"key": "a", "property": "cert"}},
        ],
    }


def test_one_field_under_two_keys_is_fetched_once() -> None:
    secret = "x: {from: 'fields:a', data: {A: .c, B: .c}}"
    assert data(secret) == {"A": "{{ .c }}", "B": "{{ .c }}"}
    assert fetched(secret) == {"c": ("fields", "a", "c")}


def test_a_template_in_metadata_makes_keys_need_one_too() -> None:
    assert data("x: {from: 'fields:a', data: [A], labels: {l: '{{ .B }}'}}") == {"A": "{{ .A }}"}


def test_names_that_no_template_can_say() -> None:
    secret = (
        """x: {from: {a: item, b: other}, data: {A: .a.client-id, B: '.a."private key"', C: .a.ok, D: .b.x, E: "1"}}"""
    )
    assert data(secret) == {
        "A": "{{ .a_client_id }}", "B": "{{ .a_private_key }}", "C": "{{ .a_ok }}", "D": "{{ .x }}", "E": "1",
    }  # fmt: skip
    assert fetched(secret) == {
        "a_client_id": ("op", "item", "client-id"),
        "a_private_key": ("op", "item", "private key"),
        "a_ok": ("op", "item", "ok"),
    }


def test_names_that_fall_together_are_kept_apart() -> None:
    secret = """x: {from: 'fields:a', data: {A: .a-b, B: .a_b, C: '."a b"', D: '."1"', E: x}}"""
    assert fetched(secret) == {
        "a_b": ("fields", "a", "a_b"),
        "a_b_2": ("fields", "a", "a b"),
        "a_b_3": ("fields", "a", "a-b"),
        "_1": ("fields", "a", "1"),
    }


def test_a_fetched_name_does_not_hide_a_field() -> None:
    secret = "x: {from: {a: op:a, b_c: 'fields:b#p', b: 'fields:c'}, data: {A: .a.b_c, B: .b_c, C: .b.c}}"
    assert data(secret) == {"A": "{{ .b_c }}", "B": "{{ .b_c_3 }}", "C": "{{ .b_c_2 }}"}


def test_routes_and_explicit_stores() -> None:
    assert fetched("x: {from: 'a', data: {A: .username, B: .b-c}}") == {
        "A": ("login", "a", "username"),
        "B": ("op", "a", "b-c"),
    }
    assert fetched("x: {from: 'fields:a', data: {A: .username}}") == {"A": ("fields", "a", "username")}
    assert fetched("x: {store: fields, from: a, data: {A: .username}}") == {"A": ("fields", "a", "username")}
    assert fetched("x: {from: {key: 'a:b#c', store: fields}, data: {A: .username}}") == {
        "A": ("fields", "a:b#c", "username")
    }
    assert fetched("x: {from: {l: 'a#username'}, data: {A: .l}}") == {"A": ("login", "a", "username")}


def test_the_stores_of_mapping_and_secret_win() -> None:
    own = {"kind": "SecretStore", "name": "own"}
    assert spec("x: {from: a, data: [A]}", store={"name": "own", "kind": "SecretStore"})["secretStoreRef"] == own
    assert spec("x: {from: 'own:a', data: [A], store: {name: own, kind: SecretStore}}")["secretStoreRef"] == own
    assert spec("x: {from: a, data: [A], store: vault}")["secretStoreRef"] == {"kind": "SecretStore", "name": "vault"}


def test_only_declared_stores_are_split_off() -> None:
    assert spec("x: 'unknown:a'")["dataFrom"] == [{"extract": {"key": "unknown:a"}}]
    assert spec("x: '${A:=b}-c'")["dataFrom"] == [{"extract": {"key": "${A:=b}-c"}}]
    assert spec("x: '${A#b}#c'")["dataFrom"] == [{"extract": {"key": "${A#b}", "property": "c"}}]


def test_names_for_items() -> None:
    assert spec("x: github")["dataFrom"] == [{"extract": {"key": "b67e4583-a622-4cf2-a172-58ee67c703da"}}]
    assert spec("x: github", items={"github": UUIDS[0]})["dataFrom"] == [{"extract": {"key": UUIDS[0]}}]
    assert spec("x: {from: {key: github}}", items={"github": UUIDS[0]})["dataFrom"] == [{"extract": {"key": UUIDS[0]}}]


def test_refresh_of_secret_mapping_and_config() -> None:
    assert "refreshInterval" not in spec("x: a")
    assert spec("x: a", "store: op\nrefresh: 5m")["refreshInterval"] == "5m0s"
    assert spec("x: a", "store: op\nrefresh: 5m", refresh="60m").get("refreshInterval") is None
    assert spec("x: {from: a, refresh: '0'}", refresh="5m")["refreshInterval"] == "0s"


def test_whole_values_and_json_inside_them() -> None:
    secret = "x: {from: {a: bsm:k}, data: {A: .a, B: .a.b, C: .a.b-c | quote, D: '{{ .a.b.c }}', E: '{{ with .b }}{{ $.a.d }}{{ end }}'}}"
    assert run(secret, config())[1] == [
        "secrets.x.data.E: refers to an alias that from does not declare; declared are a: a field is .alias.field"
    ]
    secret = secret.replace("with .b", "with .a")
    assert data(secret) == {
        "A": "{{ .a }}",
        "B": "{{ (.a | mustFromJson).b }}",
        "C": '{{ (index (pluck "b-c" (.a | mustFromJson)) 0) | quote }}',
        "D": "{{ (.a | mustFromJson).b.c }}",
        "E": "{{ with .a }}{{ ($.a | mustFromJson).d }}{{ end }}",
    }
    assert fetched(secret) == {"a": ("bsm", "k", "")}
    assert data("x: {from: {a: 'bsm:k#b'}, data: {A: .a, B: .a.c}}") == {
        "A": "{{ (.a | mustFromJson).b }}",
        "B": "{{ (.a | mustFromJson).b.c }}",
    }
    assert data("x: {from: 'bsm:k', data: {A: .a, B: '{{ .a.b }}'}}") == {
        "A": "{{ (.value | mustFromJson).a }}",
        "B": "{{ (.value | mustFromJson).a.b }}",
    }


def test_properties_on_a_store_that_extracts() -> None:
    assert fetched("x: {from: {a: 'k#p'}, data: {A: .a}}") == {"A": ("op", "k", "p")}
    assert fetched("x: {from: 'k#p', data: {A: .p}}") == {"A": ("op", "k", "p")}
    assert spec("x: {from: {a: 'k#p'}, data: {A: .a.f}}")["dataFrom"] == [{"extract": {"key": "k", "property": "p"}}]


def test_a_list_of_items_by_property() -> None:
    assert fetched("x: {from: ['fields:a#A', 'fields:b#B', 'op:c'], data: {A: .A, B: .B, C: .c-d}}") == {
        "A": ("fields", "a", "A"),
        "B": ("fields", "b", "B"),
        "C": ("op", "c", "c-d"),
    }


def test_decoding() -> None:
    assert spec("x: {from: {key: a, decoding: Base64}}")["dataFrom"][0]["extract"]["decodingStrategy"] == "Base64"
    assert spec("x: {from: {key: a, decoding: None}}")["dataFrom"] == [{"extract": {"key": "a"}}]


def test_literals() -> None:
    assert data("x: {from: a, data: {A: {literal: .x}, B: {literal: 'a {{ b'}, C: '', D: '${V}', E: .f, F: '}}'}}") == {
        "A": ".x", "B": 'a {{ "{{" }} b', "C": "", "D": "${V}", "E": "{{ .f }}", "F": "}}",
    }  # fmt: skip


def test_a_template_that_takes_everything_makes_the_item_be_fetched_whole() -> None:
    assert spec("x: {from: a, data: {A: '{{ toJson . }}'}}")["dataFrom"] == [{"extract": {"key": "a"}}]


def test_aliased_items_of_one_extract_need_no_prefix() -> None:
    result = spec("x: {from: {app: a}, data: {A: .app.b | b64dec, B: '{{ $.app.c }}'}}")
    assert result["dataFrom"] == [{"extract": {"key": "a"}}]
    assert result["target"]["template"]["data"] == {"A": "{{ .b | b64dec }}", "B": "{{ $.c }}"}


def test_the_overlay_is_merged_deep() -> None:
    overlay = (
        "{target: {template: {templateFrom: [{configMap: {name: c, items: [{key: k}]}}]}}, secretStoreRef: {name: z}}"
    )
    result = spec(f"x: {{from: a, labels: {{l: m}}, spec: {overlay}}}")
    assert result["secretStoreRef"] == {"kind": "ClusterSecretStore", "name": "z"}
    assert result["target"]["template"] == {
        "metadata": {"labels": {"l": "m"}},
        "templateFrom": [{"configMap": {"name": "c", "items": [{"key": "k"}]}}],
    }
    assert spec("x: {from: a, refresh: 2h, spec: {refreshInterval: null, target: {template: null}}}") == {
        "secretStoreRef": OP, "target": {"name": "x"}, "dataFrom": [{"extract": {"key": "a"}}],
    }  # fmt: skip


def test_items_for_templates_of_an_overlay_are_fetched_under_their_alias() -> None:
    overlay = "{target: {template: {templateFrom: [{literal: '{{ .a_x }}'}]}}}"
    result = spec(f"x: {{from: {{a: k, b: l}}, data: {{A: .b.c}}, spec: {overlay}}}")
    assert [entry["rewrite"][1]["regexp"]["target"] for entry in result["dataFrom"]] == ["a_$1", "b_$1"]


def test_templates_elsewhere_get_variables_by_their_own_names() -> None:
    result = spec(
        "x: {from: {a: 'fields:k', b: op:l}, templates: [configMap/c#k, configMap/c#l, secret/s#m], "
        "variables: {U: .a.user, V: .b.v, W: .a.user}, data: {A: .a.user, B: .a.other}}"
    )
    assert result["target"]["template"] == {
        "data": {"A": "{{ .U }}", "B": "{{ .a_other }}"},
        "templateFrom": [
            {"configMap": {"name": "c", "items": [{"key": "k"}, {"key": "l"}]}},
            {"secret": {"name": "s", "items": [{"key": "m"}]}},
        ],
    }
    assert {entry["secretKey"]: entry["remoteRef"] for entry in result["data"]} == {
        "U": {"key": "k", "property": "user"},
        "V": {"key": "l", "property": "v"},
        "W": {"key": "k", "property": "user"},
        "a_other": {"key": "k", "property": "other"},
    }


def test_a_list_of_variables_keeps_the_names_of_the_fields() -> None:
    assert fetched("x: {from: a, templates: configMap/c#k, variables: [A, B]}") == {
        "A": ("op", "a", "A"),
        "B": ("op", "a", "B"),
    }


def test_templates_elsewhere_without_variables_get_all_fields() -> None:
    assert spec("x: {from: a, templates: secret/c#k}") == {
        "secretStoreRef": OP,
        "target": {"name": "x", "template": {"templateFrom": [{"secret": {"name": "c", "items": [{"key": "k"}]}}]}},
        "dataFrom": [{"extract": {"key": "a"}}],
    }


def test_without_from_the_overlay_fetches() -> None:
    result = spec(
        "x: {data: {A: .b | quote}, spec: {secretStoreRef: {name: s, kind: SecretStore}, dataFrom: [{find: {path: p}}]}}"
    )
    assert result["target"]["template"]["data"] == {"A": "{{ .b | quote }}"}


def test_defaults_spelt_out() -> None:
    overlay = """{target: {template: {templateFrom: [{literal: x}, {secret: {name: c, items: [{key: k}]}}]}},
      dataFrom: [{extract: {key: a}, rewrite: [{merge: {into: m}}, {regexp: {source: a, target: b}}]},
                 {sourceRef: {generatorRef: {kind: Fake, name: p}}}]}"""
    assert spec(f"x: {{from: a, spec: {overlay}}}", "store: op\ndefaults: explicit") == {
        "refreshInterval": "1h0m0s",
        "secretStoreRef": OP,
        "target": {
            "name": "x",
            "creationPolicy": "Owner",
            "deletionPolicy": "Retain",
            "template": {
                "engineVersion": "v2",
                "mergePolicy": "Replace",
                "templateFrom": [
                    {"target": "Data", "literal": "x"},
                    {"target": "Data", "secret": {"name": "c", "items": [{"key": "k", "templateAs": "Values"}]}},
                ],
            },
        },
        "dataFrom": [
            {
                "extract": {"key": "a"},
                "rewrite": [
                    {
                        "merge": {
                            "into": "m",
                            "strategy": "Extract",
                            "conflictPolicy": "Error",
                            "priorityPolicy": "Strict",
                        }
                    },
                    {"regexp": {"source": "a", "target": "b"}},
                ],
            },
            {
                "sourceRef": {
                    "generatorRef": {
                        "apiVersion": "generators.external-secrets.io/v1alpha1",
                        "kind": "Fake",
                        "name": "p",
                    }
                }
            },
        ],
    }


def test_default_policies_are_left_out() -> None:
    assert spec("x: {from: a, policy: [Owner, Retain, Periodic]}")["target"] == {
        "name": "x",
        "template": {"engineVersion": "v2"},
    }


def test_a_secret_with_a_mistake_does_not_stop_the_others() -> None:
    objects, messages = run("{x: {from: a, data: {A: 1}}, y: a, z: {from: {a: b}, data: {A: .c.d}}}", config())
    assert [item["metadata"]["name"] for item in objects] == ["y"]
    assert len(messages) == 2


def external_secret(spec: object, **metadata: object) -> dict[str, object]:
    return {"metadata": {"name": "es", **metadata}, "spec": spec}


def test_the_mark() -> None:
    assert marked_by(external_secret({}, annotations={MAPPING_ANNOTATION: "default/app"})) == "default/app"
    assert marked_by(external_secret({}, annotations={MAPPING_ANNOTATION: 1})) == ""
    assert marked_by(external_secret({})) == ""
    assert marked_by(None) == ""
