"""What an ExternalSecret means, so that two that are written differently can be compared.

Left out are defaults, internal names and what is fetched but not used. What stays: each key of the Secret with an
expression over (store, item, property), type, labels, policies and refresh.
"""

from __future__ import annotations

import re
from typing import Any

Meaning = dict[str, Any]


def meaning(external_secret: dict[str, Any]) -> Meaning:
    spec = external_secret["spec"]
    target = spec.get("target", {})
    template = target.get("template", {})
    refresh = spec.get("refreshInterval", "1h0m0s")
    metadata = template.get("metadata", {})
    return {
        "name": external_secret["metadata"]["name"],
        "target": target.get("name", external_secret["metadata"]["name"]),
        "creation": target.get("creationPolicy", "Owner"),
        "deletion": target.get("deletionPolicy", "Retain"),
        "refresh": re.fullmatch(r"(\d+[a-z])(0[a-z])*", refresh)[1],  # type: ignore[index]
        "refreshPolicy": spec.get("refreshPolicy", "Periodic"),
        "type": template.get("type", "Opaque"),
        "labels": metadata.get("labels", {}),
        "annotations": metadata.get("annotations", {}),
        "keys": keys(spec, template.get("data")),
    }


def keys(spec: dict[str, Any], data: dict[str, str] | None) -> dict[str, str] | list[str]:
    entries = {entry["secretKey"]: fetched(entry, spec) for entry in spec.get("data", [])}
    sources = [source(entry, spec) for entry in spec.get("dataFrom", [])]
    if data is None and sources:
        return [*(f"every field of {name} as {prefix}*" for name, prefix in sources), *entries]
    if data is None:
        return {key: "{{" + value + "}}" for key, value in entries.items()}
    return {
        key: re.sub(r"\{\{\s*(.*?)\s*\}\}", lambda m: inlined(m[1], entries, sources), v) for key, v in data.items()
    }


def fetched(entry: dict[str, Any], spec: dict[str, Any]) -> str:
    remote = entry["remoteRef"]
    return f"<{store(entry, spec)}:{remote['key']}#{remote.get('property', '')}>"


def source(entry: dict[str, Any], spec: dict[str, Any]) -> tuple[str, str]:
    """What an entry of dataFrom fetches, and the prefix its fields get."""
    prefixes = [r["regexp"]["target"] for r in entry.get("rewrite", []) if r["regexp"]["source"] == "(.*)"]
    prefix = prefixes[0].removesuffix("$1") if prefixes else ""
    if "extract" in entry:
        return f"{store(entry, spec)}:{entry['extract']['key']}", prefix
    generator = entry["sourceRef"]["generatorRef"]
    return f"gen:{generator['kind']}/{generator['name']}", prefix


def store(entry: dict[str, Any], spec: dict[str, Any]) -> str:
    reference = entry.get("sourceRef", {}).get("storeRef") or spec["secretStoreRef"]
    return f"{reference.get('kind', 'SecretStore')}/{reference['name']}"


def inlined(expression: str, entries: dict[str, str], sources: list[tuple[str, str]]) -> str:
    def name(match: re.Match[str]) -> str:
        if match[1] in entries:
            return entries[match[1]]
        found = [f"<{item}#{match[1].removeprefix(prefix)}>" for item, prefix in sources if match[1].startswith(prefix)]
        return "|".join(found)

    return "{{" + re.sub(r"\.([A-Za-z_]\w*)", name, expression) + "}}"
