#!/usr/bin/env python3
"""Every Deployment says which team it belongs to, unless it does already."""

from krm_secrets.krm import main


def team(call):
    name = call.config.get("data", "team")
    if not name:
        call.report(call.config.error("says no team", "data", "team"))
    for item in call.items:
        if item.kind == "Deployment" and not item.get("metadata", "labels", "team"):
            item = item.set("metadata", "labels", "team", value=name)
            call.report(item.info(f"now belongs to team {name}", "metadata", "labels", "team"))
        yield item


main(team)
