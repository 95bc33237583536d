"""The environment's variables: texts exactly as they stand, lists as words between commas."""

import environ


class Variables(environ.Env):  # type: ignore[misc]  # the library has no types
    """Reads variables without guessing at what they mean.

    `Env.str` would take a secret that begins with a dollar sign for the name of another variable,
    and `Env.list` would keep the space after a comma as part of a word.
    """

    def text(self, name: str, *, default: str = "") -> str:
        """Returns the value as it stands."""
        value: str = self.ENVIRON.get(name, default)
        return value

    def words(self, name: str, *, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Returns the words between the commas, without the spaces around them."""
        if name not in self.ENVIRON:
            return default
        words = (word.strip() for word in self.text(name).split(","))
        return tuple(word for word in words if word)
