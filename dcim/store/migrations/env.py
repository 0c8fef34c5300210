"""What alembic runs: on the connection it is given, inside the transaction that is already open."""

from alembic import context

from dcim.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,  # our SQLite connections begin by hand, so DDL is rolled back like anything else
)
context.run_migrations()
