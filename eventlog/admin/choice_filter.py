"""A filter of a list by one of the choices that it offers, and by nothing else."""

from collections.abc import Mapping

from django.contrib.admin import SimpleListFilter

from eventlog.questions.misread import Field


class ChoiceFilter(SimpleListFilter):
    """What an address asks for that is no choice leaves the list as it is."""

    def value(self) -> str | None:
        """What is chosen."""
        return self.chosen(super().value() or "")

    def chosen(self, value: str) -> str | None:
        """The choice of that name; None if there is none."""
        return value if value in {str(choice) for choice, _ in self.lookup_choices} else None

    def fields(self) -> Mapping[str, Field]:
        """What an address can ask it for."""
        return {str(self.parameter_name): Field(read=self.chosen, what=f"choice of “{self.title}”")}
