"""Moving a repository over: its ExternalSecrets become mappings beside them, and the files follow."""
