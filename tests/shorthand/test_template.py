"""Which names in a template stand for fetched data, and which text is left alone."""
# ruff: noqa: E501

from __future__ import annotations

import pytest

from krm_secrets.externalsecrets.template import Ref, literal, parse_template
from krm_secrets.externalsecrets.tokens import TemplateError, line_and_column


def shown(text: str) -> str:
    """The template with each reference in angle brackets."""
    parts = parse_template(text).parts
    return "".join(f"<{p.root}{'/'.join(p.segments)}>" if isinstance(p, Ref) else p for p in parts)


CASES = {
    "plain text": ("a }} b { c", "a }} b { c"),
    "one reference": ("{{ .a }}", "{{ <.a> }}"),
    "without spaces": ("{{.a}}", "{{<.a>}}"),
    "two parts": ("{{ .app.user }}", "{{ <.app/user> }}"),
    "trim markers": ("x {{- .a -}} y", "x {{- <.a> -}} y"),
    "a minus that is no trim marker": ("{{ -5 }}{{ .a }}", "{{ -5 }}{{ <.a> }}"),
    "over lines": ("{{ .a\n| b64dec }}", "{{ <.a>\n| b64dec }}"),
    "arguments": ('{{ printf "%s" .a .b.c }}', '{{ printf "%s" <.a> <.b/c> }}'),
    "parentheses": ("{{ (.a | b64dec) | quote }}", "{{ (<.a> | b64dec) | quote }}"),
    "a chain after parentheses": ("{{ (.a | fromJson).b.c }}", "{{ (<.a> | fromJson).b.c }}"),
    "a chain after a function": ("{{ now.Year }}", "{{ now.Year }}"),
    "a variable": ("{{ $x := .a }}{{ $x.b }}", "{{ $x := <.a> }}{{ $x.b }}"),
    "the root": ("{{ $.a.b }}", "{{ <$.a/b> }}"),
    "a string": ('{{ ".a }}" }}', '{{ ".a }}" }}'),
    "an escaped quote": ('{{ "\\".a" }}', '{{ "\\".a" }}'),
    "a raw string": ("{{ `{{ .Labels.x }}` }}", "{{ `{{ .Labels.x }}` }}"),
    "a character": ("{{ '}' }}{{ '\\'' }}", "{{ '}' }}{{ '\\'' }}"),
    "a comment": ("{{/* .a }} */}}{{- /* .b */ -}}", "{{/* .a }} */}}{{- /* .b */ -}}"),
    "numbers": ("{{ add .5 -1.5e-3 0x1F .a }}", "{{ add .5 -1.5e-3 0x1F <.a> }}"),
    "a dashed name": ("{{ .client-id }}", "{{ <.client-id> }}"),
    "a quoted name": ('{{ .app."private key" }}', "{{ <.app/private key> }}"),
    "quotes in a quoted name": ('{{ ."a\\"b\\\\c" }}', '{{ <.a"b\\c> }}'),
    "a variable of Flux in a name": ("{{ .app.${FIELD}_x }}", "{{ <.app/${FIELD}_x> }}"),
    "a variable of Flux in text": ("${APP:-x}{{ .a }}", "${APP:-x}{{ <.a> }}"),
    "if": ("{{ if .a }}{{ .b }}{{ else if .c }}{{ .d }}{{ end }}", "{{ if <.a> }}{{ <.b> }}{{ else if <.c> }}{{ <.d> }}{{ end }}"),
    "range": ("{{ range .a }}{{ .b }}{{ $.c }}{{ end }}{{ .d }}", "{{ range <.a> }}{{ .b }}{{ <$.c> }}{{ end }}{{ <.d> }}"),
    "with": ("{{ with .a }}{{ .b }}{{ else }}{{ .c }}{{ end }}", "{{ with <.a> }}{{ .b }}{{ else }}{{ <.c> }}{{ end }}"),
    "else with": (
        "{{ with .a }}{{ else with .b }}{{ .c }}{{ end }}{{ .d }}",
        "{{ with <.a> }}{{ else with <.b> }}{{ .c }}{{ end }}{{ <.d> }}",
    ),
    "if inside range": (
        "{{ range .a }}{{ if .b }}{{ .c }}{{ else }}{{ .d }}{{ end }}{{ end }}",
        "{{ range <.a> }}{{ if .b }}{{ .c }}{{ else }}{{ .d }}{{ end }}{{ end }}",
    ),
    "else inside range": (
        "{{ range .a }}{{ with .b }}{{ .c }}{{ else }}{{ .d }}{{ end }}{{ end }}",
        "{{ range <.a> }}{{ with .b }}{{ .c }}{{ else }}{{ .d }}{{ end }}{{ end }}",
    ),
    "define": ('{{ define "t" }}{{ .a }}{{ $.b }}{{ end }}{{ .c }}', '{{ define "t" }}{{ .a }}{{ $.b }}{{ end }}{{ <.c> }}'),
    "block": ('{{ block "t" .a }}{{ .b }}{{ end }}', '{{ block "t" <.a> }}{{ .b }}{{ end }}'),
    "index": ('{{ index . "client-id" | quote }}', "{{ <.client-id> | quote }}"),
    "index in parentheses": ('{{ (index . `a b`) }}', "{{ (<.a b>) }}"),
    "index of the root in range": (
        '{{ range .a }}{{ index $ "b" }}{{ index . "c" }}{{ end }}',
        '{{ range <.a> }}{{ <$.b> }}{{ index . "c" }}{{ end }}',
    ),
    "index of two": ('{{ index . "a" "b" }}', '{{ index . "a" "b" }}'),
    "index by a variable": ("{{ $x := `a` }}{{ index . $x }}", "{{ $x := `a` }}{{ index . $x }}"),
    "index with more piped in": ('{{ .a | index . "b" }}', '{{ <.a> | index . "b" }}'),
    "index in if": ('{{ if index . "a" }}{{ end }}', "{{ if <.a> }}{{ end }}"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_references(case: str) -> None:
    text, expected = CASES[case]
    assert shown(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ . }}", True),
        ("{{ toJson $ }}", True),
        ('{{ template "t" . }}', True),
        ("{{ range .a }}{{ . }}{{ end }}", False),
        ('{{ define "t" }}{{ . }}{{ $ }}{{ end }}', False),
        ("{{ .a }}", False),
        ('{{ index . "a" }}', False),
    ],
)
def test_whether_a_template_takes_everything(text: str, expected: bool) -> None:
    assert parse_template(text).uses_all is expected


@pytest.mark.parametrize(
    ("text", "pure"),
    [
        ("{{ .a }}", True),
        ("{{.a}}", True),
        ("{{- .a }}", False),
        ("{{ .a }} ", False),
        ("{{ .a | trim }}", False),
        ("a", False),
    ],
)
def test_what_is_nothing_but_a_reference(text: str, pure: bool) -> None:
    assert (parse_template(text).only is not None) is pure


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{", "{{"),
        ("{{{", '{{ "{{" }}{'),
        ("a {{ .b }}", 'a {{ "{{" }} .b }}'),
        ("}}", "}}"),
        (".x", ".x"),
    ],
)
def test_literal(text: str, expected: str) -> None:
    assert literal(text) == (expected if text != "{{" else '{{ "{{" }}')


@pytest.mark.parametrize(
    ("text", "message", "offset"),
    [
        ("a {{ .b", '"{{" has no "}}"', 2),
        ("{{", '"{{" has no "}}"', 0),
        ('{{ "a\n" }}', "the quoted text is not closed", 3),
        ("{{ .a }} {{ `b }}", "the quoted text is not closed", 12),
        ("{{ .a.b-c }}{{ $x.b-c }}", "a quoted or dashed name stands only for a fetched field", 17),
        ("{{/* a", 'the comment is not closed by "*/}}"', 0),
        ("{{ /* a */ }}", "a character that no template may hold here", 3),
        ("{{ else }}", '"else" has no block to belong to', 3),
        ("{{ range .a }}{{ if .b }}{{ end }}", '"range" has no "end"', 3),
        ('{{ index . "" }}', "a quoted name must not be empty", 11),
    ],
)
def test_mistake(text: str, message: str, offset: int) -> None:
    with pytest.raises(TemplateError) as caught:
        parse_template(text)
    assert (caught.value.message, caught.value.offset) == (message, offset)


def test_line_and_column() -> None:
    assert [line_and_column("ab\ncd\n", offset) for offset in (0, 1, 3, 4, 6)] == [
        (1, 1),
        (1, 2),
        (2, 1),
        (2, 2),
        (3, 1),
    ]
