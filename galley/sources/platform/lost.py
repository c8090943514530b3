"""What may come of asking a registry, other than an answer. Neither ever holds a secret."""


class Lost(Exception):
    """The registry cannot be heard, or not believed: what it said stays, and it is asked again later."""


class Refused(Lost):
    """The registry does not let us see this, or has no such thing."""


class Unusable(Exception):
    """An answer came that cannot be used: what it is about stays as it was."""
