"""Who may use the service: people, codes, devices, tokens, proofs."""
