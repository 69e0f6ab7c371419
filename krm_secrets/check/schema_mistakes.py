"""Where a document of ours is not what its JSON Schema describes: all places at once.

Our own readers take what the schemas take, and nothing else, which a law of the tests holds. They are quicker, so that
the validator is asked only about what they refuse. Its messages hold what stands there: other words are written here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator
from functools import cache
from typing import Any

from krm_secrets.bitwarden.storeform import read_bitwarden_store
from krm_secrets.errors import Path, Problem, clean, did_you_mean, some
from krm_secrets.settings.config_document import parse_config
from krm_secrets.settings.kinds import BITWARDEN_STORE, SECRET_MAPPING, SECRETS_CONFIG, SOPS_GENERATOR
from krm_secrets.settings.schema_files import kinds, read
from krm_secrets.shorthand.forms import read_mapping
from krm_secrets.stages.generator.form import read_generator

TYPE_CHECKING = False

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator, ValidationError

_READERS: dict[str, Callable[[object, list[Problem]], object]] = {
    BITWARDEN_STORE: read_bitwarden_store,
    SOPS_GENERATOR: read_generator,
    SECRETS_CONFIG: parse_config,
    SECRET_MAPPING: read_mapping,
}

_TYPES = {"object": "a map", "array": "a list", "string": "a string", "boolean": "true or false"}


_FORM = "has another form than the field takes; its description in the schema says which"


def mistakes(kind: str, data: object, told: Collection[Path]) -> list[tuple[Path, str]]:
    """Each mistake with the field that has it, but for what is told already; none for a kind without a schema.

    That a field has no form at all is not said where something in it is told, which is why.
    """
    if kind not in kinds() or _is_taken(kind, data):
        return []
    found = [each for error in _validator(kind).iter_errors(data) for each in _told(error)]
    closer = [*told, *(path for path, message in found if message != _FORM)]
    return [
        (path, message)
        for path, message in found
        if path not in told and not (message == _FORM and any(each[: len(path)] == path for each in closer))
    ]


def _is_taken(kind: str, data: object) -> bool:
    problems: list[Problem] = []
    if kind in _READERS:
        _READERS[kind](data, problems)
    return kind in _READERS and not problems


@cache
def _validator(kind: str) -> Draft202012Validator:
    from jsonschema import Draft202012Validator  # few documents have mistakes

    return Draft202012Validator(json.loads(read(kind)))


def _told(error: ValidationError) -> Iterator[tuple[Path, str]]:
    path = tuple(error.absolute_path)
    wanted: Any = error.validator_value
    schema: Any = error.schema
    if error.validator == "additionalProperties" and isinstance(error.instance, dict):
        known = schema.get("properties", {})
        for key in error.instance.keys() - known.keys():
            yield (*path, str(key)), f"unknown field{did_you_mean(str(key), known)}"
    elif error.validator == "required" and isinstance(error.instance, dict):
        for key in wanted:
            if key not in error.instance:
                yield (*path, key), "is required"
    elif error.validator == "enum":
        yield path, f"must be one of {some([clean(str(each)) for each in wanted])}"
    elif error.validator == "type":
        types = [wanted] if isinstance(wanted, str) else wanted
        yield path, f"must be {' or '.join(_TYPES.get(each, each) for each in types)}"
    else:
        yield path, _FORM
