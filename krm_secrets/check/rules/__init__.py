"""All rules, a module for each family: a new module is imported here."""

from krm_secrets.check.rule import REGISTRY, Rule
from krm_secrets.check.rules import (
    on_argo as on_argo,
    on_builds as on_builds,
    on_chain as on_chain,
    on_documents as on_documents,
    on_fetching as on_fetching,
    on_flux as on_flux,
    on_keys as on_keys,
    on_labels as on_labels,
    on_makers as on_makers,
    on_notices as on_notices,
    on_plaintext as on_plaintext,
    on_reloader as on_reloader,
    on_restarts as on_restarts,
    on_rewrites as on_rewrites,
    on_shorthand as on_shorthand,
    on_sops as on_sops,
    on_sops_rules as on_sops_rules,
    on_spec_form as on_spec_form,
    on_stores as on_stores,
    on_suppressions as on_suppressions,
    on_templates as on_templates,
    on_types as on_types,
)

RULES: dict[str, Rule] = dict(sorted(REGISTRY.items()))
"""By their ids, in their order."""
