"""Accounts of those whom Google knows, people and services: no password opens them."""

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User

from webhooks.inserting import insert_new


def account_of(email: str, *, may_log_in: bool) -> User:
    """Returns the account of this name; a new one where there is none.

    Of several that ask at once nobody's fails. Raises IntegrityError where the key of the new row
    is taken, as after a restore.
    """
    found = User.objects.select_related("preferences").filter(username=email).first()
    if found is not None:
        return found
    new = User(
        username=email,
        email=email,
        is_staff=may_log_in,
        is_active=may_log_in,
        password=make_password(None),
    )
    insert_new([new], unless="(username)")
    return User.objects.get(username=email)
