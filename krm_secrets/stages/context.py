"""What a stage may know beside the items."""

from __future__ import annotations

from krm_secrets._startup.records import NamedTuple
from krm_secrets.krm.reading import STREAM

TYPE_CHECKING = False


if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from krm_secrets.errors import Problem, Result
    from krm_secrets.krm.reading import Host
    from krm_secrets.krm.resource import Resource
    from krm_secrets.repository.inputs import Builds
    from krm_secrets.settings.config import Config
    from krm_secrets.settings.restarts import Policy
    from krm_secrets.sops.metadata import Metadata
    from krm_secrets.sops.value import Aead


class Context(NamedTuple):
    """Policy, host and the shell's services; the same for all stages of a run.

    `unlock` opens the data key of a document with the identities that the shell finds, or raises SopsError.
    `config.decrypt` is `sops`, `keep` or, from environment or flag only, `placeholder`. `origin` gives the text of a
    local file that kustomize names as an item's origin, or None. `document` is a functionConfig that is itself a
    SecretMapping or a generator. `report` takes what is to be told; a result of severity error makes the run fail.
    `listed` gives the bytes of a file that a generator lists, from its path and the file that holds the generator, or
    raises Failure. `builds` are those that the files of the items belong to; without, all items are one build.
    """

    config: Config
    host: Host
    unlock: Callable[[Metadata], Aead]
    origin: Callable[[str], str | None]
    report: Callable[[Result], None]
    listed: Callable[[str, str], bytes]
    document: Resource | None = None
    builds: Builds | None = None

    @property
    def for_kustomize(self) -> bool:
        """Whether kustomize takes over what generators make; else it is a pipe or `run`."""
        return self.host != STREAM or self.document is not None

    @property
    def beside(self) -> Sequence[Resource]:
        """What was read beside the items, and says something about them."""
        return self.builds.listings if self.builds is not None else ()

    def policy(self, items: Sequence[Resource]) -> Policy:
        """What the configuration says of restarts, and of Reloader what the items install."""
        policy = self.config.restarts.seeing(item.slot.source for item in (*items, *self.beside))
        if not any(item.slot.source.holds("reloader") for item in (*items, *self.beside)):
            return policy
        from krm_secrets.secrets.reloader_installation import installation  # most runs see none

        found = installation((*items, *self.beside), self.listed)
        return policy.knowing(found.flags) if found is not None else policy

    def note(self, item: Resource, *problems: Problem) -> None:
        """Report problems of an object."""
        for problem in problems:
            self.report(item.result(problem))

    def encodes(self, secret: Resource) -> bool:
        """Whether `stringData` of a Secret goes into `data`.

        A file of a generator may be merged with what a base or an overlay makes, and kustomize merges `data` alone.
        """
        return self.config.string_data == "encode" or (secret.listed and self.for_kustomize)
