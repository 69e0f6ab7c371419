"""Mistakes in what a mapping means: one fault a case, and every word of the message."""
# ruff: noqa: E501

from __future__ import annotations

import pytest

from .support import CONFIG, messages

NAME = "must be a lower-case name: letters a-z, digits, - and ., with a letter or digit at both ends of each part"
DOT = (
    'a value that starts with a dot must be a reference (.field, .alias.field or ."any name", then nothing or a '
    """| pipeline); for text that starts with a dot write '{{ ".x" }}' or {literal: .x}"""
)
CASES = {
    "a path": ("x: {from: a, data: {A: ./path}}", [f"secrets.x.data.A: {DOT}"]),
    "a fraction": ('x: {from: a, data: {A: ".5"}}', [f"secrets.x.data.A: {DOT}"]),
    "two dots": ('x: {from: a, data: {A: "..PLACEHOLDER_x.."}}', [f"secrets.x.data.A: {DOT}"]),
    "three parts": (
        "x: {from: {a: bsm:b}, data: {A: .a.b.c}}",
        ["secrets.x.data.A: a reference has at most two parts: .alias.field"],
    ),
    "text after a reference": ("x: {from: a, data: {A: .b and more}}", [f"secrets.x.data.A: {DOT}"]),
    "a newline after a reference": ('x: {from: a, data: {A: ".b\\n"}}', [f"secrets.x.data.A: {DOT}"]),
    "an empty pipeline": ('x: {from: a, data: {A: ".b | "}}', [f"secrets.x.data.A: {DOT}"]),
    "braces in a pipeline": ('x: {from: a, data: {A: ".b | c }}{{ d"}}', [f"secrets.x.data.A: {DOT}"]),
    "an open parenthesis in a pipeline": (
        'x: {from: a, data: {A: ".b | c ("}}',
        ['secrets.x.data.A: the template breaks at line 1, column 8: "(" has no ")"'],
    ),
    "an escape in a quoted name": (
        "x: {from: a, data: {A: '.\"a\\n\"'}}",
        ['secrets.x.data.A: the template breaks at line 1, column 1: a quoted name knows no escapes but \\" and \\\\'],
    ),
    "an empty quoted name": (
        "x: {from: a, data: {A: '.\"\"'}}",
        ["secrets.x.data.A: the template breaks at line 1, column 1: a quoted name must not be empty"],
    ),
    "braces not closed": (
        'x: {from: a, data: {A: "a\\nbc {{ .d"}}',
        ['secrets.x.data.A: the template breaks at line 2, column 4: "{{" has no "}}"'],
    ),
    "a parenthesis not closed": (
        'x: {from: a, data: {A: "{{ (.d }}"}}',
        ['secrets.x.data.A: the template breaks at line 1, column 4: "(" has no ")"'],
    ),
    "a parenthesis not opened": (
        'x: {from: a, data: {A: "{{ .d) }}"}}',
        ['secrets.x.data.A: the template breaks at line 1, column 6: ")" has no "("'],
    ),
    "a quote not closed": (
        'x: {from: a, data: {A: "{{ `d }}"}}',
        ["secrets.x.data.A: the template breaks at line 1, column 4: the quoted text is not closed"],
    ),
    "a stray character": (
        'x: {from: a, data: {A: "{{ .d ? }}"}}',
        ["secrets.x.data.A: the template breaks at line 1, column 7: a character that no template may hold here"],
    ),
    "empty braces": (
        'x: {from: a, data: {A: "{{ }}"}}',
        ['secrets.x.data.A: the template breaks at line 1, column 1: "{{ }}" is empty'],
    ),
    "a block without end": (
        'x: {from: a, data: {A: "{{ if .a }}x"}}',
        ['secrets.x.data.A: the template breaks at line 1, column 4: "if" has no "end"'],
    ),
    "an end without block": (
        'x: {from: a, data: {A: "{{ end }}"}}',
        ['secrets.x.data.A: the template breaks at line 1, column 4: "end" has no block to belong to'],
    ),
    "an else in define": (
        'x: {from: a, data: {A: "{{ define `a` }}{{ else }}{{ end }}"}}',
        ['secrets.x.data.A: the template breaks at line 1, column 20: "else" has no block to belong to'],
    ),
    "a comment not closed": (
        'x: {from: a, data: {A: "{{/* a */ }}"}}',
        ['secrets.x.data.A: the template breaks at line 1, column 1: the comment is not closed by "*/}}"'],
    ),
    "an unknown function": (
        "x: {from: a, data: {A: .b | b64decode}}",
        [
            'secrets.x.data.A: the template breaks at line 1, column 6: External Secrets knows no such function; did you mean "b64dec"?'
        ],
    ),
    "a word like no function": (
        'x: {from: a, data: {A: "\\n{{ hunter2hunter2 }}"}}',
        [
            "secrets.x.data.A: the template breaks at line 2, column 4: External Secrets knows no such function; fetched data starts with a dot, text stands in quotes"
        ],
    ),
    "a function that was taken out": (
        'x: {from: a, data: {A: "{{ env .b }}"}}',
        [
            "secrets.x.data.A: the template breaks at line 1, column 4: External Secrets has taken env out of its templates"
        ],
    ),
    "a function of Helm": (
        'x: {from: a, data: {A: "{{ .b | required `b` }}"}}',
        [
            "secrets.x.data.A: the template breaks at line 1, column 9: required is a function of Helm, which External Secrets does not have"
        ],
    ),
    "a random value": (
        "x: {from: a, data: {A: .b, C: '{{ randAlphaNum 20 }}'}, refresh: 12h}",
        [
            "secrets.x.data.C: at line 1, column 4, randAlphaNum gives something else at every refresh, so that what uses the Secret would restart every 12h0m0s: keep the value in the store, or render it once with policy: CreatedOnce"
        ],
    ),
    "a salted value": (
        "x: {from: a, data: {A: '{{ htpasswd .user .password }}'}}",
        [
            "secrets.x.data.A: at line 1, column 4, htpasswd gives something else at every refresh, so that what uses the Secret would restart every 1h0m0s: keep the finished value in the store, or render it once with policy: CreatedOnce"
        ],
    ),
    "the time in an annotation": (
        "x: {from: a, data: [A], annotations: {t: '{{ now | date \"2006\" }}'}}",
        [
            "secrets.x.annotations.t: at line 1, column 4, now gives something else at every refresh, so that what uses the Secret would restart every 1h0m0s: keep the value in the store, or render it once with policy: CreatedOnce"
        ],
    ),
    "fields of a map in no order": (
        "x: {from: a, data: {A: '{{ .b | mustFromJson | keys | join \",\" }}'}}",
        [
            "warning: secrets.x.data.A: at line 1, column 24, keys lists a map in an order that changes at every refresh: add | sortAlpha"
        ],
    ),
    "a variable that is not declared": (
        'x: {from: a, data: {A: "{{ $b }}"}}',
        ["secrets.x.data.A: the template breaks at line 1, column 4: this variable is not declared"],
    ),
    "a pipe into text": (
        "x: {from: a, data: {A: '{{ .b | \"c\" }}'}}",
        [
            "secrets.x.data.A: the template breaks at line 1, column 9: only a function can take what stands before the pipe"
        ],
    ),
    "a pipe from nowhere": (
        'x: {from: a, data: {A: "{{ | trim }}"}}',
        ["secrets.x.data.A: the template breaks at line 1, column 4: a value is missing"],
    ),
    "a condition without a value": (
        'x: {from: a, data: {A: "{{ if }}{{ end }}"}}',
        ["secrets.x.data.A: the template breaks at line 1, column 4: a value is missing"],
    ),
    "a keyword in the middle": (
        'x: {from: a, data: {A: "{{ .b | end }}"}}',
        [
            'secrets.x.data.A: the template breaks at line 1, column 9: "end" may stand only at the beginning of an action'
        ],
    ),
    "text after end": (
        'x: {from: a, data: {A: "{{ if .b }}{{ end .b }}"}}',
        ["secrets.x.data.A: the template breaks at line 1, column 19: nothing more may stand here"],
    ),
    "two values without a space": (
        "x: {from: a, data: {A: '{{ print .b\"c\" }}'}}",
        ["secrets.x.data.A: the template breaks at line 1, column 12: a space is missing"],
    ),
    "a stray comma": (
        'x: {from: a, data: {A: "{{ .b , .c }}"}}',
        ['secrets.x.data.A: the template breaks at line 1, column 7: "," may not stand here'],
    ),
    "a number that is none": (
        'x: {from: a, data: {A: "{{ add 1x 2 }}"}}',
        ["secrets.x.data.A: the template breaks at line 1, column 8: not a number, nor anything else"],
    ),
    "a block without a name": (
        'x: {from: a, data: {A: "{{ template . }}"}}',
        ['secrets.x.data.A: the template breaks at line 1, column 4: "template" needs a name in quotes'],
    ),
    "a break outside of range": (
        'x: {from: a, data: {A: "{{ if .b }}{{ break }}{{ end }}"}}',
        ['secrets.x.data.A: the template breaks at line 1, column 15: "break" may stand only inside "range"'],
    ),
    "a second else": (
        'x: {from: a, data: {A: "{{ if .b }}{{ else }}{{ else }}{{ end }}"}}',
        ['secrets.x.data.A: the template breaks at line 1, column 25: "else" has no block to belong to'],
    ),
    "an else if in with": (
        'x: {from: a, data: {A: "{{ with .b }}{{ else if .c }}{{ end }}"}}',
        ['secrets.x.data.A: the template breaks at line 1, column 17: "else if" may stand only inside "if"'],
    ),
    "a define inside a block": (
        "x: {from: a, data: {A: '{{ if .b }}{{ define \"c\" }}{{ end }}{{ end }}'}}",
        ['secrets.x.data.A: the template breaks at line 1, column 15: "define" may not stand inside a block'],
    ),
    "a mistake in an overlay's template": (
        "x: {from: a, spec: {target: {template: {data: {A: '{{ .b | b64decode }}'}}}}}",
        [
            'secrets.x.spec.target.template.data.A: the template breaks at line 1, column 9: External Secrets knows no such function; did you mean "b64dec"?'
        ],
    ),
    "a shorthand in an overlay's template": (
        "x: {from: a, spec: {target: {template: {data: {A: '{{ .b-c }}'}}}}}",
        [
            "secrets.x.spec.target.template.data.A: the template breaks at line 1, column 4: a name that Go's templates can say only by index"
        ],
    ),
    "a mistake in an overlay's text": (
        "x: {from: a, spec: {target: {template: {templateFrom: [{literal: 'a: {{ if .b }}'}]}}}}",
        [
            'secrets.x.spec.target.template.templateFrom[0].literal: the template breaks at line 1, column 7: "if" has no "end"'
        ],
    ),
    "a mistake in an overlay's rewrite": (
        "x: {spec: {dataFrom: [{extract: {key: a}, rewrite: [{transform: {template: '{{ .value | uper }}'}}]}]}, store: op}",
        [
            'secrets.x.spec.dataFrom[0].rewrite[0].transform.template: the template breaks at line 1, column 13: External Secrets knows no such function; did you mean "upper"?'
        ],
    ),
    "a random value in an overlay": (
        "x: {from: a, spec: {target: {template: {data: {A: '{{ uuidv4 }}'}}}}}",
        [
            "warning: secrets.x.spec.target.template.data.A: at line 1, column 4, uuidv4 gives something else at every refresh, so that what uses the Secret would restart every 1h0m0s: keep the value in the store, or render it once with policy: CreatedOnce"
        ],
    ),
    "a field that an overlay does not fetch": (
        "x: {spec: {data: [{secretKey: user, remoteRef: {key: a}}]}, store: op, data: {A: '{{ .usr | default `b` }}'}}",
        [
            'secrets.x.data.A: refers to something that is not fetched, which fails, even with a default; did you mean "user"?'
        ],
    ),
    "a field that an overlay's template misspells": (
        "x: {from: {a: fields:b}, data: {A: .a.user | trim}, spec: {target: {template: {data: {B: '{{ .zzz }}'}}}}}",
        [
            "secrets.x.spec.target.template.data.B: refers to something that is not fetched, which fails, even with a default; fetched are a_user"
        ],
    ),
    "a dashed name inside range": (
        'x: {from: a, data: {A: "{{ range .a }}{{ .b-c }}{{ end }}"}}',
        [
            "secrets.x.data.A: the template breaks at line 1, column 18: a quoted or dashed name stands only for a fetched field"
        ],
    ),
    "a misspelt alias": (
        "x: {from: {app: a, postgres: b}, data: {A: .postgre.b}}",
        ['secrets.x.data.A: refers to an alias that from does not declare; did you mean "postgres"?'],
    ),
    "an alias like no other": (
        "x: {from: {app: a, postgres: b}, data: {A: .zzz.b}}",
        ["secrets.x.data.A: refers to an alias that from does not declare; declared are app, postgres"],
    ),
    "a misspelt alias in a composite": (
        'x: {from: {app: a}, data: {A: "{{ .ap.b }}"}}',
        ["secrets.x.data.A: refers to an alias that from does not declare; declared are app"],
    ),
    "a misspelt alias in a label": (
        'x: {from: {app: a}, data: {A: .app.x}, labels: {l: "{{ .ap.b }}"}}',
        ["secrets.x.labels.l: refers to an alias that from does not declare; declared are app"],
    ),
    "an alias where there is none": (
        "x: {from: a, data: {A: .app.x}}",
        ["secrets.x.data.A: refers to an alias, but from declares none: write .field, or from: {alias: item}"],
    ),
    "a reference without from": (
        "x: {data: {A: .b}}",
        ["secrets.x.data.A: refers to fetched data, but from is missing"],
    ),
    "a secret without from": (
        "x: {data: {A: b}}",
        ["secrets.x: fetches nothing, which External Secrets refuses: for constants write a Secret or ConfigMap"],
    ),
    "a secret of constants": (
        "x: {from: a, data: {A: b}}",
        ["secrets.x: fetches nothing, which External Secrets refuses: for constants write a Secret or ConfigMap"],
    ),
    "a copy from a property store": (
        "x: fields:a",
        ["secrets.x: the store serves single properties, so no item can be copied whole: list the fields in data"],
    ),
    "a copy from a value store": (
        "x: bsm:a",
        ["secrets.x: the store serves values without a name: write from: {KEY: item}"],
    ),
    "a copy from a property store in a list": (
        "x: {from: [op:a, fields:b]}",
        [
            "secrets.x.from[1]: the store serves single properties, so no item can be copied whole: list the fields in data"
        ],
    ),
    "single values and whole items": (
        'x: {from: {a: op:a, b: "fields:b#c"}}',
        ["secrets.x: some items give one value and others all their fields: data is needed"],
    ),
    "a property that is no key": (
        'x: "fields:a#private key"',
        ['secrets.x: "private key" is no key of a Secret: say under data which key it gets'],
    ),
    "a placeholder": (
        "x: {from: {a: PLACEHOLDER_UUID_FOR_X}, data: {A: .a.b}}",
        ['secrets.x.from.a: "PLACEHOLDER_UUID_FOR_X" is a placeholder: put the id of the item there'],
    ),
    "a placeholder in the long form": (
        "x: {from: {key: PLACEHOLDER_UUID_FOR_X}}",
        ['secrets.x.from: "PLACEHOLDER_UUID_FOR_X" is a placeholder: put the id of the item there'],
    ),
    "a template that is no reference to one": (
        "x: {from: a, templates: configmap/c#k}",
        ["secrets.x.templates: must be configMap/name#key or secret/name#key"],
    ),
    "variables without templates": (
        "x: {from: a, variables: [A]}",
        ["secrets.x.variables: are for templates elsewhere: name those under templates"],
    ),
    "a variable with a pipeline": (
        "x: {from: a, templates: configMap/c#k, variables: {A: .b | quote, B: text}}",
        [
            "secrets.x.variables.A: must be a reference and nothing else: .field or .alias.field",
            "secrets.x.variables.B: must be a reference and nothing else: .field or .alias.field",
        ],
    ),
    "a literal as a variable": (
        "x: {from: a, templates: configMap/c#k, variables: {A: {literal: b}}}",
        ["secrets.x.variables.A: must be a string, not a map"],
    ),
    "a variable of a generator": (
        "x: {from: gen:Password/p, templates: configMap/c#k, variables: [password]}",
        [
            "secrets.x.variables[0]: is not fetched by itself: only a field of a store, or a whole value, can be a variable"
        ],
    ),
    "a placeholder that the items declare": (
        "x: {from: later, data: [A]}",
        ['warning: secrets.x.from: "later" stands for a placeholder: put the id of the item into the items table'],
    ),
    "two hashes": ("x: a#b#c", ['secrets.x: has more than one "#": write {key: …, property: …}']),
    "an empty property": ("x: a#", ["secrets.x: must be [store:]key[#property]: the key or the property is empty"]),
    "an empty item key": ("x: op:#b", ["secrets.x: must be [store:]key[#property]: the key or the property is empty"]),
    "a misspelt generator": (
        "x: gen:Pasword/a",
        ['secrets.x: External Secrets knows no generator of kind "Pasword"; did you mean "Password"?'],
    ),
    "a generator without name": ("x: gen:Password", ["secrets.x: must be gen:Kind/name"]),
    "a generator's name in capitals": ("x: gen:Password/A", [f"secrets.x: the generator's name {NAME}"]),
    "a whole generator": (
        "x: {from: {a: gen:Password/a}, data: {A: .a}}",
        ["secrets.x.data.A: a generator gives several fields: name one, as in .alias.field"],
    ),
    "a dashed field of a generator": (
        "x: {from: {a: gen:Password/a}, data: {A: .a.b-c}}",
        [
            "secrets.x.data.A: no template can say the name of this field, and only a single item of a store lets it be fetched by itself"
        ],
    ),
    "something below a generator's field": (
        'x: {from: {a: gen:Password/a}, data: {A: "{{ .a.b.c }}"}}',
        ["secrets.x.data.A: names something below a field, but only stores with fetch: value have anything there"],
    ),
    "something below a field": (
        'x: {from: {a: b}, data: {A: "{{ .a.b.c }}"}}',
        ["secrets.x.data.A: names something below a field, but only stores with fetch: value have anything there"],
    ),
    "a property below a property": (
        'x: {from: {a: "fields:b#c"}, data: {A: .a.d}}',
        ['secrets.x.data.A: the item already names its one property, "c"'],
    ),
    "a field of two property items": (
        "x: {from: [fields:a, fields:b], data: [A]}",
        ["secrets.x.data[0]: which of the items has this field is not clear: give them aliases in from"],
    ),
    "a property of two items": (
        'x: {from: ["fields:a#A", "fields:b#A"], data: [A]}',
        ["secrets.x.data[0]: which of the items has this field is not clear: give them aliases in from"],
    ),
    "a dashed field of two items": (
        "x: {from: [a, b], data: [A-b]}",
        [
            "secrets.x.data[0]: no template can say the name of this field, and only a single item of a store lets it be fetched by itself"
        ],
    ),
    "aliases that overlap": (
        "x: {from: {a: b, a_b: c}, data: {A: .a.x, B: .a_b.x}}",
        ['secrets.x.from.a: the fields of "a" and "a_b" could get equal names: rename an alias'],
    ),
    "a label with a dashed field and no data": (
        'x: {from: a, labels: {l: "{{ .b-c }}"}}',
        ["secrets.x: labels and annotations that need a field of their own need data as well"],
    ),
    "an unused alias": (
        "x: {from: {a: b, c: d}, data: {A: .a.x}}",
        ["warning: secrets.x.from.c: no value refers to this item"],
    ),
    "a secret made twice": (
        "{x: a, y: {from: b, spec: {target: {name: x}}}}",
        ['secrets.y: makes the Secret "x", as secrets.x does'],
    ),
    "an object made twice": (
        "{x: a, y: {from: b, name: x}}",
        ['secrets.y: makes the ExternalSecret "x", as secrets.x does'],
    ),
    "an unknown field in spec": (
        "x: {from: a, spec: {traget: {}}}",
        ['secrets.x.spec.traget: unknown field; did you mean "target"?'],
    ),
    "an unknown word in spec": (
        "x: {from: a, spec: {refreshPolicy: Sometimes}}",
        ["secrets.x.spec.refreshPolicy: must be one of CreatedOnce, Periodic, OnChange"],
    ),
    "a wrong type in spec": (
        'x: {from: a, spec: {target: {immutable: "true"}}}',
        ["secrets.x.spec.target.immutable: must be true or false, not a string"],
    ),
    "a missing field in spec": (
        "x: {from: a, spec: {data: [{secretKey: a}]}}",
        ["secrets.x.spec.data[0].remoteRef: is required"],
    ),
    "an empty choice in spec": (
        "x: {from: a, spec: {dataFrom: [{sourceRef: {}}]}}",
        ["secrets.x.spec.dataFrom[0].sourceRef: must hold exactly one of storeRef, generatorRef"],
    ),
    "an empty list in spec": (
        "x: {from: a, spec: {syncWindows: {kind: deny, windows: []}}}",
        ["secrets.x.spec.syncWindows.windows: must hold at least one window"],
    ),
    "a schedule with two fields": (
        'x: {from: a, spec: {syncWindows: {kind: deny, windows: [{schedule: "0 3", duration: 1h}]}}}',
        [
            "secrets.x.spec.syncWindows.windows[0].schedule: must be a cron schedule of five fields, or a word such as @daily"
        ],
    ),
    "Delete with Merge": (
        "x: {from: a, policy: [Merge, Delete]}",
        ["secrets.x.policy: deletion policy Delete cannot go with creation policy Merge"],
    ),
    "Merge with None": (
        "x: {from: a, policy: None, spec: {target: {deletionPolicy: Merge}}}",
        ["secrets.x.policy: deletion policy Merge cannot go with creation policy None"],
    ),
    "extract beside find": (
        "x: {spec: {dataFrom: [{extract: {key: a}, find: {path: b}}]}, store: op}",
        ["secrets.x.spec.dataFrom[0]: extract and find exclude each other"],
    ),
    "a source of nothing": (
        "x: {spec: {dataFrom: [{rewrite: []}]}}",
        ["secrets.x.spec.dataFrom[0]: must hold extract, find or sourceRef"],
    ),
    "one key fetched twice": (
        "x: {spec: {secretStoreRef: {name: a, kind: SecretStore}, data: [{secretKey: a, remoteRef: {key: b}}, {secretKey: a, remoteRef: {key: c}}]}}",
        ['secrets.x.spec.data[1]: the key "a" is fetched twice'],
    ),
    "a bootstrap token": (
        "x: {from: a, type: bootstrap.kubernetes.io/token}",
        ["secrets.x.type: External Secrets refuses the type bootstrap.kubernetes.io/token"],
    ),
    "an account token with a name": (
        "x: {from: a, type: kubernetes.io/service-account-token, annotations: {kubernetes.io/service-account.name: y}}",
        [
            "secrets.x.type: External Secrets refuses the type kubernetes.io/service-account-token with an account's name"
        ],
    ),
    "a template for a foreign field": (
        "x: {from: a, spec: {target: {template: {templateFrom: [{target: Spec, literal: a}]}}}}",
        ["secrets.x.spec.target.template.templateFrom[0].target: must be one of Data, Annotations, Labels"],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_mistake(case: str) -> None:
    secrets, expected = CASES[case]
    assert messages(secrets, LATER) == expected


LATER = CONFIG.replace("{github:", "{later: PLACEHOLDER_LATER, github:")


UUID = "b67e4583-a622-4cf2-a172-58ee67c703da"
BITWARDEN = f"""
store: fields
stores: {{fields: {{fetch: property}}}}
items: {{github: {UUID}}}
"""


def test_a_misspelt_item_where_all_items_are_uuids() -> None:
    assert messages("{x: {from: githb, data: [A]}, y: {from: github, data: [A]}}", BITWARDEN) == [
        'secrets.x.from: "githb" is no UUID, but all other items known here are; did you mean "github"?'
    ]


def test_an_item_like_no_other_where_all_items_are_uuids() -> None:
    assert messages("x: {from: cloudflare, data: [A]}", BITWARDEN) == [
        'secrets.x.from: "cloudflare" is no UUID, but all other items known here are; if it is right, declare it under items'
    ]
    assert messages("x: {from: cloudflare, data: [A]}", BITWARDEN, items={"cloudflare": "cloudflare"}) == []


def test_an_item_that_flux_fills_in_may_become_a_uuid() -> None:
    assert messages("x: {from: '${ITEM}', data: [A]}", BITWARDEN) == []


def test_what_an_overlay_fetches_needs_a_store_too() -> None:
    text = "x: {spec: {dataFrom: [{find: {path: a}}], data: [{secretKey: a, remoteRef: {key: b}}]}}"
    assert messages(text) == []
    assert messages(text, "") == [
        "secrets.x.spec.data[0]: no store is named",
        "secrets.x.spec.dataFrom[0]: no store is named",
    ]


def test_without_a_store_there_is_one_message() -> None:
    assert messages("x: {from: a, data: [B, C]}", "") == [
        "secrets.x.from: no store is named: set store here, in the mapping or in a SecretsConfig"
    ]


def test_no_value_is_repeated_in_a_message() -> None:
    values = [
        ".hunter2",
        ".hunter2.hunter2",
        "./hunter2",
        "{{ hunter2",
        "{{ .hunter2.a }}",
        '."hunter2',
        "{{ hunter2 ? }}",
    ]
    for value in values:
        for source in ("a", "{app: a}", "[fields:a, fields:b]", "gen:Password/a", "{app: 'fields:a#b'}"):
            text = f"x: {{from: {source}, data: {{A: {value!r}}}}}"
            assert "hunter2" not in "".join(messages(text))


def test_one_target_may_be_merged_into_by_two() -> None:
    joined = "{target: {name: x}}"
    assert messages(f"{{x: a, y: {{from: b, policy: Merge, spec: {joined}}}}}") == []


@pytest.mark.parametrize(
    "once",
    [
        "policy: CreatedOnce",
        "policy: [Orphan, OnChange]",
        'refresh: "0"',
        "spec: {refreshPolicy: OnChange}",
        "spec: {refreshInterval: 0s}",
        "spec: {target: {immutable: true}}",
    ],
)
def test_what_is_rendered_once_may_be_random(once: str) -> None:
    assert messages(f"x: {{from: a, data: {{A: .b, C: '{{{{ uuidv4 }}}}'}}, {once}}}") == []


def test_a_list_of_fields_may_be_counted_and_sorted() -> None:
    for use in ("keys | sortAlpha", "keys | len", "values | has 1"):
        assert messages(f"x: {{from: a, data: {{A: '{{{{ .b | mustFromJson | {use} }}}}'}}}}") == []
