"""From a BitwardenStore to the stores and certificates that a person would have written."""

from __future__ import annotations

from krm_secrets.bitwarden.storeform import BitwardenForm, Manager, Place, Vault
from krm_secrets.errors import Problem, ResourceRef, clean
from krm_secrets.externalsecrets import duration, names
from krm_secrets.externalsecrets.objectmeta import check_labels
from krm_secrets.plain import filled
from krm_secrets.settings.config import SECRETS_MANAGER, StoreConfig
from krm_secrets.settings.ownmarks import CERTIFICATE, STORE_ANNOTATION
from krm_secrets.shape import Node

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krm_secrets.settings.config import Fetch


STORES_API = "external-secrets.io/v1"
CERTIFICATES_API = "cert-manager.io/v1"
NAMESPACE = "external-secrets"

_PORT = 9998  # the SDK server's chart knows no other
_URLS = {
    "us": ("https://api.bitwarden.com", "https://identity.bitwarden.com"),
    "eu": ("https://api.bitwarden.eu", "https://identity.bitwarden.eu"),
}
_ITEM = "/object/item/{{ .remoteRef.key }}"
# External Secrets escapes what it puts into a URL as for a query, where + is a space; in a path it is a plus.
_FILE = '/object/attachment/{{ .remoteRef.property | replace "+" "%20" }}'
_WEBHOOKS = {
    "login": (_ITEM, "$.data.login.{{ .remoteRef.property }}"),
    "fields": (_ITEM, "$.data.fields[?@.name=={{ .remoteRef.property | quote }}].value"),
    "notes": (_ITEM, "$.data.notes"),
    "attachments": (_FILE + "?itemid={{ .remoteRef.key }}", ""),
    "ssh": (_ITEM, "$.data.sshKey.{{ .remoteRef.property }}"),
}
_HOMES = {
    "username": "login", "password": "login", "notes": "notes",
    "privateKey": "ssh", "publicKey": "ssh", "keyFingerprint": "ssh",
}  # fmt: skip
_HOUR = duration.nanoseconds("1h")

Object = dict[str, object]


def store_id(form: BitwardenForm) -> str:
    """What the mark on the objects of this document says."""
    namespace, name = form.metadata.namespace, form.metadata.name
    return f"{namespace}/{name}" if namespace else name


def stores(form: BitwardenForm) -> dict[tuple[str, str], StoreConfig]:
    """The stores of this document by name and namespace, and how they serve their items."""
    name, kind = form.metadata.name, form.store_kind
    namespace = form.metadata.namespace if kind == "SecretStore" else ""
    if isinstance(form.source, Manager):
        return {(name, namespace): StoreConfig("value", kind, provider=SECRETS_MANAGER)}
    made = form.source.stores
    route = {field: f"{name}-{home}" for field, home in _HOMES.items() if home in made}
    # Notes are one value whatever is asked for.
    fetches: dict[str, Fetch] = {store: "value" if store == "notes" else "property" for store in made}
    return {(f"{name}-{store}", namespace): StoreConfig(fetches[store], kind, route) for store in made}


def expand_store(form: BitwardenForm, problems: list[Problem]) -> list[Object]:
    """The objects of a document whose form is right; none when its parts do not fit together."""
    before = len(problems)
    _check(form, problems)
    if len(problems) > before:
        return []
    if isinstance(form.source, Vault):
        return [_webhook(form, form.source, store) for store in form.source.stores]
    certificates = [] if form.source.ca else list(_certificates(form, form.source))
    return [*certificates, _store(form, form.metadata.name, {"bitwardensecretsmanager": _provider(form, form.source)})]


def authority_secret(manager: Manager) -> str:
    """The Secret of the CA that signs the SDK server's certificate."""
    return manager.certificates.ca_secret or f"{manager.server.service}-ca"


# What must hold between the fields.


def _check(form: BitwardenForm, problems: list[Problem]) -> None:
    root = Node(None, (), problems)
    name = root.at("metadata", None).at("name", form.metadata.name)
    name.text(names.NAME, names.NAME_RULE, names.LONGEST - len("-attachments"))
    namespace = root.at("metadata", None).at("namespace", form.metadata.namespace)
    check_labels(root.at("metadata", None).at("labels", None), form.metadata.labels)
    if form.metadata.namespace:
        namespace.text(names.LABEL, names.LABEL_RULE, names.LONGEST_LABEL)
    if form.store_kind == "SecretStore":
        _check_namespaced(form, root)
    if isinstance(form.source, Manager) and not form.source.ca:
        _check_certificates(form.source, root.at("certificates", None))


def _check_namespaced(form: BitwardenForm, root: Node) -> None:
    """A SecretStore reads what it needs in its own namespace only."""
    own = form.metadata.namespace
    if form.conditions:
        root.at("conditions", None).wrong("are for a ClusterSecretStore: a SecretStore serves its own namespace only")
    if not own:
        root.at("metadata", None).at("namespace", None).wrong("is required with storeKind: SecretStore")
    if not isinstance(form.source, Manager) or not own:
        return
    manager = form.source
    for field, place in (("credentials", manager.credentials), ("ca", manager.ca)):
        if place and place.namespace not in ("", own):
            root.at(field, None).at("namespace", None).wrong(
                f'a SecretStore reads its {field} in its own namespace only: have them in "{clean(own)}" and leave this'
                " out, or make a ClusterSecretStore"
            )
    where = manager.server.namespace
    if not where:
        root.at("server", None).at("namespace", None).wrong(
            "is required with storeKind: SecretStore: say in which namespace the SDK server runs"
        )
    elif where != own and not manager.ca:
        root.at("ca", None).wrong(
            f'is required, since a SecretStore reads the CA in its own namespace, "{clean(own)}", and the SDK server'
            f' has it in "{clean(where)}": copy it and name the copy here, or make a ClusterSecretStore'
        )


def _check_certificates(manager: Manager, node: Node) -> None:
    own = manager.certificates
    if own.secret == authority_secret(manager):
        node.at("secretName", None).wrong("is the Secret of the CA too; give one of them another name")
    # None: a variable, which nobody knows yet.
    long, ca_long, early = (
        None if text.startswith("$") else duration.nanoseconds(text)
        for text in (own.duration, own.ca_duration, own.renew_before or own.duration)
    )
    if long is not None and long < _HOUR:
        node.at("duration", None).wrong("must be at least 1h")
    if ca_long is not None and ca_long <= (long or _HOUR):
        node.at("caDuration", None).wrong("must be longer than duration, since a CA must outlive what it signs")
    if own.renew_before and early is not None and not _HOUR // 12 <= early < (long or early + 1):
        node.at("renewBefore", None).wrong("must be at least 5m, and shorter than duration")


# The objects.


def _namespace(form: BitwardenForm, manager: Manager) -> str:
    """Where the SDK server and its certificates are."""
    return manager.server.namespace or form.metadata.namespace or NAMESPACE


def _object(form: BitwardenForm, api: str, kind: str, name: str, namespace: str, spec: Object) -> Object:
    marks = {STORE_ANNOTATION: store_id(form)}
    metadata: Object = {
        "name": name,
        "namespace": namespace,
        "labels": dict(form.metadata.labels),
        "annotations": marks,
    }
    return {"apiVersion": api, "kind": kind, "metadata": filled(metadata), "spec": spec}


def _certificates(form: BitwardenForm, manager: Manager) -> Iterator[Object]:
    service, own, namespace = manager.server.service, manager.certificates, _namespace(form, manager)
    self_signed, authority, secret = f"{service}-selfsigned", f"{service}-ca", authority_secret(manager)

    def issuer(name: str, spec: Object) -> Object:
        return _object(form, CERTIFICATES_API, "Issuer", name, namespace, spec)

    def certificate(name: str, spec: Object, signed_by: str) -> Object:
        spec["issuerRef"] = {"kind": "Issuer", "name": signed_by}
        return _object(form, CERTIFICATES_API, CERTIFICATE, name, namespace, spec)

    yield issuer(self_signed, {"selfSigned": {}})
    yield certificate(authority, _authority(own.ca_duration, secret), self_signed)
    yield issuer(authority, {"ca": {"secretName": secret}})
    yield certificate(own.secret, _leaf(manager, namespace), authority)


def _authority(long: str, secret: str) -> Object:
    return {
        "secretName": secret,
        "isCA": True,
        "commonName": "bitwarden-sdk-server-ca",  # a fixed one, since 64 characters are the most
        "duration": long,
        # With a new key at each renewal, the certificate signed before would no longer be trusted.
        "privateKey": {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Never"},
    }


def _leaf(manager: Manager, namespace: str) -> Object:
    own, host = manager.certificates, f"{manager.server.service}.{namespace}"
    return filled(
        {
            "secretName": own.secret,
            # The server reads its certificate once: Reloader restarts those that search for this mark.
            "secretTemplate": {"annotations": {"reloader.stakater.com/match": "true"}},
            "duration": own.duration,
            "renewBefore": own.renew_before,
            "dnsNames": [f"{host}.svc.{manager.server.cluster_domain}", f"{host}.svc", host, "localhost"],
            "ipAddresses": ["127.0.0.1", "::1"],
            "privateKey": {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always"},
        }
    )


def _store(form: BitwardenForm, name: str, provider: Object) -> Object:
    namespaced = form.store_kind == "SecretStore"
    spec = filled({"conditions": list(form.conditions), "provider": provider})
    return _object(form, STORES_API, form.store_kind, name, form.metadata.namespace if namespaced else "", spec)


def _provider(form: BitwardenForm, manager: Manager) -> Object:
    namespace = _namespace(form, manager)
    api, identity = _URLS[manager.region] if isinstance(manager.region, str) else manager.region
    ca = manager.ca or Place(authority_secret(manager), "ca.crt")
    host = f"{manager.server.service}.{namespace}.svc.{manager.server.cluster_domain}"
    # A cluster store without a namespace here would look in that of each ExternalSecret; a SecretStore must have none.
    shared = form.store_kind != "SecretStore"

    def place(of: Place) -> Object:
        where = {"namespace": of.namespace or namespace} if shared else {}
        return {"name": of.name, **where, "key": of.key}

    return {
        "apiURL": api,
        "identityURL": identity,
        "bitwardenServerSDKURL": f"https://{host}:{_PORT}",
        "organizationID": manager.organization,
        "projectID": manager.project,
        "caProvider": {"type": ca.kind, **place(ca)},
        "auth": {"secretRef": {"credentials": place(manager.credentials)}},
    }


def _webhook(form: BitwardenForm, vault: Vault, store: str) -> Object:
    path, result = _WEBHOOKS[store]
    webhook: Object = {
        "url": vault.url + path,
        "headers": {"Content-Type": "application/json"},
        "result": {"jsonPath": result} if result else {},
    }
    return _store(form, f"{form.metadata.name}-{store}", {"webhook": webhook})


def clash(form: BitwardenForm, ref: ResourceRef, other: str) -> Problem:
    """What to tell when an object of this document is made by somebody else too."""
    if ref.api_version != CERTIFICATES_API or not isinstance(form.source, Manager):
        return Problem((), f"makes {ref}, and so does {other}; rename or delete one of them")
    return Problem(
        (),
        f"makes certificates for the SDK server, and so does {other}; to leave them to it, name the Secret of its CA"
        f" here, as in `ca: {clean(authority_secret(form.source))}`",
    )
