"""All rules, a module for each family: a new module is imported here."""

from krm_secrets.check.rule import REGISTRY, Rule
from krm_secrets.check.rules import on_argo as on_argo
from krm_secrets.check.rules import on_builds as on_builds
from krm_secrets.check.rules import on_chain as on_chain
from krm_secrets.check.rules import on_documents as on_documents
from krm_secrets.check.rules import on_fetching as on_fetching
from krm_secrets.check.rules import on_flux as on_flux
from krm_secrets.check.rules import on_keys as on_keys
from krm_secrets.check.rules import on_labels as on_labels
from krm_secrets.check.rules import on_makers as on_makers
from krm_secrets.check.rules import on_notices as on_notices
from krm_secrets.check.rules import on_plaintext as on_plaintext
from krm_secrets.check.rules import on_reloader as on_reloader
from krm_secrets.check.rules import on_restarts as on_restarts
from krm_secrets.check.rules import on_rewrites as on_rewrites
from krm_secrets.check.rules import on_sops as on_sops
from krm_secrets.check.rules import on_sops_rules as on_sops_rules
from krm_secrets.check.rules import on_spec_form as on_spec_form
from krm_secrets.check.rules import on_stores as on_stores
from krm_secrets.check.rules import on_suppressions as on_suppressions
from krm_secrets.check.rules import on_templates as on_templates
from krm_secrets.check.rules import on_types as on_types

RULES: dict[str, Rule] = dict(sorted(REGISTRY.items()))
"""By their ids, in their order."""
