"""People on the staff, by what they may do."""

from django.contrib.auth.models import Group, User
from django.test import Client

from eventlog.models import Preferences
from eventlog.pages.page import PART_HEADER

# How a page asks for the part of it that changes.
PART = {PART_HEADER: "XMLHttpRequest"}


def member_of(group: str) -> User:
    """Somebody whose only rights come from a group."""
    user, _ = User.objects.get_or_create(username=group, is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    return user


def signed_in(user: User) -> Client:
    """A browser of somebody."""
    client = Client()
    client.force_login(user)
    return client


def support() -> Client:
    """Somebody who looks and may not reveal."""
    return signed_in(member_of("Support"))


def on_call() -> Client:
    """Somebody who may replay and reveal."""
    return signed_in(member_of("On-call"))


def staff_in(zone: str, *, group: str = "Support") -> Client:
    """Somebody who has chosen a time zone."""
    user = User.objects.create(username=zone, is_staff=True)
    user.groups.set(member_of(group).groups.all())
    Preferences.objects.create(user=user, time_zone=zone)
    return signed_in(user)
