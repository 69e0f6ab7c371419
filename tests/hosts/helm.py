"""Helm with a folder of its own, and with the example's post-renderer."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from tests.tools import tool

from .support import EXAMPLES, environment, output

CHART = EXAMPLES / "helm" / "chart"
PLUGIN = EXAMPLES / "helm" / "plugin"
SCRIPT = PLUGIN / "post-render.sh"


class Helm(NamedTuple):
    """One of the versions, set up below a folder of its own."""

    major: int
    folder: Path

    @property
    def program(self) -> str:
        return tool(f"helm{self.major}")

    def environment(self, key: bool = True, **more: str) -> dict[str, str]:
        homes = {name: str(self.folder / name) for name in ("HELM_DATA_HOME", "HELM_CACHE_HOME", "HELM_CONFIG_HOME")}
        return environment(key, **homes, **more)

    def renderer(self, script: Path = SCRIPT) -> tuple[str, ...]:
        """The flag for a post-renderer; Helm 4 gets a plugin around the same script."""
        if self.major == 3:
            return "--post-renderer", str(script)
        name = "krm-secrets" if script == SCRIPT else script.stem
        source = PLUGIN
        if script != SCRIPT:
            source = script.parent / f"plugin-{name}"
            source.mkdir()
            text = (PLUGIN / "plugin.yaml").read_text().replace("name: krm-secrets", f"name: {name}")
            (source / "plugin.yaml").write_text(text.replace("${HELM_PLUGIN_DIR}/post-render.sh", str(script)))
        if not (self.folder / "HELM_DATA_HOME" / "plugins" / source.name).exists():
            output(self.program, "plugin", "install", source, env=self.environment())
        return "--post-renderer", name

    def template(self, chart: Path, *flags: str, env: dict[str, str] | None = None) -> bytes:
        return output(self.program, "template", "wiki", chart, *flags, env=env or self.environment())
