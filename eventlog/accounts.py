"""Accounts that no password opens: of whom Google knows, and of names that commands are given."""

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User

from webhooks.inserting import insert_new


def account_of(name: str, *, may_log_in: bool) -> User:
    """Returns the account of this name, such as an e-mail address; a new one where there is none.

    One that only stood for a name, since its owner has never come, is opened for who may log in.
    Of several that ask at once nobody's fails. Raises IntegrityError where the key of the new row
    is taken, as after a restore.
    """
    found = User.objects.select_related("preferences").filter(username=name).first()
    if found is not None:
        if may_log_in:
            _open_what_was_only_a_name(found)
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


def _open_what_was_only_a_name(user: User) -> None:
    """Nobody has closed it: there was nothing to close yet. A closed one has been open."""
    if user.is_active or user.is_staff or user.last_login or user.has_usable_password():
        return
    user.is_active = user.is_staff = True
    user.save(update_fields=["is_active", "is_staff"])
