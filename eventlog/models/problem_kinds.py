"""The kinds of problems, and by default how much of each somebody has to hear of."""

from datetime import timedelta

from visn_whatsapp.explained import Word

SOON = timedelta(minutes=5)  # after which what lasted, and is not found any more, is over


class ProblemKind(Word):
    """A kind of problem: `KIND = "kind", "its label", "what is counted", at least, within, quiet`.

    A problem opens as soon as `at_least` is reached, of what came within `within` where that is
    counted, otherwise of what stands so at the moment. It ends once nothing of it was seen for
    `quiet`.
    """

    label: str
    counted: str  # what `at_least` is a number of
    at_least: int
    within: timedelta | None  # None: it is looked at as it stands
    quiet: timedelta

    FAILED = (
        *(
            "failed",
            "Events failed",
            "events that fail for one reason, of a lease number or of all",
        ),
        *(1, timedelta(minutes=15), timedelta(hours=1)),
    )
    SKIPPED = (
        *("skipped", "Events are skipped", "events of a lease number, skipped for one reason"),
        *(20, timedelta(hours=1), timedelta(hours=2)),
    )
    CODE = (
        *("code", "Meta reports errors", "events of a lease number with one of Meta’s codes"),
        *(10, timedelta(hours=1), timedelta(hours=2)),
    )
    TAKEN_OVER = (
        *("taken_over", "A number or account changes hands", "such changes of one field"),
        *(1, timedelta(minutes=15), timedelta(hours=6)),
    )
    REFUSED = (
        *("refused", "Signatures are refused", "requests that are refused for one cause"),
        *(20, timedelta(minutes=10), timedelta(minutes=30)),
    )
    SILENT = ("silent", "A number is silent", "events that are missing", 5, None, SOON)
    QUEUE = ("queue", "The queue", "events without a task", 1, None, SOON)
    OVERDUE = ("overdue", "Overdue events", "overdue events", 1, None, SOON)
    FIRESTORE = (
        *("firestore", "Tasks are tried again", "runs within ten minutes that came to nothing"),
        *(10, None, timedelta(minutes=15)),
    )
    CHORE = ("chore", "A chore was not done", "chores", 1, None, SOON)
    UNKNOWN = ("unknown", "Unknown deliveries", "deliveries that are open", 1, None, SOON)
    UNREADABLE = ("unreadable", "Unreadable tasks", "tasks that are open", 1, None, SOON)
    RESTORE = ("restore", "A restore window is open", "windows", 1, None, SOON)
    DRIFT = (
        "drift",
        "Meta sends something new",
        "departures that are new for a day",
        1,
        None,
        SOON,
    )
    CHANNEL = ("channel", "A channel fails", "tries that failed in a row", 3, None, SOON)
    LOOK = ("look", "Not looked at", "looks that broke off", 1, None, SOON)

    def __init__(
        self,
        _: str,
        label: str,
        counted: str,
        at_least: int,
        within: timedelta | None,
        quiet: timedelta,
    ) -> None:
        self.label, self.counted = label, counted
        self.at_least, self.within, self.quiet = at_least, within, quiet
