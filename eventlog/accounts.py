"""Accounts of those whom Google knows, people and services: no password opens them."""

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.db import IntegrityError


def account_of(email: str, *, may_log_in: bool) -> User:
    """Returns the account of this name; a new one where there is none.

    Of several that ask at once nobody's fails. Raises IntegrityError where the key of the new row
    is taken, as after a restore.
    """
    found = User.objects.filter(username=email).first()
    if found is not None:
        return found
    new = User(
        username=email,
        email=email,
        is_staff=may_log_in,
        is_active=may_log_in,
        password=make_password(None),
    )
    User.objects.bulk_create([new], ignore_conflicts=True)
    user = User.objects.filter(username=email).first()
    if user is None:  # not the name was taken, but the key
        raise IntegrityError("the account was not taken")
    return user
