"""The Secrets that operators fill from stores, and those that make clients, tokens and outputs."""

from __future__ import annotations

from krm_secrets.krm.resource import Resource, at
from krm_secrets.plain import as_list, as_map, as_text
from krm_secrets.secrets.makers.maker import ANYWHERE, NOWHERE, Made

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


_ITEM_PATH = "operator.1password.io/item-path"
_ITEM_NAME = "operator.1password.io/item-name"
_SERVING = tuple(f"service.{stage}.openshift.io/serving-cert-secret-name" for stage in ("beta", "alpha"))
_ON_TEMPLATE = ("spec", "template", "metadata", "annotations")


def of_vault(item: Resource) -> Iterator[Made]:
    """Without `create` the operator fills a Secret that somebody else makes, and never labels it."""
    destination = as_map(as_map(item.data.get("spec")).get("destination"))
    creates = destination.get("create") is True
    owned = creates and destination.get("overwrite") is not True
    yield Made(as_text(destination.get("name")), item.namespace, owned, cure="" if creates else NOWHERE)


def of_bitwarden(item: Resource) -> Iterator[Made]:
    """What Bitwarden's own operator fills, wholly."""
    yield Made(as_text(as_map(item.data.get("spec")).get("secretName")), item.namespace, owned=True)


def of_deployment(item: Resource) -> Iterator[Made]:
    """What 1Password's operator makes of annotations, which it reads on the template where the object has none."""
    found: Mapping[str, object] = item.annotations
    if _ITEM_PATH not in found and _ITEM_NAME not in found:
        # Most Deployments have them in neither place, and to read one as data costs more than to look there.
        if at(item.node, *_ON_TEMPLATE, _ITEM_PATH) is None:
            return
        found = as_map(as_map(as_map(as_map(item.data.get("spec")).get("template")).get("metadata")).get("annotations"))
    if found.get(_ITEM_PATH):
        yield Made(as_text(found.get(_ITEM_NAME)), item.namespace, owned=True)


def of_service(item: Resource) -> Iterator[Made]:
    """The certificate that OpenShift makes for a Service that asks for one; it leaves a Secret of another alone."""
    name = next(filter(None, map(item.annotation, _SERVING)), "")
    yield Made(name, item.namespace, owned=True, cure=NOWHERE)


def of_infisical(item: Resource) -> Iterator[Made]:
    """The Secrets of an InfisicalSecret or InfisicalDynamicSecret, which lie where they say."""
    spec = as_map(item.data.get("spec"))
    for each in map(as_map, (spec.get("managedSecretReference"), *as_list(spec.get("managedKubeSecretReferences")))):
        labelled = "metadata" in as_map(each.get("template"))
        cure = "add it to template.metadata.labels of the reference" if labelled else ""
        namespace = as_text(each.get("secretNamespace")) or item.namespace
        yield Made(as_text(each.get("secretName")), namespace, owned=True, cure=cure)


def of_infisical_static(item: Resource) -> Iterator[Made]:
    """The targets of an InfisicalStaticSecret that are Secrets."""
    for each in map(as_map, as_list(as_map(item.data.get("spec")).get("targets"))):
        if each.get("kind") == "Secret":
            cure = "add it to metadata.labels of the target" if "metadata" in each else ""
            namespace = as_text(each.get("namespace")) or item.namespace
            yield Made(as_text(each.get("name")), namespace, owned=True, cure=cure)


def of_doppler(item: Resource) -> Iterator[Made]:
    """What a DopplerSecret fills, wholly; only those beside the operator may name another namespace."""
    found = as_map(as_map(item.data.get("spec")).get("managedSecret"))
    yield Made(as_text(found.get("name")), as_text(found.get("namespace")) or item.namespace, owned=True)


def of_pocket_id(item: Resource) -> Iterator[Made]:
    """The credentials of a PocketIDOIDCClient."""
    spec = as_map(item.data.get("spec"))
    found = as_map(spec.get("secret"))
    if found.get("enabled") is not False:
        rotates = as_map(spec.get("clientSecretRotation")).get("enabled") is True
        name = as_text(found.get("name")) or f"{item.name}-oidc-credentials"
        yield Made(name, item.namespace, owned=True, renewed="schedule" if rotates else None)


def of_kanidm_client(item: Resource) -> Iterator[Made]:
    """The credentials of a KanidmOAuth2Client that is not public."""
    spec = as_map(item.data.get("spec"))
    if spec.get("public") is not True:
        rotates = as_map(spec.get("secretRotation")).get("enabled") is True
        name = f"{item.name}-kanidm-oauth2-credentials"
        yield Made(name, item.namespace, owned=True, renewed="schedule" if rotates else None)


def of_kanidm_account(item: Resource) -> Iterator[Made]:
    """The password of a KanidmServiceAccount, where it is asked for, and its tokens."""
    spec, name = as_map(item.data.get("spec")), item.name
    if spec.get("generateCredentials") is True:
        yield Made(f"{name}-kanidm-service-account-credentials", item.namespace, owned=True)
    for token in map(as_map, as_list(spec.get("apiTokens"))):
        if label := as_text(token.get("label")):
            yield Made(as_text(token.get("secretName")) or f"{name}-{label}-api-token", item.namespace, owned=True)


def of_terraform(item: Resource) -> Iterator[Made]:
    """What the outputs of a Terraform are written to."""
    spec = as_map(item.data.get("spec"))
    if spec.get("destroy") is not True:
        yield Made(as_text(as_map(spec.get("writeOutputsToSecret")).get("name")), item.namespace, owned=True)


def of_kyverno(item: Resource) -> Iterator[Made]:
    """The Secrets that rules of a Policy or ClusterPolicy generate, but for those whose names no file says.

    What is not synchronized stays as it was made.
    """
    for rule in map(as_map, as_list(as_map(item.data.get("spec")).get("rules"))):
        generate = as_map(rule.get("generate"))
        for each in (generate, *map(as_map, as_list(generate.get("foreach")))):
            name, namespace = as_text(each.get("name")), as_text(each.get("namespace")) or item.namespace
            if each.get("kind") == "Secret" and "{{" not in name:
                where = ANYWHERE if "{{" in namespace else namespace
                yield Made(name, where, plain=generate.get("synchronize") is not True)
