"""Indexes of tables that are large: a migration makes them while others write."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import RemoveIndex
from django.db.migrations.state import ProjectState
from django.db.models import Index, Model

_IS_VALID = (
    "SELECT i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
    "WHERE c.relname = %s AND pg_table_is_visible(c.oid)"
)


class AddIndexBesideWrites(AddIndexConcurrently):
    """Adds an index: on PostgreSQL concurrently, elsewhere as ever. Can be repeated.

    Its migration needs `atomic = False`, so what was made before a failure stays: an index that is
    there is left, and one that PostgreSQL could not finish, which it keeps and calls invalid, is
    made anew. A field belongs into a migration before it, which is undone as a whole.
    """

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,  # noqa: ARG002 - Django hands it over
        to_state: ProjectState,
    ) -> None:
        """Makes the index."""
        _make(schema_editor, to_state.apps.get_model(app_label, self.model_name), self.index)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Drops it."""
        if schema_editor.connection.vendor == "postgresql":
            super().database_backwards(app_label, schema_editor, from_state, to_state)
            return
        model = from_state.apps.get_model(app_label, self.model_name)
        schema_editor.remove_index(model, self.index)


class RemoveReplacedIndex(RemoveIndex):
    """Removes an index in whose place others are, also from a table that others read and write.

    The release before may look into it yet, so where there are rows PostgreSQL keeps it: what drops
    it is `eventlog/replaced_indexes.py`, an hour later. Its migration needs `atomic = False`.
    """

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Drops it if nobody misses it."""
        model = from_state.apps.get_model(app_label, self.model_name)
        on_postgresql = schema_editor.connection.vendor == "postgresql"
        if not (on_postgresql and model._default_manager.exists()):  # noqa: SLF001 - Django documents it as public
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,  # noqa: ARG002 - as above
        to_state: ProjectState,
    ) -> None:
        """Makes it again if it is gone."""
        model = to_state.apps.get_model(app_label, self.model_name)
        [index] = [each for each in model._meta.indexes if each.name == self.name]  # noqa: SLF001 - as above
        _make(schema_editor, model, index)


def _make(schema_editor: BaseDatabaseSchemaEditor, model: type[Model], index: Index) -> None:
    if schema_editor.connection.vendor != "postgresql":
        schema_editor.add_index(model, index)
    elif _is_to_be_made(schema_editor, model, index):
        schema_editor.add_index(model, index, concurrently=True)  # type: ignore[call-arg] # PostgreSQL's


def _is_to_be_made(
    schema_editor: BaseDatabaseSchemaEditor, model: type[Model], index: Index
) -> bool:
    """Whether PostgreSQL has none of the name that it finished; one that it did not is dropped."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(_IS_VALID, [index.name])
        found = cursor.fetchone()
    if found == (False,):
        schema_editor.remove_index(model, index, concurrently=True)  # type: ignore[call-arg] # as above
    return bool(found != (True,))
