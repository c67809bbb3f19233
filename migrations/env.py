"""Runs the migrations in the transaction that the caller opened."""

from alembic import context

from app.seeds import every_table

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=every_table(),
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
    user_module_prefix="app.database.",
)
context.run_migrations()
