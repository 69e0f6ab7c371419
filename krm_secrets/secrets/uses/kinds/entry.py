"""What the catalogue says of a kind: in which fields it names Secrets, and what a change of these comes to.

A field is a dotted path in the words of `fields`; `:` stands for a dot in a key. What it leads to is a name, perhaps
with its namespace and a slash before it, or at its end:

* `{}`: a map with `name` and perhaps `key`, `namespace` and `optional`;
* `{Secret}`: such a map that also says `kind: Secret` or `type: Secret`; `{Secret?}`: the same, where a missing kind
  means Secret;
* `{Secret=valuesKey}`: such a map whose key stands in another field, `values.yaml` unless it does;
* `{:username,password}`: such a map, whose user takes these keys, whatever it says;
* `<pod>`, `<container>`, `<volume>`: as in a Pod; `<class>`, `<clone>`, `<pushed>`: forms of one kind alone.
"""

from __future__ import annotations

from krm_secrets._startup.records import NamedTuple

FLUX_LABEL = ("reconcile.fluxcd.io/watch", "Enabled")
CNPG_LABEL = ("cnpg.io/reload", "true")


class Entry(NamedTuple):
    """A kind's fields, by what a change of the Secret comes to."""

    group: str
    """`*` for any."""
    fields: str = ""
    """Read when they are needed."""
    labelled: str = ""
    """Taken in at once where the Secret has a label, and not before something else happens where it has none."""
    label: tuple[str, str] = FLUX_LABEL
    itself: str = ""
    """Watched by the operator, which then restarts or reloads what it made."""
    keeps: str = ""
    """Given to Pods that an operator made and does not restart."""
    once: str = ""
    """Read when the object is created, and never again."""


def below(base: str, fields: str) -> str:
    """The fields below one base."""
    return " ".join(f"{base}.{field}" for field in fields.split())


def each(fields: str, *bases: str) -> str:
    """The fields, written with `@` for their base, below each of the bases."""
    return " ".join(fields.replace("@", base) for base in bases)
