"""The least that decrypting a ResourceList takes: parse events of all bytes, age for each data key, AES-GCM, the MAC.

usage: python -I floor.py KEYFILE < LIST > OUT

A yardstick for the benchmarks and no decrypter: it finds everything by the form in which `data.py` writes it, and
checks nothing but what cryptography checks. Values come out in place; the `sops` blocks stay.
"""

import gc
import hashlib
import itertools
import re
import sys
from binascii import a2b_base64

gc.disable()

import pyrage  # noqa: E402
import yaml  # noqa: E402
from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: E402

ITEM = re.compile(rb"^- apiVersion", re.MULTILINE)
SEALED = re.compile(rb"^ +(\S+): (ENC\[AES256_GCM,data:([^,]+),iv:([^,]+),tag:([^,]+),type:str\])$", re.MULTILINE)
ARMOR = re.compile(rb"-----BEGIN AGE ENCRYPTED FILE-----\n.*?-----END AGE ENCRYPTED FILE-----", re.DOTALL)

data = sys.stdin.buffer.read()
with open(sys.argv[1]) as file:
    identities = [pyrage.x25519.Identity.from_str(file.read().strip())]
for _ in yaml.parse(data, Loader=yaml.CSafeLoader):
    pass

starts = [match.start() for match in ITEM.finditer(data)] + [len(data)]
out = [data[: starts[0]]]
for start, end in itertools.pairwise(starts):
    item = data[start:end]
    armor = ARMOR.search(item)
    assert armor is not None
    cipher = AESGCM(pyrage.decrypt(re.sub(rb"(?m)^ +", b"", armor[0]) + b"\n", identities))
    plain: dict[bytes, bytes] = {}
    mac, at = b"", 0
    for match in SEALED.finditer(item):
        is_mac = match[1] == b"mac"
        aad = b"2026-01-02T03:04:05Z" if is_mac else b"stringData:" + match[1] + b":"
        text = cipher.decrypt(a2b_base64(match[4]), a2b_base64(match[3]) + a2b_base64(match[5]), aad)
        if is_mac:
            mac = text
            continue
        plain[match[1]] = text
        quoted = text.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n")
        out += [item[at : match.start(2)], b'"', quoted, b'"']
        at = match.end(2)
    out.append(item[at:])
    digest = hashlib.sha512(hashlib.sha256(b"sops").digest())
    for text in plain.values():
        digest.update(text)
    assert digest.hexdigest().upper().encode() == mac
sys.stdout.buffer.write(b"".join(out))
