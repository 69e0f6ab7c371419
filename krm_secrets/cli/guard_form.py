"""What the API server would refuse in an object, whoever wrote it."""

from __future__ import annotations

from collections.abc import Iterator

from krm_secrets.errors import Problem
from krm_secrets.krm.resource import Resource
from krm_secrets.secrets.secret import is_secret
from krm_secrets.stages import secretform, wholefile


def no_object(item: Resource) -> list[Problem]:
    """What is wrong with a document that has no kind, which is all that there is to say of it."""
    if item.kind:
        return []
    form = wholefile.of_document(item)
    if form is not None:
        return [Problem((), wholefile.told(form))]
    return [Problem((), "has no kind, so that it is no Kubernetes object: leave it out of what is applied")]


def of_form(item: Resource) -> Iterator[Problem]:
    """The problems of one object; YamlError when it cannot be read."""
    if is_secret(item):
        found = secretform.held(item)
        yield from found.problems
        yield from map(secretform.by_flux, found.typed)
