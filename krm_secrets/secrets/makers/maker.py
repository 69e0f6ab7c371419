"""A maker: an object that makes a Secret, what is known of its kind, and the Secret."""

from __future__ import annotations

from krm_secrets._startup.records import NamedTuple

TYPE_CHECKING = False


if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Literal, TypeAlias

    from krm_secrets.krm.resource import Resource

    Renewal: TypeAlias = Literal["commit", "store", "certificate", "schedule", "never", "unknown"]
    """What changes the Secret once it is made: somebody who changes the files, what its operator reads again and again,
    the end of a certificate, a schedule of the object, or nothing but hands."""

ANYWHERE = "*"
"""In place of a namespace that nobody can tell."""

NOWHERE = "add it to the Secret itself, which takes none from here"
"""How to label a Secret that takes no labels from its maker."""


class Made(NamedTuple):
    """A Secret that an object makes."""

    name: str
    namespace: str
    owned: bool = False
    """Whether the object has it for itself: nobody else may make it."""
    plain: bool = False
    """Whether it stands there as it is, so that it changes only when somebody applies it."""
    copied: tuple[str, ...] = ()
    """Where it is a copy in namespaces that nobody lists: expressions for their names."""
    cure: str = ""
    """How a person labels it, where it takes no labels from the place of its kind."""
    carries: tuple[tuple[str, str], ...] = ()
    """Labels that its operator gives it anyway."""
    hashed: bool = False
    """Whether another content gives it another name, which kustomize writes wherever Pods name it."""
    renewed: Renewal | None = None
    """As `Kind.renewed`, where it differs between the Secrets of a kind."""


class Kind(NamedTuple):
    """What is known of a kind that makes Secrets."""

    group: str
    secrets: Callable[[Resource], Iterable[Made]] | str
    """Their names, as `makers:` has them, or how they are found."""
    keys: str = ""
    """All keys that they get, where every object of the kind makes the same."""
    labels: tuple[str, ...] = ()
    """Where the object holds the labels that its Secrets take; empty for nowhere."""
    annotations: tuple[str, ...] = ()
    """The same for annotations."""
    owned: bool = False
    """Whether the objects have their Secrets for themselves; for those that `secrets` only names."""
    signs: tuple[str, ...] = ()
    """What stands in the text of such an object, where that is more certain than its group."""
    renewed: Renewal = "unknown"


class Maker(NamedTuple):
    """An object that makes a Secret, or is it."""

    item: Resource
    kind: Kind
    made: Made

    @property
    def renewed(self) -> Renewal:
        """What changes the Secret once it is made."""
        return self.made.renewed or self.kind.renewed
