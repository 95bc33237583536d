"""Accounts that no password opens: of whom Google knows, and of names that commands are given."""

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User

from webhooks.inserting import insert_new


def account_of(name: str, *, may_log_in: bool) -> User:
    """Returns the account of this name, such as an e-mail address; a new one where there is none.

    Of several that ask at once nobody's fails. Raises IntegrityError where the key of the new row
    is taken, as after a restore.
    """
    found = User.objects.select_related("preferences").filter(username=name).first()
    if found is not None:
        return found
    new = User(
        username=name,
        email=name if "@" in name else "",
        is_staff=may_log_in,
        is_active=may_log_in,
        password=make_password(None),
    )
    insert_new([new], unless="(username)")
    return User.objects.get(username=name)
