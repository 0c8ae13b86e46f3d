"""The station's database, version by version (Alembic)."""
