"""How much of each kind of problem somebody has to hear of."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse

from eventlog.admin.read_only import NewestFirst
from eventlog.admin.site import site
from eventlog.models import ProblemKind, ProblemRule
from eventlog.questions.wording import duration
from eventlog.signs.rules import Rule, rule_of


@admin.register(ProblemRule, site=site)
class ProblemRuleAdmin(NewestFirst):
    """One row for each kind, which the first round of looking makes; empty fields are defaults."""

    appears = "As soon as it has been looked for problems once, each kind has its row here."
    list_display = ("kind_label", "watched", "at_least_now", "within_now", "quiet_now")
    ordering = ("pk",)
    sortable_by = ()
    show_full_result_count = False
    readonly_fields = ("kind_label", "what_is_counted", "defaults")
    fields = (
        "kind_label",
        "what_is_counted",
        "defaults",
        "is_watched",
        "at_least",
        "within_minutes",
        "quiet_minutes",
    )

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Is called after what it lists, whoever looks."""
        return super().changelist_view(request, {"title": "Thresholds", **(extra_context or {})})

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Each kind has its row."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Emptied fields are as good."""
        return False

    def get_fields(self, request: HttpRequest, obj: ProblemRule | None = None) -> Any:
        """Leaves out the time that counts, where what stands so at the moment does."""
        counts = obj is None or ProblemKind.of(obj.kind).within
        return [name for name in self.fields if counts or name != "within_minutes"]

    @admin.display(description="kind")
    def kind_label(self, row: ProblemRule) -> str:
        """The kind in words."""
        return ProblemKind.of(row.kind).label

    @admin.display(description="watched")
    def watched(self, row: ProblemRule) -> str:
        """Whether it makes problems at all."""
        return "yes" if row.is_watched else "no"

    @admin.display(description="what is counted")
    def what_is_counted(self, row: ProblemRule) -> str:
        """Of what the threshold is a number."""
        return ProblemKind.of(row.kind).counted

    @admin.display(description="by default")
    def defaults(self, row: ProblemRule) -> str:
        """What counts where a field is empty."""
        rule = rule_of(ProblemKind.of(row.kind), None)
        within = f" within {duration(rule.within)}" if rule.within else ""
        return f"at least {rule.at_least}{within}; over after {duration(rule.quiet)} of quiet"

    @admin.display(description="opens at")
    def at_least_now(self, row: ProblemRule) -> str:
        """The number that opens a problem, and of what."""
        return f"{_rule(row).at_least}: {ProblemKind.of(row.kind).counted}"

    @admin.display(description="within")
    def within_now(self, row: ProblemRule) -> str:
        """Of how long a time it is the number."""
        within = _rule(row).within
        return duration(within) if within else ""

    @admin.display(description="over after")
    def quiet_now(self, row: ProblemRule) -> str:
        """After how much quiet a problem is over."""
        return duration(_rule(row).quiet)


def _rule(row: ProblemRule) -> Rule:
    return rule_of(ProblemKind.of(row.kind), row)
