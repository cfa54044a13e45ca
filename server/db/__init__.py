"""The database: engine, tables, schema and the service's own keys."""
