SOPS_KIND = "SopsSecret"
"""What an operator decrypts in the cluster, and makes Secrets of."""
