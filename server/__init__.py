"""The server: identity, sync, the patient's pages."""
