"""Strings that YAML readers and writers are known to get wrong; every writer must bring each of them through."""

from __future__ import annotations

_WORDS = (
    "", "~", "null", "Null", "NULL", "nULL", "none", "None", "nil", "undefined", "true", "True", "TRUE", "tRUE",
    "false", "False", "FALSE", "y", "Y", "yes", "Yes", "YES", "n", "N", "no", "No", "NO", "on", "On", "ON", "off",
    "Off", "OFF", ".nan", ".NaN", ".NAN", "nan", "NaN", ".inf", ".Inf", ".INF", "-.inf", "+.inf", "inf", "-inf",
    "Infinity", "-Infinity",
)  # fmt: skip

_NUMBERS = (
    "0", "-0", "+0", "00", "1", "-1", "+1", "10", "007", "0644", "0899123", "08", "089", "0o17", "0O17", "0o8",
    "-0o17", "0x1F", "0X1f", "-0x1F", "0xG", "0x", "0b101", "0B1", "-0b1", "0b2", "0b-1", "0o+7", "1_000",
    "_1000", "1000_", "1__0", "0x_1", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
    "-9223372036854775809", "18446744073709551615", "18446744073709551616", "12345678901234567890123",
    "0xffffffffffffffff", "0x1ffffffffffffffff", "1.0", "1.10", "1.", ".5", "-.5", "+.5", ".5_0", "._5", "5.e3",
    "1e3", "1E3", "1e+3", "1e-3", "123e4", "1e400", "-1e400", "1e-400", "0.1e1", ".1e1", "e1", "1e", "0e0",
    "685.230_15e+03", "1,000", "1.2.3", "v1.2", "1-2", "12e03", "0x1p-2", "1i", "190:20:30", "190:20:30.15",
    "12:30", "12:30:45", "1:1", "0:0", "01:23",
)  # fmt: skip

_TIMES = (
    "2020-01-01", "2020-1-1", "2020-13-01", "2020-02-30", "0000-02-29", "10000-01-01", "2020-01-01T00:00:00Z",
    "2020-01-01t00:00:00z", "2020-01-01T1:2:3.5+05:30", "2020-01-01 00:00:00", "2020-01-01  1:2:3",
    "2001-12-14t21:59:43.10-05:00", "2001-12-14 21:59:43.10 -5", "2020-01-01T00:00:00,5Z", "2020-01-01T24:00:00Z",
    "2020-01", "20200101",
)  # fmt: skip

_INDICATORS = (
    "=", "<<", "-", "- a", "-a", "--", "---", "--- a", "...", "....", "?", "? a", "?a", ":", ": a", ":a", "a:",
    "a: b", "a:b", "a :b", "#", "# a", "#a", "a #b", "a# b", "a#b", "&", "&a", "*", "*a", "!", "!a", "!!str",
    "!!str a", "!<a>", "%", "%YAML 1.1", "%a", "@", "@a", "`", "`a", "|", "|-", "| a", ">", ">+", "[", "]", "[]",
    "[a]", "{", "}", "{}", "{a}", "{a: b}", ",", "a, b", "'", "''", "'a'", "it's", '"', '""', '"a"', 'a "b" c',
    "\\", "\\n", "a\\", "\\x41", "\\ud83d", "$", "$a", "${A}", "$(A)", "$$", "{{ .a }}", "{{ .a | b64dec }}",
    "a/b", "/", "/etc/x", "a=b", "a@b.c", "(a)", "a;b", "C:\\dir", "https://a.b/c?d=e&f#g", "*.example.org",
    "see ENC[AES256_GCM,data:YQ== there", "-----BEGIN KEY-----", "key: |", "x-y_z.0",
    "4242424242424242",
)  # fmt: skip

_SPACES = (
    " ", "  ", "\t", "\n", "\n\n", "\r", "\r\n", " a", "a ", " a ", "\ta", "a\t", "a\tb", "a  b", "a\n", "a\n\n",
    "\na", "\n\na", "a\nb", "a\nb\n", "a\n\nb\n", "a\n\n\nb", " a\nb", "a\n b\n", "a\n  b\nc", "a \nb", "a\t\nb",
    "\ta\nb", "a\r\nb\r\n", "a\rb", "a\n \n", "a\n \nb", "# a\n# b\n", "- a\n- b\n", "a: b\nc: d\n", "---\na\n",
    "...\n", "a\n---\nb\n", "a\n...\nb", "%a\nb", "a\n#b\n", "{{\n}}\n", "a\n\tb\n",
)  # fmt: skip

_CHARACTERS = (
    "\0", "a\0b", "\x01", "\x07", "\x08", "\x0b", "\x0c", "\x1b[31m", "\x1f", "\x7f", "\x80", "\x85", "a\x85b",
    "a\nb\x85c\n", "\x9f", "\xa0", "\xa0a", "a\xa0", "\xad", "é", "e\u0301", "ß", "日本語", "\u200b", "\u200d",
    "\u2028", "a\u2028b", "\u2029", "a\nb\u2029\n", "\u202e", "\u2060", "\ufeff", "\ufeffa", "a\ufeffb",
    "a\ufeff", "a\n\ufeffb\n", "\ufffd", "\ufffe", "\uffff", "\ue000", "\ud7ff", "\U00010000", "\U0001f600",
    "\U0001f468\u200d\U0001f469", "\U0001ffff", "\U000e0001", "\U0010ffff", "\u0660", "\uff11", "\u3000",
    "\u3000a", "a\nb\U0001f600\n", "\u2003", "١٢", "１",
)  # fmt: skip

_LENGTHS = (
    "x", "x", "x ", "x", "x", "x", "long words ", "é", "a\n", "9", "=",
)  # fmt: skip

EDGE_STRINGS: tuple[str, ...] = tuple(
    dict.fromkeys(_WORDS + _NUMBERS + _TIMES + _INDICATORS + _SPACES + _CHARACTERS + _LENGTHS)
)
