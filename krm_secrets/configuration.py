"""Which configuration applies: `-c FILE`, the functionConfig, an item, or the nearest `krm-secrets.yaml`."""

from __future__ import annotations

from collections.abc import Callable

from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import ERROR, Problem, Result, did_you_mean
from krm_secrets.krm.kinds import (
    API_VERSION,
    BITWARDEN_STORE,
    SECRET_MAPPING,
    SECRETS_CONFIG,
    SOPS_GENERATOR,
    is_generator,
    is_ours,
)
from krm_secrets.krm.reading import Input
from krm_secrets.krm.resource import Resource
from krm_secrets.settings.config import DEFAULT, Config, parse_config, parse_config_map
from krm_secrets.yamltext.nodes import YamlError

KINDS = (SECRETS_CONFIG, SECRET_MAPPING, BITWARDEN_STORE, SOPS_GENERATOR)

_FIELDS = {
    "decryptKinds": "decrypt_kinds",
    "stringData": "string_data",
    "inPlace": "in_place",
    "esoVersion": "eso_version",
}


class Chosen(NamedTuple):
    """The configuration of a run; `document` is a functionConfig that is itself to be expanded or generates."""

    config: Config
    document: Resource | None = None


def choose(given: Input, named: Resource | None, report: Callable[[Result], None]) -> Chosen:
    """Find and read the configuration; `named` is what the shell read from a file, and then counts alone.

    Else it is the SecretsConfig among the items, field by field overruled by what the functionConfig sets. Mistakes
    are reported, and the run goes on with what could be read, to show the mistakes of its items too.
    """
    given_config = given.function_config
    document = given_config if given_config is not None and _is_work(given_config) else None
    items = [item for item in given.items if is_ours(item, SECRETS_CONFIG)]
    if len(items) > 1:
        report(items[1].result(Problem((), f"is the second SecretsConfig beside {items[0].ref}; a run takes one")))
    if named is not None:
        return Chosen(read(named, report), document)
    config = read(items[0], report) if items else DEFAULT
    if given_config is None or not given_config.node.children or document is not None:
        return Chosen(config, document)
    if not is_ours(given_config, SECRETS_CONFIG) and not _is_config_map(given_config):
        report(given_config.result(_unknown(given_config)))
        return Chosen(config._replace(doubtful=True))
    return Chosen(_overruled(config, given_config, report))


def _overruled(config: Config, given_config: Resource, report: Callable[[Result], None]) -> Config:
    """The configuration with every field replaced that the functionConfig sets."""
    own = read(given_config, report)
    try:
        fields = given_config.data.get("data") if _is_config_map(given_config) else given_config.data
    except YamlError:  # reported by `read`
        return config._replace(doubtful=True)
    names = [_FIELDS.get(key, key) for key in fields] if isinstance(fields, dict) else []
    doubtful = config.doubtful or own.doubtful
    return config._replace(**{n: getattr(own, n) for n in names if n in Config._fields})._replace(doubtful=doubtful)


def read(resource: Resource, report: Callable[[Result], None]) -> Config:
    """The Config of a SecretsConfig, or of a ConfigMap whose keys are the same fields."""
    problems: list[Problem] = []
    try:
        if _is_config_map(resource):
            config = parse_config_map(resource.data, problems)
        else:
            config = parse_config(resource.data, problems)
    except YamlError as error:
        report(resource.unreadable(error).results[0])
        return DEFAULT._replace(doubtful=True)
    for problem in problems:
        report(resource.result(problem))
    return config._replace(doubtful=any(problem.severity == ERROR for problem in problems))


def _is_work(resource: Resource) -> bool:
    return is_ours(resource, SECRET_MAPPING) or is_ours(resource, BITWARDEN_STORE) or is_generator(resource)


def _is_config_map(resource: Resource) -> bool:
    return resource.kind == "ConfigMap" and resource.api_version == "v1"


def _unknown(resource: Resource) -> Problem:
    kinds = " or ".join(f"{API_VERSION} {kind}" for kind in KINDS)
    hint = did_you_mean(resource.kind, KINDS) if resource.kind not in KINDS else ""
    return Problem(("kind",), f"this functionConfig is none of krm-secrets: use {kinds}{hint}", ERROR)
