"""One BitwardenStore in an empty cluster: certificates, server, store and Secrets; renewals change nothing of that."""

from __future__ import annotations

import datetime
import socket
import ssl
import time

import pytest
from cryptography import x509

from tests.cluster.build import config, expanded, mapping
from tests.cluster.harness.api import MERGE, Object
from tests.cluster.harness.cluster import SDK_SERVER, Cluster, until
from tests.cluster.stores import CA, LEAF, NAMESPACE as SERVER
from tests.cluster.table import measured, timed

NAMESPACE = "bitwarden"
ITEM = "over TLS"
CERTIFICATES = f"/apis/cert-manager.io/v1/namespaces/{SERVER}/certificates"


@pytest.fixture(scope="module")
def secret(cluster: Cluster, stores: list[Object]) -> str:
    """A Secret that is fetched over this TLS; its name."""
    cluster.namespaces(NAMESPACE)
    cluster.bitwarden(ITEM, "first")
    app = mapping("app", NAMESPACE, {"app": {"from": {"K": f"bitwarden-secrets:{ITEM}"}}})
    cluster.apply(expanded([config(), *stores, app]))
    cluster.wait_synced(NAMESPACE, ["app"])
    assert cluster.secret(NAMESPACE, "app") == {"K": b"first"}
    return "app"


def arrives(cluster: Cluster, secret: str, value: str) -> None:
    """A value that is set now reaches the Secret."""
    cluster.bitwarden(ITEM, value)
    cluster.force_sync(NAMESPACE, secret)
    until(
        lambda: cluster.secret(NAMESPACE, secret) == {"K": value.encode()},
        lambda: str(cluster.api.get(f"/apis/external-secrets.io/v1/namespaces/{NAMESPACE}/externalsecrets/{secret}")),
    )


def certificate(cluster: Cluster, name: str, key: str = "tls.crt") -> x509.Certificate:
    """What cert-manager wrote into a Secret."""
    data = cluster.secret(SERVER, name)
    assert data is not None
    return x509.load_pem_x509_certificate(data[key])


def served(cluster: Cluster) -> x509.Certificate:
    """What the server shows to a client that trusts only our CA and asks for the name in the store."""
    data = cluster.secret(SERVER, CA)
    assert data is not None
    trust = ssl.create_default_context(cadata=data["ca.crt"].decode())
    host, _, port = cluster.sdk_server.partition(":")
    with (
        socket.create_connection((host, int(port))) as line,
        trust.wrap_socket(line, server_hostname=SDK_SERVER) as tls,
    ):
        shown = tls.getpeercert(binary_form=True)
    assert shown is not None
    return x509.load_der_x509_certificate(shown)


def renew(cluster: Cluster, name: str) -> None:
    """What `cmctl renew` does; waits for the new certificate."""
    before = certificate(cluster, name).serial_number
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    condition = {"type": "Issuing", "status": "True", "reason": "ManuallyTriggered", "lastTransitionTime": now}
    status = cluster.api.get(f"{CERTIFICATES}/{name}")["status"]
    conditions = [each for each in status["conditions"] if each["type"] != "Issuing"]
    change = {"status": {"conditions": [*conditions, condition]}}
    cluster.api.patch(f"{CERTIFICATES}/{name}/status", change, MERGE)
    until(lambda: certificate(cluster, name).serial_number != before, lambda: f"{name} is not renewed")
    cluster.wait(CERTIFICATES, [name])


def test_the_chain_is_what_the_document_says(cluster: Cluster, secret: str) -> None:
    authority, leaf = certificate(cluster, CA), certificate(cluster, LEAF)
    assert certificate(cluster, LEAF, "ca.crt") == authority == certificate(cluster, CA, "ca.crt")
    leaf.verify_directly_issued_by(authority)
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert SDK_SERVER in names.get_values_for_type(x509.DNSName)
    assert served(cluster) == leaf


def test_a_value_arrives(cluster: Cluster, secret: str) -> None:
    with timed("a changed Bitwarden secret over our certificates", 1):
        arrives(cluster, secret, "second")


def test_after_renewal_of_the_leaf(cluster: Cluster, secret: str) -> None:
    old, key = served(cluster), certificate(cluster, LEAF).public_key()
    start = time.monotonic()
    renew(cluster, LEAF)
    assert certificate(cluster, LEAF).public_key() != key
    assert served(cluster) == old
    arrives(cluster, secret, "before the restart")
    cluster.serve_certificate(LEAF, SERVER)
    assert served(cluster) == certificate(cluster, LEAF) != old
    arrives(cluster, secret, "after the restart")
    measured("leaf renewed, values arrive before and after the restart", 1, time.monotonic() - start)


def test_after_renewal_of_the_ca(cluster: Cluster, secret: str) -> None:
    """It keeps its key, so what it signed before is trusted by what it is now."""
    before, leaf = certificate(cluster, CA), served(cluster)
    start = time.monotonic()
    renew(cluster, CA)
    after = certificate(cluster, CA)
    assert after != before
    assert after.public_key() == before.public_key()
    assert served(cluster) == leaf
    arrives(cluster, secret, "under the new CA")
    measured("CA renewed, values arrive over the old leaf", 1, time.monotonic() - start)


def test_the_leaf_carries_the_mark_that_restarts_the_server(cluster: Cluster, secret: str) -> None:
    assert cluster.secrets(SERVER)[LEAF]["metadata"]["annotations"]["reloader.stakater.com/match"] == "true"
