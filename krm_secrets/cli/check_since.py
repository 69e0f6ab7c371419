"""`--since`: what a change brought, in the files that it touches or anywhere else."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from krm_secrets.check.checking import checked
from krm_secrets.check.finding import Finding
from krm_secrets.check.root_paths import from_root
from krm_secrets.check.rule import Rule
from krm_secrets.errors import failure
from krm_secrets.repository import revisions

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.cli.check_subjects import Look


def since(
    revision: str,
    look: Look,
    findings: Sequence[Finding],
    rules: Sequence[Rule],
    earlier: Callable[[str], Look],
) -> list[Finding]:
    """The findings that stand in a file that changed since the revision, whose chain does, or that were not there.

    The last are what a changed or removed file breaks in one that nobody touched: the tree as it was is checked too.
    """
    if look.seen is None:
        raise failure("--since is for work trees: a stream has no revisions")
    root = look.root
    commit = revisions.resolved(root, revision)
    here = (from_root(path, root) for path in look.seen.tree.files)
    changed = revisions.changed(root, commit, bool, here)
    with revisions.work_tree(root, commit, bool) as folder:
        before = {each.fingerprint for each in checked(earlier(folder).subject, rules).findings}

    def is_new(finding: Finding) -> bool:
        places = (finding.location, *(each.place for each in finding.related))
        touched = any(place.file and from_root(place.file, root) in changed for place in places)
        return touched or finding.fingerprint not in before

    return list(filter(is_new, findings))
