"""The one error of the work calendar."""


class CalendarError(ValueError):
    """A calendar, span or pause that cannot be used, or a time that cannot be reckoned with it.

    `key` names the setting or question key at fault; the text is that key and a sentence:
    what is wrong and what to do.
    """

    def __init__(self, key: str, why: str) -> None:
        """Keep the key apart so that a caller can prefix it with a file's name."""
        super().__init__(f"{key}: {why}")
        self.key = key
        self.why = why
