"""BitwardenStores: what they become, whether the cluster would take it, and what is said about mistakes."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings

from krm_secrets.bitwarden.storeform import BitwardenForm, read_bitwarden_store
from krm_secrets.bitwarden.stores import clash, expand_store, store_id, stores
from krm_secrets.errors import Problem, ResourceRef
from krm_secrets.settings.config import Config, StoreConfig, StoreRef

from .storedocuments import FITTING, STORES, strict
from .support import ROOT, UUIDS, config, load, run, said, substituted

MANAGER = f"""
organizationID: {UUIDS[0]}
projectID: {UUIDS[1]}
credentials: bitwarden-access-token
"""
VAULT = "vault: http://bitwarden-cli:8087"
NAMED = "{name: bitwarden, namespace: home}"


def document(text: str, metadata: str = "{name: bitwarden}") -> dict[str, Any]:
    head = {"apiVersion": "krm-secrets.dev/v1alpha1", "kind": "BitwardenStore", "metadata": load(metadata)}
    return {**head, **(load(text) or {})}


def form(text: str, metadata: str = "{name: bitwarden}") -> BitwardenForm:
    problems: list[Problem] = []
    result = read_bitwarden_store(document(text, metadata), problems)
    assert said(problems) == []
    return result


def expanded(text: str, metadata: str = "{name: bitwarden}") -> dict[tuple[str, str], dict[str, Any]]:
    """The objects by kind and name, without any complaint."""
    problems: list[Problem] = []
    objects: list[Any] = expand_store(form(text, metadata), problems)
    assert said(problems) == []
    return {(found["kind"], found["metadata"]["name"]): found for found in objects}


def messages(text: str, metadata: str = "{name: bitwarden}") -> list[str]:
    problems: list[Problem] = []
    read = read_bitwarden_store(document(text, metadata), problems)
    if not problems:
        assert expand_store(read, problems) == []
    return said(problems)


def manager(found: dict[tuple[str, str], dict[str, Any]], kind: str = "ClusterSecretStore") -> dict[str, Any]:
    result: dict[str, Any] = found[(kind, "bitwarden")]["spec"]["provider"]["bitwardensecretsmanager"]
    return result


# What it becomes.


def test_the_page_shows_what_a_document_becomes() -> None:
    """The first two blocks of the page are the example and its objects."""
    blocks = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/reference/bitwardenstore.md").read_text(), re.DOTALL)
    problems: list[Problem] = []
    objects = expand_store(read_bitwarden_store(yaml.safe_load(blocks[0]), problems), problems)
    assert said(problems) == []
    assert objects == list(yaml.safe_load_all(blocks[1]))
    assert [list(found) for found in objects] == [list(found) for found in yaml.safe_load_all(blocks[1])]


def test_every_document_on_the_page_is_right() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/reference/bitwardenstore.md").read_text(), re.DOTALL)
    documents = [
        found for found in map(list, map(yaml.safe_load_all, blocks)) if found[0].get("kind") == "BitwardenStore"
    ]
    assert len(documents) == 3
    for (found,) in documents:
        problems: list[Problem] = []
        assert expand_store(read_bitwarden_store(found, problems), problems)
        assert said(problems) == []


def test_every_name_follows_namespace_service_and_domain() -> None:
    found = expanded(f"{MANAGER}server: {{namespace: eso, service: sdk, clusterDomain: k8s.example.org}}")
    assert list(found) == [
        ("Issuer", "sdk-selfsigned"),
        ("Certificate", "sdk-ca"),
        ("Issuer", "sdk-ca"),
        ("Certificate", "bitwarden-tls-certs"),
        ("ClusterSecretStore", "bitwarden"),
    ]
    assert {key: found[key]["metadata"].get("namespace") for key in found if key[0] != "ClusterSecretStore"} == {
        key: "eso" for key in found if key[0] != "ClusterSecretStore"
    }
    assert "namespace" not in found[("ClusterSecretStore", "bitwarden")]["metadata"]
    assert found[("Certificate", "bitwarden-tls-certs")]["spec"]["dnsNames"] == [
        "sdk.eso.svc.k8s.example.org",
        "sdk.eso.svc",
        "sdk.eso",
        "localhost",
    ]
    provider = manager(found)
    assert provider["bitwardenServerSDKURL"] == "https://sdk.eso.svc.k8s.example.org:9998"
    assert provider["caProvider"] == {"type": "Secret", "name": "sdk-ca", "namespace": "eso", "key": "ca.crt"}
    assert provider["auth"]["secretRef"]["credentials"] == {
        "name": "bitwarden-access-token",
        "namespace": "eso",
        "key": "token",
    }


def test_the_documents_namespace_is_the_servers_unless_it_says_other() -> None:
    assert "sdk-server.home.svc" in manager(expanded(MANAGER, NAMED))["bitwardenServerSDKURL"]
    assert (
        "sdk-server.eso.svc"
        in manager(expanded(f"{MANAGER}server: {{namespace: eso}}", NAMED))["bitwardenServerSDKURL"]
    )


def test_the_ca_keeps_its_key_and_the_server_does_not() -> None:
    found = expanded(MANAGER)
    ca = found[("Certificate", "bitwarden-sdk-server-ca")]["spec"]
    leaf = found[("Certificate", "bitwarden-tls-certs")]["spec"]
    assert (ca["privateKey"]["rotationPolicy"], leaf["privateKey"]["rotationPolicy"]) == ("Never", "Always")
    assert (ca["isCA"], "isCA" in leaf) == (True, False)
    assert found[("Issuer", ca["issuerRef"]["name"])]["spec"] == {"selfSigned": {}}
    assert found[("Issuer", leaf["issuerRef"]["name"])]["spec"] == {"ca": {"secretName": ca["secretName"]}}
    assert "renewBefore" not in leaf


def test_certificates_as_the_user_wants_them() -> None:
    own = "{secretName: tls, caSecretName: ca, duration: 48h, renewBefore: 1h, caDuration: 1000h}"
    found = expanded(f"{MANAGER}certificates: {own}")
    leaf = found[("Certificate", "tls")]["spec"]
    assert (leaf["secretName"], leaf["duration"], leaf["renewBefore"]) == ("tls", "48h0m0s", "1h0m0s")
    assert found[("Certificate", "bitwarden-sdk-server-ca")]["spec"]["duration"] == "1000h0m0s"
    assert manager(found)["caProvider"]["name"] == "ca"


def test_durations_that_flux_fills_in_stay() -> None:
    found = expanded(f"{MANAGER}certificates: {{duration: '${{D}}', renewBefore: '${{R}}', caDuration: '${{C}}'}}")
    assert found[("Certificate", "bitwarden-tls-certs")]["spec"]["renewBefore"] == "${R}"


@pytest.mark.parametrize(
    ("region", "api", "identity"),
    [
        ("us", "https://api.bitwarden.com", "https://identity.bitwarden.com"),
        ("eu", "https://api.bitwarden.eu", "https://identity.bitwarden.eu"),
        *(
            (f"{{api: {api}, identity: {identity}}}", api, identity)
            for api, identity in (
                ("https://api.bitwarden.eu", "https://identity.bitwarden.eu"),
                ("https://vault.bitwarden.com/api", "https://vault.bitwarden.com/identity"),
                ("https://vault.example.org/api", "https://vault.example.org/identity"),
                ("https://vault.bitwarden.example.org", "https://notbitwarden.com"),
            )
        ),
        ("{api: https://x.org/api, identity: https://x.org/identity}", "https://x.org/api", "https://x.org/identity"),
    ],
)
def test_regions(region: str, api: str, identity: str) -> None:
    provider = manager(expanded(f"{MANAGER}region: {region}"))
    assert (provider["apiURL"], provider["identityURL"]) == (api, identity)


def test_a_ca_of_somebody_else_makes_no_certificates() -> None:
    found = expanded(f"{MANAGER}ca: {{kind: ConfigMap, name: bundle, key: all.pem, namespace: trust}}")
    assert list(found) == [("ClusterSecretStore", "bitwarden")]
    assert manager(found)["caProvider"] == {
        "type": "ConfigMap",
        "name": "bundle",
        "namespace": "trust",
        "key": "all.pem",
    }


def test_a_secret_store_names_no_namespace_of_what_it_reads() -> None:
    found = expanded(f"{MANAGER}storeKind: SecretStore\nserver: {{namespace: eso}}\nca: bundle", NAMED)
    assert list(found) == [("SecretStore", "bitwarden")]
    assert found[("SecretStore", "bitwarden")]["metadata"]["namespace"] == "home"
    provider = manager(found, "SecretStore")
    assert "sdk-server.eso.svc" in provider["bitwardenServerSDKURL"]
    assert provider["caProvider"] == {"type": "Secret", "name": "bundle", "key": "ca.crt"}
    assert provider["auth"]["secretRef"]["credentials"] == {"name": "bitwarden-access-token", "key": "token"}


def test_conditions_and_labels_are_passed_on() -> None:
    conditions = """
conditions:
  - namespaces: [home]
    namespaceRegexes: ["^x-"]
    namespaceSelector:
      matchLabels: {a: b}
      matchExpressions: [{key: c, operator: In, values: [d]}]
"""
    found = expanded(MANAGER + conditions, "{name: bitwarden, labels: {team: infra}}")
    assert found[("ClusterSecretStore", "bitwarden")]["spec"]["conditions"] == load(conditions)["conditions"]
    assert [each["metadata"]["labels"] for each in found.values()] == [{"team": "infra"}] * 5


def test_a_vault_becomes_one_store_for_each_sort_of_field() -> None:
    found = expanded(VAULT)
    webhooks = {name: each["spec"]["provider"]["webhook"] for (_, name), each in found.items()}
    item = "http://bitwarden-cli:8087/object/item/{{ .remoteRef.key }}"
    assert {name: (webhook["url"], webhook["result"]) for name, webhook in webhooks.items()} == {
        "bitwarden-login": (item, {"jsonPath": "$.data.login.{{ .remoteRef.property }}"}),
        "bitwarden-fields": (item, {"jsonPath": "$.data.fields[?@.name=={{ .remoteRef.property | quote }}].value"}),
        "bitwarden-notes": (item, {"jsonPath": "$.data.notes"}),
        "bitwarden-attachments": (
            'http://bitwarden-cli:8087/object/attachment/{{ .remoteRef.property | replace "+" "%20" }}'
            "?itemid={{ .remoteRef.key }}",
            {},
        ),
        "bitwarden-ssh": (item, {"jsonPath": "$.data.sshKey.{{ .remoteRef.property }}"}),
    }


def test_the_stores_of_a_vault_come_in_one_order() -> None:
    found = expanded("vault: {url: 'http://bw', stores: [notes, login]}\nstoreKind: SecretStore", NAMED)
    assert list(found) == [("SecretStore", "bitwarden-login"), ("SecretStore", "bitwarden-notes")]


def test_the_mark_names_the_document() -> None:
    assert store_id(form(VAULT, NAMED)) == "home/bitwarden"
    assert {each["metadata"]["annotations"]["krm-secrets.dev/store"] for each in expanded(VAULT, NAMED).values()} == {
        "home/bitwarden"
    }


# Whether the cluster takes it.


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(FITTING)
def test_the_definitions_of_the_cluster_accept_every_object(given: Any) -> None:
    problems: list[Problem] = []
    objects: list[Any] = expand_store(read_bitwarden_store(given, problems), problems)
    assert said(problems) == []
    assert objects
    for found in objects:
        strict(found["kind"], found["apiVersion"]).validate(substituted(found))


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STORES)
def test_whatever_is_not_refused_is_accepted_too(given: Any) -> None:
    problems: list[Problem] = []
    objects: list[Any] = expand_store(read_bitwarden_store(given, problems), problems)
    assert bool(objects) is not bool(problems)
    for found in objects:
        strict(found["kind"], found["apiVersion"]).validate(substituted(found))


def test_the_strict_definitions_refuse_what_nobody_knows() -> None:
    found = expanded(MANAGER)[("ClusterSecretStore", "bitwarden")]
    assert strict("ClusterSecretStore", "external-secrets.io/v1").is_valid(found)
    manager({("ClusterSecretStore", "bitwarden"): found})["project"] = "x"
    assert not strict("ClusterSecretStore", "external-secrets.io/v1").is_valid(found)


# What is said.

_PLACES = 'in its own namespace only: have them in "home" and leave this out, or make a ClusterSecretStore'
_BOTH = "is for the Secrets Manager, and vault for the Password Manager: write two documents"
_SLASH = "must not end in a slash, since Bitwarden has nothing at an address with two of them: take it away"
_UUID = "must be a UUID: 32 hexadecimal digits in groups of 8, 4, 4, 4 and 12"
MISTAKES = {
    "nothing at all": (
        "",
        ["organizationID: is required", "projectID: is required", "credentials: is required"],
    ),
    "a misspelt field": (
        f"{MANAGER}regoin: eu",
        ['regoin: unknown field; did you mean "region"?'],
    ),
    "an id that was left to fill in": (MANAGER.replace(UUIDS[0], "PLACEHOLDER_id"), [f"organizationID: {_UUID}"]),
    "a name for an id": (MANAGER.replace(UUIDS[1], "my-project"), [f"projectID: {_UUID}"]),
    "a region that is none": (
        f"{MANAGER}region: us1",
        ["region: must be one of us, eu"],
    ),
    "half a region": (f"{MANAGER}region: {{api: 'https://x'}}", ["region.identity: is required"]),
    "a slash at the end of an address": (
        f"{MANAGER}region: {{api: 'https://x/api/', identity: 'https://x'}}",
        [f"region.api: {_SLASH}"],
    ),
    "the web vault": (
        f"{MANAGER}region: {{api: 'https://vault.bitwarden.com', identity: 'https://Vault.Bitwarden.eu/#/login'}}",
        [
            "region.identity: must be a URL: http:// or https://, a host and perhaps a path, no query",
            "region.api: is Bitwarden's web vault, which answers no program: take https://api.bitwarden.com, or leave"
            " both to region: us",
        ],
    ),
    "the web vault of the other region": (
        f"{MANAGER}region: {{api: 'https://x.org/api', identity: 'https://vault.bitwarden.eu'}}",
        [
            "region.identity: is Bitwarden's web vault, which answers no program: take https://identity.bitwarden.eu,"
            " or leave both to region: eu"
        ],
    ),
    "two addresses the wrong way round": (
        f"{MANAGER}region: {{api: 'https://identity.bitwarden.eu', identity: 'https://vault.bitwarden.eu/api'}}",
        [
            "region.api: is the address of the identity service: take https://api.bitwarden.eu, or leave both to"
            " region: eu",
            "region.identity: is the address of the api service: take https://identity.bitwarden.eu, or leave both to"
            " region: eu",
        ],
    ),
    "a page of Bitwarden's, and two regions": (
        f"{MANAGER}region: {{api: 'https://bitwarden.com', identity: 'https://identity.bitwarden.eu'}}",
        [
            "region.api: is no address of Bitwarden's api service: take https://api.bitwarden.com, or leave both to"
            " region: us",
            "region.identity: is in another region than api, and a token is known in one region only: take both from"
            " one",
        ],
    ),
    "an address without encryption": (
        f"{MANAGER}region: {{api: 'http://api.bitwarden.com', identity: 'https://identity.bitwarden.com'}}",
        [
            "region.api: is no address of Bitwarden's api service: take https://api.bitwarden.com, or leave both to"
            " region: us"
        ],
    ),
    "a vault that no bw serve is": (
        VAULT.replace(VAULT.split("vault:")[1].split("\n")[0], " https://vault.bitwarden.eu"),
        ["vault: is Bitwarden's own server, which hands out no vault items: name the address of your `bw serve`"],
    ),
    "an address without its scheme": (
        f"{MANAGER}region: {{api: x.org/api, identity: 'https://x'}}",
        ["region.api: must be a URL: http:// or https://, a host and perhaps a path, no query"],
    ),
    "a namespace that is none": (
        f"{MANAGER}server: {{namespace: a.b}}",
        ["server.namespace: must be a lower-case name: letters a-z, digits and -, with a letter or digit at both ends"],
    ),
    "a ca beside certificates": (
        f"{MANAGER}ca: x\ncertificates: {{}}",
        ["certificates: cannot go with ca, which names the CA of certificates that something else makes"],
    ),
    "a duration in days": (
        f"{MANAGER}certificates: {{duration: 90d}}",
        ["certificates.duration: must be a duration such as 2160h (90 days)"],
    ),
    "certificates too short": (
        f"{MANAGER}certificates: {{duration: 30m, renewBefore: 1m, caDuration: 30m}}",
        [
            "certificates.duration: must be at least 1h",
            "certificates.caDuration: must be longer than duration, since a CA must outlive what it signs",
            "certificates.renewBefore: must be at least 5m, and shorter than duration",
        ],
    ),
    "one Secret for both": (
        f"{MANAGER}certificates: {{caSecretName: bitwarden-tls-certs}}",
        ["certificates.secretName: is the Secret of the CA too; give one of them another name"],
    ),
    "an empty condition": (
        f"{MANAGER}conditions: [{{}}]",
        ["conditions[0]: must hold at least one rule, such as namespaces"],
    ),
    "an operator that is none": (
        f"{MANAGER}conditions: [{{namespaceSelector: {{matchExpressions: [{{key: a, operator: NotInn}}]}}}}]",
        [
            "conditions[0].namespaceSelector.matchExpressions[0].operator: must be one of In, NotIn, Exists,"
            ' DoesNotExist; did you mean "NotIn"?'
        ],
    ),
    "half an expression": (
        f"{MANAGER}conditions: [{{namespaceSelector: {{matchExpressions: [{{}}]}}}}]",
        [
            "conditions[0].namespaceSelector.matchExpressions[0].key: is required",
            "conditions[0].namespaceSelector.matchExpressions[0].operator: is required",
        ],
    ),
    "credentials without a name": (f"{MANAGER}ca: {{key: x}}", ["ca.name: is required"]),
    "both forms": (f"{VAULT}\nprojectID: {UUIDS[0]}\nregion: eu", [f"projectID: {_BOTH}", f"region: {_BOTH}"]),
    "a vault at a slash": ("vault: http://bw/", [f"vault: {_SLASH}"]),
    "a vault without an address": ("vault: {stores: [login]}", ["vault.url: is required"]),
    "a store that is none": (
        "vault: {url: 'http://bw', stores: [note, notes, notes]}",
        [
            'vault.stores[2]: "notes" is listed twice',
            'vault.stores[0]: must be one of login, fields, notes, attachments, ssh; did you mean "notes"?',
        ],
    ),
    "no store": ("vault: {url: 'http://bw', stores: []}", ["vault.stores: must hold at least one store"]),
    "a file elsewhere": (
        f"{VAULT}\noutput: ../x.yaml",
        ["output: must be the name of a YAML file beside this one, such as store.yaml"],
    ),
    "a SecretStore without namespaces": (
        f"{MANAGER}storeKind: SecretStore",
        ["metadata.namespace: is required with storeKind: SecretStore"],
    ),
    "vault stores without a namespace": (
        f"{VAULT}\nstoreKind: SecretStore",
        ["metadata.namespace: is required with storeKind: SecretStore"],
    ),
}
NAMESPACED = {
    "a SecretStore without a server": (
        f"{MANAGER}storeKind: SecretStore",
        ["server.namespace: is required with storeKind: SecretStore: say in which namespace the SDK server runs"],
    ),
    "a SecretStore far from the server": (
        f"{MANAGER}storeKind: SecretStore\nserver: {{namespace: eso}}",
        [
            'ca: is required, since a SecretStore reads the CA in its own namespace, "home", and the SDK server has it'
            ' in "eso": copy it and name the copy here, or make a ClusterSecretStore'
        ],
    ),
    "what a SecretStore cannot read": (
        MANAGER.replace("bitwarden-access-token", "{name: t, namespace: eso}")
        + "storeKind: SecretStore\nserver: {namespace: eso}\nca: {name: x, namespace: eso}\n",
        [
            f"credentials.namespace: a SecretStore reads its credentials {_PLACES}",
            f"ca.namespace: a SecretStore reads its ca {_PLACES}",
        ],
    ),
    "a SecretStore with conditions": (
        f"{VAULT}\nstoreKind: SecretStore\nconditions: [{{namespaces: [home]}}]",
        ["conditions: are for a ClusterSecretStore: a SecretStore serves its own namespace only"],
    ),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_mistakes(case: str) -> None:
    text, expected = MISTAKES[case]
    assert messages(text) == expected


@pytest.mark.parametrize("case", NAMESPACED)
def test_mistakes_with_namespaces(case: str) -> None:
    text, expected = NAMESPACED[case]
    assert messages(text, NAMED) == expected


def test_the_names_must_be_names() -> None:
    assert messages(VAULT, "{name: Bitwarden, namespace: a.b}") == [
        "metadata.name: must be a lower-case name: letters a-z, digits, - and ., with a letter or digit at both ends of"
        " each part",
        "metadata.namespace: must be a lower-case name: letters a-z, digits and -, with a letter or digit at both ends",
    ]


def test_two_documents_for_one_server() -> None:
    issuer = ResourceRef("cert-manager.io/v1", "Issuer", "x", "eso")
    store = ResourceRef("external-secrets.io/v1", "ClusterSecretStore", "bitwarden")
    assert clash(form(MANAGER), issuer, "BitwardenStore a").message == (
        "makes certificates for the SDK server, and so does BitwardenStore a; to leave them to it, name the Secret of"
        " its CA here, as in `ca: bitwarden-sdk-server-ca`"
    )
    assert clash(form(MANAGER), store, "BitwardenStore a").message == (
        "makes ClusterSecretStore bitwarden, and so does BitwardenStore a; rename or delete one of them"
    )


# What mappings know of the stores.


def known(text: str, config_text: str) -> Config:
    return config(config_text).knowing({name: store for (name, _), store in stores(form(text)).items()})


def test_a_mapping_fetches_one_value_from_the_secrets_manager() -> None:
    (found,), problems = run("a: {from: {app: x}, data: {A: .app, B: .app.token}}", known(MANAGER, "store: bitwarden"))
    assert problems == []
    assert found["spec"]["data"] == [{"secretKey": "app", "remoteRef": {"key": "x"}}]
    assert found["spec"]["target"]["template"]["data"]["B"] == "{{ (.app | mustFromJson).token }}"


def test_a_mapping_finds_the_store_of_each_field_in_a_vault() -> None:
    secret = "a: {from: x, data: {U: .username, K: .api-key, N: .notes, S: .privateKey}}"
    (found,), problems = run(secret, known(VAULT, "store: bitwarden-fields"))
    assert problems == []
    assert {
        entry["remoteRef"].get("property", "all of it"): entry.get("sourceRef", {})
        .get("storeRef", {})
        .get("name", "the default")
        for entry in found["spec"]["data"]
    } == {
        "username": "bitwarden-login",
        "api-key": "the default",
        "all of it": "bitwarden-notes",
        "privateKey": "bitwarden-ssh",
    }


@pytest.mark.parametrize(
    "secret",
    [
        "{from: x, data: {N: .notes}}",
        "{from: {a: x}, data: {N: .a.notes}}",
        "{from: bitwarden-notes:x, data: {N: .notes}}",
        "{from: {a: bitwarden-notes:x}, data: {N: .a}}",
        "{from: {a: bitwarden-notes:x}, data: {N: .a.notes}}",
        "{from: {N: bitwarden-notes:x}}",
        "{from: {N: 'bitwarden-notes:x#notes'}}",
    ],
)
def test_notes_are_fetched_without_a_property(secret: str) -> None:
    (found,), problems = run(f"a: {secret}", known(VAULT, "store: bitwarden-fields"))
    assert problems == []
    assert found["spec"]["secretStoreRef"] == {"kind": "ClusterSecretStore", "name": "bitwarden-notes"}
    assert found["spec"]["data"] == [{"secretKey": "N", "remoteRef": {"key": "x"}}]


def test_a_field_in_notes_that_are_json() -> None:
    (found,), problems = run(
        "a: {from: {a: x}, data: {N: '{{ .a.notes.user }}'}}", known(VAULT, "store: bitwarden-fields")
    )
    assert problems == []
    assert found["spec"]["target"]["template"]["data"] == {"N": "{{ (.a | mustFromJson).user }}"}


@pytest.mark.parametrize(
    ("config_text", "secret"),
    [
        ("store: bitwarden-fields\nroute: {username: bitwarden-fields}", "a: {from: x, data: {U: .username}}"),
        (
            "store: bitwarden-fields\nstores: {bitwarden-fields: {fetch: property}}",
            "a: {from: x, data: {U: .username}}",
        ),
        ("", "a: {from: x, store: bitwarden-fields, data: {U: .username}}"),
        ("store: bitwarden-login", "a: {from: bitwarden-fields:x, data: {U: .username}}"),
    ],
)
def test_what_the_user_says_wins(config_text: str, secret: str) -> None:
    (found,), problems = run(secret, known(VAULT, config_text))
    assert problems == []
    assert found["spec"]["secretStoreRef"]["name"] == "bitwarden-fields"
    assert found["spec"]["data"] == [{"secretKey": "U", "remoteRef": {"key": "x", "property": "username"}}]


def test_another_default_store_is_not_routed() -> None:
    (found,), problems = run("a: {from: x, data: {U: .username}}", known(VAULT, "store: onepassword"))
    assert problems == []
    assert found["spec"]["dataFrom"] == [{"extract": {"key": "x"}}]


def test_the_kind_of_the_default_store_is_known() -> None:
    made = {"bw": StoreConfig("value", "SecretStore")}
    assert config("store: bw").knowing(made).store == StoreRef("bw", "SecretStore")
    assert config("store: bw\nstores: {bw: {fetch: value}}").knowing(made).store == StoreRef("bw")
    assert config("").knowing(made).store is None
