"""Where kustomize and Helm look for plugins, and whether they find this program there."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import Failure
from krm_secrets.krm.files import read_source
from krm_secrets.settings.kinds import (
    BITWARDEN_STORE,
    GROUP,
    KSOPS,
    KSOPS_GROUP,
    SECRET_MAPPING,
    SECRETS_CONFIG,
    SOPS_GENERATOR,
)
from krm_secrets.yamltext.load import load

OURS = tuple((GROUP, "v1alpha1", kind) for kind in (SECRETS_CONFIG, SECRET_MAPPING, SOPS_GENERATOR, BITWARDEN_STORE))
KSOPS_PLUGIN = (KSOPS_GROUP, "v1", KSOPS)
_NAME = "krm-secrets"


class Plugins(NamedTuple):
    """`home` is where kustomize looks, `linked` the kinds that it finds there, `broken` what cannot be started;
    `helm` is the plugin's folder, if Helm has it."""

    home: str
    linked: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    helm: str = ""


def find(environ: Mapping[str, str]) -> Plugins:
    """What is installed for the user."""
    home = next((folder for folder in homes(environ) if os.path.isdir(folder)), "")
    linked, broken = [], []
    for group, version, kind in (*OURS, KSOPS_PLUGIN) if home else ():
        path = place(home, group, version, kind)
        if os.path.isfile(path) and os.access(path, os.X_OK):
            linked.append(kind)
        elif os.path.lexists(path):
            broken.append(path)
    helm = next(_helm(environ), "")
    return Plugins(home or next(homes(environ), ""), tuple(linked), tuple(broken), helm)


def place(home: str, group: str, version: str, kind: str) -> str:
    """Where kustomize looks for the plugin of a kind."""
    return os.path.join(home, group, version, kind.lower(), kind)


def homes(environ: Mapping[str, str]) -> Iterator[str]:
    """The folders that kustomize tries; the first one that is there counts."""
    home, config = environ.get("HOME", ""), environ.get("XDG_CONFIG_HOME", "")
    if environ.get("KUSTOMIZE_PLUGIN_HOME"):
        yield environ["KUSTOMIZE_PLUGIN_HOME"]
    if config:
        yield os.path.join(config, "kustomize", "plugin")
    if home:
        yield os.path.join(home, ".config", "kustomize", "plugin")
        yield os.path.join(home, "kustomize", "plugin")


def _helm(environ: Mapping[str, str]) -> Iterator[str]:
    """The folders of Helm's plugins that are this program's post-renderer, whatever the folders' names."""
    for folder in _helm_homes(environ):
        try:
            names = sorted(os.listdir(folder))
        except OSError:
            continue
        for name in names:
            if _is_post_renderer(os.path.join(folder, name, "plugin.yaml")):
                yield os.path.join(folder, name)


def _helm_homes(environ: Mapping[str, str]) -> list[str]:
    data, home = environ.get("XDG_DATA_HOME", ""), environ.get("HOME", "")
    if environ.get("HELM_PLUGINS"):
        return environ["HELM_PLUGINS"].split(os.pathsep)
    if environ.get("HELM_DATA_HOME"):
        return [os.path.join(environ["HELM_DATA_HOME"], "plugins")]
    if data:
        return [os.path.join(data, "helm", "plugins")]
    return [os.path.join(home, ".local", "share", "helm", "plugins")] if home else []


def _is_post_renderer(path: str) -> bool:
    try:
        (document,) = read_source(path).documents
    except (Failure, ValueError):  # ValueError: not one document
        return False
    value = load(document.root)
    return isinstance(value, dict) and value.get("name") == _NAME and value.get("type") == "postrenderer/v1"
