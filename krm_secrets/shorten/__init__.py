"""The way back: ExternalSecrets to shorthand, and a SecretsConfig learnt from them. Pure data to data.

`fetched` reads what an ExternalSecret fetches, `meaning` what it means; `candidates` proposes entries of a
SecretMapping, `proof` takes the first that expands to the same meaning; `learning` finds the SecretsConfig.
"""
