"""The form of a BitwardenStore: exactly what `schemas/BitwardenStore.json` accepts, no meaning yet."""

from __future__ import annotations

from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import Problem
from krm_secrets.externalsecrets import duration, names
from krm_secrets.externalsecrets.api import TEXTS, Form, any_text, arrange, check_form, filled_text
from krm_secrets.plain import as_list, as_map
from krm_secrets.settings.config import STORE_KINDS
from krm_secrets.settings.config_document import read_name
from krm_secrets.shape import Metadata, Node, chosen, read_head

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Literal

    from krm_secrets.settings.config import StoreKind


VAULT_STORES = ("login", "fields", "notes", "attachments", "ssh")
REGIONS = ("us", "eu")
CA_KINDS: tuple[Literal["Secret", "ConfigMap"], ...] = ("Secret", "ConfigMap")
OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")


def _label(node: Node) -> str:
    return node.text(names.LABEL, names.LABEL_RULE, names.LONGEST_LABEL)


_CONDITION: Form = {
    "namespaces": [_label],
    "namespaceRegexes": [filled_text],
    "namespaceSelector": {
        "matchLabels": TEXTS,
        "matchExpressions": [{"key!": filled_text, "operator!": OPERATORS, "values": [any_text]}],
    },
}
_REQUIRED = ("organizationID", "projectID", "credentials")
_MANAGER = (*_REQUIRED, "region", "server", "ca", "certificates")
_COMMON = ("apiVersion", "kind", "metadata", "storeKind", "conditions", "output")

_OUTPUT_RULE = "must be the name of a YAML file beside this one, such as store.yaml"
_NO_SLASH = "must not end in a slash, since Bitwarden has nothing at an address with two of them: take it away"
_ABOUT = "must be a duration such as 2160h (90 days)"


class Place(NamedTuple):
    """A key of a Secret or ConfigMap; an empty namespace was not given."""

    name: str
    key: str
    namespace: str = ""
    kind: Literal["Secret", "ConfigMap"] = CA_KINDS[0]


class Server(NamedTuple):
    """Where the SDK server runs; an empty namespace was not given."""

    namespace: str = ""
    service: str = "bitwarden-sdk-server"
    cluster_domain: str = "cluster.local"


class Certificates(NamedTuple):
    """What is special about the certificates; empty fields were not given."""

    secret: str = "bitwarden-tls-certs"  # noqa: S105
    ca_secret: str = ""
    duration: str = "2160h0m0s"
    renew_before: str = ""
    ca_duration: str = "87600h0m0s"


class Manager(NamedTuple):
    """A project of the Secrets Manager, reached by the SDK server."""

    organization: str
    project: str
    credentials: Place
    region: str | tuple[str, str] = REGIONS[0]
    server: Server = Server()
    ca: Place | None = None
    certificates: Certificates = Certificates()


class Vault(NamedTuple):
    """Vault items of the Password Manager, reached by `bw serve`."""

    url: str
    stores: tuple[str, ...] = VAULT_STORES


class BitwardenForm(NamedTuple):
    """A whole BitwardenStore."""

    metadata: Metadata
    source: Manager | Vault
    store_kind: StoreKind = STORE_KINDS[0]
    conditions: tuple[Mapping[str, object], ...] = ()
    output: str = ""


def read_bitwarden_store(data: object, problems: list[Problem]) -> BitwardenForm:
    """Read the form; every mistake is noted in problems."""
    is_vault = isinstance(data, dict) and "vault" in data
    required = ("apiVersion", "kind", "metadata", *(("vault",) if is_vault else _REQUIRED))
    fields = Node(data, (), problems).fields((*_COMMON, *_MANAGER, "vault"), required)
    if is_vault:
        for key in _MANAGER:
            if key in fields:
                fields[key].wrong("is for the Secrets Manager, and vault for the Password Manager: write two documents")
    return BitwardenForm(
        metadata=read_head(fields, "BitwardenStore"),
        source=_vault(fields["vault"]) if is_vault else _manager(fields),
        store_kind=chosen(fields, "storeKind", STORE_KINDS),
        conditions=_conditions(fields["conditions"]) if "conditions" in fields else (),
        output=fields["output"].text(names.OUTPUT, _OUTPUT_RULE) if "output" in fields else "",
    )


def _manager(fields: Mapping[str, Node]) -> Manager:
    if "ca" in fields and "certificates" in fields:
        fields["certificates"].wrong("cannot go with ca, which names the CA of certificates that something else makes")
    return Manager(
        organization=_uuid(fields["organizationID"]) if "organizationID" in fields else "",
        project=_uuid(fields["projectID"]) if "projectID" in fields else "",
        credentials=_place(fields["credentials"], "token") if "credentials" in fields else Place("", ""),
        region=_region(fields["region"]) if "region" in fields else REGIONS[0],
        server=_server(fields["server"]) if "server" in fields else Server(),
        ca=_place(fields["ca"], "ca.crt", ("kind",)) if "ca" in fields else None,
        certificates=_certificates(fields["certificates"]) if "certificates" in fields else Certificates(),
    )


def _uuid(node: Node) -> str:
    return node.text(names.UUID, names.UUID_RULE)


def _url(node: Node) -> str:
    if isinstance(node.value, str) and node.value.endswith("/"):
        node.wrong(_NO_SLASH)
        return ""
    return node.text(names.URL, names.URL_RULE)


def _place(node: Node, key: str, more: tuple[str, ...] = ()) -> Place:
    if not isinstance(node.value, dict):
        return Place(read_name(node), key)
    fields = node.fields(("name", "key", "namespace", *more), ("name",))
    return Place(
        name=read_name(fields["name"]) if "name" in fields else "",
        key=fields["key"].text(names.KEY, names.KEY_RULE, names.LONGEST) if "key" in fields else key,
        namespace=_label(fields["namespace"]) if "namespace" in fields else "",
        kind=chosen(fields, "kind", CA_KINDS),
    )


def _region(node: Node) -> str | tuple[str, str]:
    if not isinstance(node.value, dict):
        return node.choice(REGIONS)
    fields = node.fields(("api", "identity"), ("api", "identity"))
    api, identity = (_url(fields[key]) if key in fields else "" for key in (API, IDENTITY))
    for key, message in wrong(api, identity):
        fields[key].wrong(message)
    return api, identity


def _server(node: Node) -> Server:
    fields = node.fields(("namespace", "service", "clusterDomain"))
    return Server(
        namespace=_label(fields["namespace"]) if "namespace" in fields else "",
        service=_label(fields["service"]) if "service" in fields else Server().service,
        cluster_domain=read_name(fields["clusterDomain"]) if "clusterDomain" in fields else Server().cluster_domain,
    )


def _certificates(node: Node) -> Certificates:
    fields = node.fields(("secretName", "caSecretName", "duration", "renewBefore", "caDuration"))
    default = Certificates()
    return Certificates(
        secret=read_name(fields["secretName"]) if "secretName" in fields else default.secret,
        ca_secret=read_name(fields["caSecretName"]) if "caSecretName" in fields else "",
        duration=_duration(fields["duration"]) if "duration" in fields else default.duration,
        renew_before=_duration(fields["renewBefore"]) if "renewBefore" in fields else "",
        ca_duration=_duration(fields["caDuration"]) if "caDuration" in fields else default.ca_duration,
    )


def _duration(node: Node) -> str:
    return duration.canonical(node.text(duration.DURATION, _ABOUT))


def _vault(node: Node) -> Vault:
    if not isinstance(node.value, dict):
        return Vault(_served(node))
    fields = node.fields(("url", "stores"), ("url",))
    url = _served(fields["url"]) if "url" in fields else ""
    if "stores" not in fields:
        return Vault(url)
    stores = fields["stores"]
    stores.filled("store")
    stores.distinct()
    chosen = [element.choice(VAULT_STORES) for element in stores.elements()]
    return Vault(url, tuple(store for store in VAULT_STORES if store in chosen))


def _served(node: Node) -> str:
    url = _url(node)
    if is_cloud(url):
        node.wrong("is Bitwarden's own server, which hands out no vault items: name the address of your `bw serve`")
    return url


def _conditions(node: Node) -> tuple[Mapping[str, object], ...]:
    check_form(node, [_CONDITION])
    for element in node.elements() if isinstance(node.value, list) else ():
        element.filled("rule, such as namespaces")
    return tuple(map(as_map, as_list(arrange(node.value, [_CONDITION]))))


API, IDENTITY = "api", "identity"

_REGIONS = {"com": "us", "eu": "eu"}


# Addresses of Bitwarden's own cloud: where a person looks at the vault is not where a program asks for secrets.


def wrong(api: str, identity: str) -> Iterator[tuple[str, str]]:
    """What is wrong with the two addresses of a server: which of them, and why. Other people's servers are theirs."""
    regions = set()
    for role, url in ((API, api), (IDENTITY, identity)):
        host, path = _parts(url)
        region = _region_of(host)
        if not region:
            continue
        regions.add(region)
        own, other = (API, IDENTITY) if role == API else (IDENTITY, API)
        top = host.rpartition(".")[2]
        cure = f"take https://{own}.bitwarden.{top}, or leave both to region: {region}"
        if host == f"{own}.bitwarden.{top}" and not path and url.lower().startswith("https:"):
            continue
        if host == f"vault.bitwarden.{top}" and path == own and url.lower().startswith("https:"):
            continue
        if host == f"{other}.bitwarden.{top}" or path == other:
            yield role, f"is the address of the {other} service: {cure}"
        elif host.startswith("vault."):
            yield role, f"is Bitwarden's web vault, which answers no program: {cure}"
        else:
            yield role, f"is no address of Bitwarden's {own} service: {cure}"
    if len(regions) > 1:
        yield IDENTITY, "is in another region than api, and a token is known in one region only: take both from one"


def is_cloud(url: str) -> bool:
    """Whether the address is of Bitwarden's own cloud, where no `bw serve` runs."""
    return bool(_region_of(_parts(url)[0]))


def _region_of(host: str) -> str:
    rest, _, top = host.rpartition(".")
    return _REGIONS.get(top, "") if rest == "bitwarden" or rest.endswith(".bitwarden") else ""


def _parts(url: str) -> tuple[str, str]:
    """Host and path, in lower case and without slashes at the ends."""
    host, _, path = url.partition("://")[2].lower().partition("/")
    return host.partition(":")[0], path.strip("/")
