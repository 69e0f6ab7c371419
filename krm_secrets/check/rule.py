"""A rule: what it is called, what it says for itself, and how it looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from krm_secrets._startup.records import NamedTuple
from krm_secrets.home import address

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.check.finding import Hit
    from krm_secrets.check.subject import Subject
    from krm_secrets.errors import Severity

    Look: TypeAlias = Callable[[Subject], Iterator[Hit]]

PAGE = "docs/reference/checks.md"


class Rule(NamedTuple):
    """One rule. `wrong` and `right` are manifests; a line `# file: PATH` begins another file.

    `security` is how severe it is where it may leak a value, from 0.1 to 10, as code scanning counts.
    """

    id: str
    severity: Severity
    confidence: str
    finds: str
    """One sentence: its title everywhere."""
    why: str
    """What happens if nobody mends it, and when it may be wrong to follow it."""
    wrong: str
    right: str
    since: str
    look: Look
    pedantic: bool = False
    """Whether it is asked only with --pedantic, since it may be wrong or is a matter of taste."""
    files: bool = False
    """Whether it needs the files of a tree, so that it finds nothing in a stream."""
    security: float = 0.0
    last: bool = False
    """Whether it is about what the others found."""
    mends: str = ""
    """What --fix does, or why it does nothing where one would look for that."""
    lends: bool = False
    """Whether it looks for what others have the name of, so that it is asked with each of them."""

    @property
    def url(self) -> str:
        """The section of the page of rules; nothing as long as it has no address."""
        page = address(PAGE)
        return page and f"{page}#{self.id}"

    def markdown(self) -> str:
        """What it says for itself, but for its name."""
        mending = (f"`--fix`: {self.mends}",) if self.mends else ()
        parts = (
            self.finds,
            self.why,
            *mending,
            "Wrong:",
            f"```yaml\n{self.wrong}```",
            "Right:",
            f"```yaml\n{self.right}```",
        )
        return "\n\n".join(parts) + "\n"


REGISTRY: dict[str, Rule] = {}
"""Every rule whose module was imported, by its id; `check.rules` imports all."""


def rule(
    id: str,
    *,
    severity: Severity,
    confidence: str,
    finds: str,
    why: str,
    wrong: str,
    right: str,
    since: str = "0.2",
    pedantic: bool = False,
    files: bool = False,
    security: float = 0.0,
    last: bool = False,
    mends: str = "",
    lends: bool = False,
) -> Callable[[Look], Look]:
    """Register a function as the look of a rule."""

    def register(look: Look) -> Look:
        if id in REGISTRY:
            raise ValueError(f"two rules are called {id}")
        texts = (" ".join(finds.split()), " ".join(why.split()), wrong.strip("\n") + "\n", right.strip("\n") + "\n")
        mending = " ".join(mends.split())
        REGISTRY[id] = Rule(
            id, severity, confidence, *texts, since, look, pedantic, files, security, last, mending, lends
        )
        return look

    return register
