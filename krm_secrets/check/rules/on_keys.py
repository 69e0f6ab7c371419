"""Rules on the keys of Secrets: what is taken out of one, and whether anybody puts it in."""

from __future__ import annotations

from collections.abc import Iterator

from krm_secrets.check.finding import HIGH, Fix, Hit
from krm_secrets.check.places import span
from krm_secrets.check.rule import rule
from krm_secrets.errors import ERROR, Path, clean, did_you_mean
from krm_secrets.yamltext.edits import Edit
from krm_secrets.yamltext.emit import scalar

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.check.subject import Subject
    from krm_secrets.krm.resource import Resource


@rule(
    "key-not-made",
    severity=ERROR,
    confidence=HIGH,
    finds="A key is taken out of a Secret that never gets it.",
    why="""The Pod does not start (CreateContainerConfigError), or the file is missing. It is said only where every
    maker of the Secret is here and all keys that it gets are known.""",
    mends="It writes the key that was meant, where one alone has nearly the same name.",
    wrong="""
apiVersion: v1
kind: Secret
metadata: {name: db, namespace: web}
data: {PASSWORD: ""}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: web}
spec:
  containers:
    - name: web
      env:
        - name: PASSWORD
          valueFrom: {secretKeyRef: {name: db, key: PASWORD}}
""",
    right="""
apiVersion: v1
kind: Secret
metadata: {name: db, namespace: web}
data: {PASSWORD: ""}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: web}
spec:
  containers:
    - name: web
      env:
        - name: PASSWORD
          valueFrom: {secretKeyRef: {name: db, key: PASSWORD}}
""",
)
def key_not_made(subject: Subject) -> Iterator[Hit]:
    for item, world, use in subject.uses():
        ref = use.reference
        there = world.keys(ref.name, use.namespace) if ref.keys and not ref.optional else None
        if there is None:
            continue
        for key in ref.keys:
            if key not in there and "{" not in key:
                in_env = ref.path[-2:] == ("secretKeyRef", "name")
                path = (*ref.path[:-1], "key") if in_env else ref.path
                meant = did_you_mean(key, world.first(there))
                yield subject.hit(
                    item,
                    path,
                    f'the Secret "{clean(ref.name)}" never gets the key "{clean(key)}"{meant}',
                    related=[
                        subject.related(maker.item, (), "all keys of the Secret come from here")
                        for maker in world.makers(ref.name, use.namespace)
                    ],
                    fix=_renamed(subject, item, path, key, [each for each in there if f'"{clean(each)}"' in meant]),
                    other=f"{ref.name}/{key}",
                )


def _renamed(subject: Subject, item: Resource, path: Path, key: str, meant: list[str]) -> Fix | None:
    """The key that was meant, where one name alone comes near, and the key stands there as it is."""
    start, end = span(item.node, path)
    written = item.slot.source.text[start:end]
    quote = written[:1] if written[:1] in ("'", '"') else ""
    if len(meant) != 1 or written != f"{quote}{key}{quote}":
        return None
    return subject.fix(item, [Edit(start, end, f"{quote}{meant[0]}{quote}" if quote else scalar(meant[0]))])
