"""Which configuration applies: `-c FILE`, the functionConfig, an item, or the nearest `krm-secrets.yaml`."""

from __future__ import annotations

from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import ERROR, WARNING, Problem, Result, clean, did_you_mean
from krm_secrets.krm.reading import KPT, Input
from krm_secrets.krm.resource import Resource
from krm_secrets.settings.config import DEFAULT, Config, weakening
from krm_secrets.settings.kinds import (
    API_VERSION,
    BITWARDEN_STORE,
    SECRET_MAPPING,
    SECRETS_CONFIG,
    SOPS_GENERATOR,
    is_generator,
    is_ours,
)
from krm_secrets.yamltext.nodes import YamlError

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from krm_secrets.krm.reading import Host


CONFIG_FILE = "krm-secrets.yaml"
KINDS = (SECRETS_CONFIG, SECRET_MAPPING, BITWARDEN_STORE, SOPS_GENERATOR)

_FIELDS = {
    "decryptKinds": "decrypt_kinds",
    "stringData": "string_data",
    "inPlace": "in_place",
    "esoVersion": "eso_version",
}
_NOTHING = (
    "no objects came with this configuration: kustomize hands them over to what stands under `transformers`, and none"
    " to what stands under `generators`"
)
_NOT_HERE = "weakens what protects you, and does not count from an object that may come with a base"


class Chosen(NamedTuple):
    """The configuration of a run; `document` is a functionConfig that is itself to be expanded or generates."""

    config: Config
    document: Resource | None = None


def choose(given: Input, named: Resource | None, report: Callable[[Result], None]) -> Chosen:
    """Find and read the configuration; `named` is what the shell read from a file, and then counts alone.

    Else it is the SecretsConfig among the items, field by field overruled by what the functionConfig sets. An item may
    come from a base, so that what weakens protection is an error there. Mistakes are reported, and the run goes on with
    what could be read, to show the mistakes of its items too.
    """
    given_config = given.function_config
    document = given_config if given_config is not None and _is_work(given_config) else None
    items = [item for item in given.items if is_ours(item, SECRETS_CONFIG)]
    if len(items) > 1:
        report(items[1].result(Problem((), f"is the second SecretsConfig beside {items[0].ref}; a run takes one")))
    if named is not None:
        return Chosen(read(named, report), document)
    config = read(items[0], report) if items else DEFAULT
    own: dict[str, Any] = {}
    if given_config is not None and given_config.node.children and document is None:
        own = _set_by(given_config, report)
        if not own["doubtful"] and all(_is_itself(item, given_config) for item in given.items):
            report(given_config.result(Problem((), _NOTHING, WARNING)))
    for field in weakening(config):
        if _FIELDS.get(field, field) not in own:
            report(items[0].result(Problem((field,), _wanted_elsewhere(field, given.host, items[0]))))
    # What an item alone wants to run stays out even of a run that fails.
    own["doubtful"] = config.doubtful or own.get("doubtful", False)
    return Chosen(config._replace(generators=())._replace(**own), document)


def _is_itself(item: Resource, given_config: Resource) -> bool:
    """Whether an item is the functionConfig, which kustomize hands over as one where it has nothing else."""
    return item.ref == given_config.ref and item.latest().node.names() == given_config.latest().node.names()


def _set_by(given_config: Resource, report: Callable[[Result], None]) -> dict[str, Any]:
    """What the functionConfig sets, by the names of Config's fields; also whether it has mistakes."""
    if not is_ours(given_config, SECRETS_CONFIG) and not _is_config_map(given_config):
        report(given_config.result(_unknown(given_config)))
        return {"doubtful": True}
    own = read(given_config, report)
    try:
        fields = given_config.data.get("data") if _is_config_map(given_config) else given_config.data
    except YamlError:  # reported by `read`
        return {"doubtful": True}
    names = [_FIELDS.get(key, key) for key in fields] if isinstance(fields, dict) else []
    return {name: getattr(own, name) for name in (*names, "doubtful") if name in Config._fields}


def _wanted_elsewhere(field: str, host: Host, item: Resource) -> str:
    if item.slot.source.file:
        return f"{_NOT_HERE}: write it into {CONFIG_FILE} in or above the first path, or name this file with `-c`"
    if host == KPT:
        return f"{_NOT_HERE}: give it to kpt behind `--`, as {field}=VALUE, or make this file the function's configPath"
    return f"{_NOT_HERE}: write it into the file of `-c`, or into the functionConfig of the transformer"


def read(resource: Resource, report: Callable[[Result], None]) -> Config:
    """The Config of a SecretsConfig, or of a ConfigMap whose keys are the same fields."""
    problems: list[Problem] = []
    if resource.kind not in (SECRETS_CONFIG, "ConfigMap"):
        kind = resource.kind
        other = f"no {clean(kind)}{did_you_mean(kind, (SECRETS_CONFIG,))}" if kind else "this has no kind"
        report(resource.result(Problem(("kind",), f"a configuration is a {SECRETS_CONFIG}, and {other}")))
        return DEFAULT._replace(doubtful=True)
    from krm_secrets.settings.config_document import parse_config, parse_config_map  # many runs have none

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
    if resource.kind in KINDS:
        return Problem(("apiVersion",), f"must be {API_VERSION}")
    own = f"{clean(resource.kind)} is no kind" if resource.kind else "has no kind"
    hint = did_you_mean(resource.kind, KINDS)
    return Problem(("kind",), f"{own} that configures krm-secrets: use {', '.join(KINDS)} of {API_VERSION}{hint}")
