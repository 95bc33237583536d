"""What a check came to, and the exit status by which a scheduler hears of it."""

from visn_whatsapp.explained import Explained


class Finding(Explained):
    """What a check came to."""

    WELL = "well", "Everything compared is as it has to be."
    NOTHING = "nothing_to_compare", "There is nothing to compare, which was counted as well."
    WRONG = "wrong", "Something is not as it has to be."
    CANNOT_TELL = "could_not_tell", "The check could not look, or not at everything."


EXIT_STATUS = {Finding.WELL: 0, Finding.NOTHING: 0, Finding.WRONG: 1, Finding.CANNOT_TELL: 2}
