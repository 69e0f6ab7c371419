"""Readable names for the ids of items, from the names of the Secrets that use them and of what they fetch."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from krm_secrets._startup.records import NamedTuple
from krm_secrets.externalsecrets.names import VARIABLE, is_placeholder
from krm_secrets.migrate.sources import common_words

_GENERIC = ("secret", "secrets", "credentials", "creds", "config", "externalsecret")


class Use(NamedTuple):
    """That a Secret fetches this property of an item under this name."""

    key: str
    secret: str
    fetched_as: str
    property: str


def item_names(uses: Sequence[Use]) -> dict[str, str]:
    """Names for ids that several Secrets use, and for placeholders, with the ids.

    They depend on the set of uses only, never on the order of files.
    """
    by_key: dict[str, list[Use]] = {}
    for use in uses:
        by_key.setdefault(use.key, []).append(use)
    shared = {key: used for key, used in by_key.items() if is_placeholder(key) or len({u.secret for u in used}) > 1}
    taken = set(by_key)
    counts: dict[str, int] = {}
    found = {}
    # The most used first, so that it gets the shortest name.
    for key in sorted(shared, key=lambda key: (-len({u.secret for u in shared[key]}), key)):
        name = _free(_wish(shared[key]), taken, counts)
        taken.add(name)
        found[name] = key
    return dict(sorted(found.items()))


def app_words(secret: str) -> list[str]:
    """The words of a Secret's name that say whose it is: `paperless` of `paperless-secret`."""
    words = [word for word in re.split(r"[-.]", re.sub(VARIABLE, "", secret)) if word]
    while len(words) > 1 and words[-1] in _GENERIC:
        words.pop()
    return words


def _wish(uses: list[Use]) -> str:
    """What all users have in common, or else the one that takes most of the item."""
    split = [app_words(secret) for secret in sorted({use.secret for use in uses})]
    common = []
    for words in zip(*split, strict=False):
        if len(set(words)) > 1:
            break
        common.append(words[0])
    if len("".join(common)) > 2:
        return "-".join(common)
    words_of_fetches = common_words(sorted({use.fetched_as for use in uses if use.fetched_as}))
    if len(words_of_fetches) > 2:
        return words_of_fetches.replace("_", "-")
    by_secret: dict[str, list[str]] = {}
    for use in uses:
        by_secret.setdefault(use.secret, []).append(use.fetched_as)
    usual, count = Counter(map(common_words, by_secret.values())).most_common(1)[0]
    if 3 * count > 2 * len(by_secret) > 4 and len(usual) > 2:
        return usual.replace("_", "-")
    taken = Counter(secret for secret, _ in {(use.secret, use.property) for use in uses})
    most = min(taken, key=lambda secret: (-taken[secret], secret))
    return "-".join(app_words(most)) or "item"


def _free(wish: str, taken: set[str], counts: dict[str, int]) -> str:
    """The wish, or the first with a number that nobody has; those that were given are not tried again."""
    wish = "item" if is_placeholder(wish) else wish
    count = counts.get(wish, 1)
    name = wish if count == 1 else f"{wish}-{count}"
    while name in taken:
        count += 1
        name = f"{wish}-{count}"
    counts[wish] = count
    return name
