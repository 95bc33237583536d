"""What the event log remembers. Django finds the models of an app here."""

from eventlog.models.api import ApiUse
from eventlog.models.channels import Channel, Notification
from eventlog.models.drift import DriftCount, DriftMark
from eventlog.models.emptied import EmptiedMark
from eventlog.models.erasures import ErasedDelivery, Erasure
from eventlog.models.figures import Figure, LeaseNumber, RollUp
from eventlog.models.older_rows import OlderRowsMark
from eventlog.models.preferences import Preferences
from eventlog.models.problem_kinds import ProblemKind
from eventlog.models.problems import LookMark, Problem, ProblemChange, ProblemRule, Sign
from eventlog.models.replays import ReplayedEvent, ReplayJob
from eventlog.models.saved_views import SavedView

__all__ = [
    "ApiUse",
    "Channel",
    "DriftCount",
    "DriftMark",
    "EmptiedMark",
    "ErasedDelivery",
    "Erasure",
    "Figure",
    "LeaseNumber",
    "LookMark",
    "Notification",
    "OlderRowsMark",
    "Preferences",
    "Problem",
    "ProblemChange",
    "ProblemKind",
    "ProblemRule",
    "ReplayJob",
    "ReplayedEvent",
    "RollUp",
    "SavedView",
    "Sign",
]
