"""Clinical rules and record kinds. Pure: no I/O, no Flet, no SQLAlchemy."""
