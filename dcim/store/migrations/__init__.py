"""The history of the schema, run by alembic when a database is opened."""
