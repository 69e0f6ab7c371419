"""The other implementation: for every file that sops encrypts, the bytes that we print are the ones it prints."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from krm_secrets.sops.files.formats import Format
from tests.sopsfiles.program import our_decrypt, sops_decrypt, sops_encrypt
from tests.sopsfiles.texts import BINARY_FILES, DOTENV_FILES, INI_FILES, JSON_FILES, yaml_files

RULES: tuple[Mapping[str, object], ...] = (
    {},
    {"encrypted_regex": "^(k1|k2)$"},
    {"unencrypted_regex": "[13]$"},
    {"encrypted_suffix": "2"},
    {"unencrypted_suffix": "1"},
    {"encrypted_comment_regex": "enc|beside"},
    {"unencrypted_comment_regex": "^ ?c"},
    {"mac_only_encrypted": True},
    {"mac_only_encrypted": True, "encrypted_regex": "^k"},
    {"mac_only_encrypted": True, "encrypted_comment_regex": "c"},
)
FORMATS: dict[Format, st.SearchStrategy[bytes]] = {
    "yaml": yaml_files(),
    "json": JSON_FILES,
    "dotenv": DOTENV_FILES,
    "ini": INI_FILES,
    "binary": BINARY_FILES,
}


@pytest.mark.parametrize("form", FORMATS)
@settings(deadline=None, max_examples=15, suppress_health_check=list(HealthCheck))
@given(data=st.data(), rule=st.sampled_from(RULES))
def test_we_print_what_sops_prints(
    form: Format, data: st.DataObject, rule: Mapping[str, object], tmp_path: Path
) -> None:
    encrypted = sops_encrypt(data.draw(FORMATS[form]), form, tmp_path, rule)
    if encrypted is not None:
        assert our_decrypt(encrypted, form) == sops_decrypt(encrypted, form, tmp_path)


@pytest.mark.parametrize("output", ["yaml", "json", "dotenv", "ini", "binary"])
@settings(deadline=None, max_examples=5, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_we_convert_as_sops_does(output: Format, data: st.DataObject, tmp_path: Path) -> None:
    form: Format = data.draw(st.sampled_from(["yaml", "json", "dotenv", "ini"]))
    plain = data.draw(FLAT[form])
    encrypted = sops_encrypt(plain, form, tmp_path, {})
    assert encrypted is not None
    assert our_decrypt(encrypted, form, output) == sops_decrypt(encrypted, form, tmp_path, output)


FLAT: dict[Format, st.SearchStrategy[bytes]] = {
    "yaml": st.sampled_from(
        [
            b"a: 1\nb: 1.5e7\nc: true\nd: null\ne: 2020-01-02 03:04:05.5\nf: !!binary gIE=\n# g\n",
            b"data: |\n  a\n  b\n",
            b"data: 1\n",
            b"s: # c\n  # d\n  k: v\n  b: 1\n  # e\nt:\n  u: 'x;y'\n",
            b"a: [1, 2]\n",
            b"a: .nan\n",
            b"a: 1\n---\nb: 2\n",
            b"a: 100000.0\nb: 12345678.9\nc: 1.0e-7\n",
        ]
    ),
    "json": st.sampled_from(
        [b'{"data": "x\\n"}', b'{"a": 1.0, "b": [], "c": {"d": null}}', b'{"s": {"a": "\\u2028<"}}']
    ),
    "dotenv": st.sampled_from([b"data=x\\ny\n# c\n", b"a=1\n#\xff\nb=\xff\n"]),
    "ini": st.sampled_from([b"; c\n[s]\n; d\nk = v\n", b"k = v\n"]),
}
