"""Files that name who can read them. Nobody can: there is nothing in them."""

from __future__ import annotations

READERS = """\
apiVersion: v1
kind: Secret
metadata: {name: NAME, namespace: apps}
stringData:
  KEY: ENC[AES256_GCM,data:AAAA,iv:AAAA,tag:AAAA,type:str]
sops:
  age:
READERS
  lastmodified: "2026-05-24T11:06:51Z"
  mac: ENC[AES256_GCM,data:AAAA,iv:AAAA,tag:AAAA,type:str]
  version: 3.12.2
"""
ALICE = "age1zqewdkt558mv05432ywvsnwlu79vwzxvumwj8a3gfh4gj6u2cdmsdyl8ut"
BOB = "age1apaw0x3ja8ne4w08re4elvgt8wjhadpefelxjzhshf83834nhfzs65j7zp"


def sealed(name: str, *readers: str) -> str:
    listed = "\n".join(f"  - recipient: {each}\n    enc: nothing" for each in readers)
    return READERS.replace("READERS", listed).replace("NAME", name)
