"""Lines before and after: the ExternalSecrets of a folder, and the mappings that mean the same.

usage: python -m bench.lines FOLDER

Blank lines, comments and separators do not count. The last figure is the ratio that half of the files reach.
"""

from __future__ import annotations

import sys
from statistics import median

from krm_secrets.krm.files import read_source
from krm_secrets.krm.folders import find
from krm_secrets.krm.reading import read_files
from krm_secrets.migrate.learning import learn
from krm_secrets.migrate.mappings import gathered, lines_after, lines_before, shortened
from krm_secrets.migrate.original import search
from krm_secrets.migrate.texts import config_text
from krm_secrets.settings.config import Config
from krm_secrets.settings.config_document import parse_config


def report(folder: str) -> str:
    """The numbers as a table, and what could not be shortened."""
    sources = [source for path in find([folder]) if "external-secrets.io" in (source := read_source(path)).text]
    found = search(item for source in sources for item in read_files([source]).items)
    learnt = learn([each.reading for each in found.originals])
    config: Config = parse_config(learnt.document, [])
    shorts, refused = shortened(found.originals, lambda _: config)
    mapped = gathered(shorts)
    before, after = lines_before(mapped), lines_after(mapped)
    half = median(lines_before([each]) / lines_after([each]) for each in mapped)
    total = len(found.originals) + len(found.refused)
    rows = [
        f"ExternalSecrets          {total:6}",
        f"shortened                {len(shorts):6}  {len(shorts) / total:.1%}, in {len(mapped)} files",
        f"of these with spec       {sum(short.part.has_spec for short in shorts):6}",
        f"lines before             {before:6}",
        f"lines after              {after:6}  {before / after:.1f} times less; {half:.1f} for half of the files",
        f"lines of krm-secrets.yaml{len(config_text(learnt).splitlines()):6}",
        *(f"stays: {result}" for result in (*found.refused, *refused)),
    ]
    return "\n".join(rows)


if __name__ == "__main__":
    print(report(sys.argv[1]))
