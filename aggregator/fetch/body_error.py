"""The error of a response body that is not a complete file of its kind."""


class BodyError(Exception):
    """A body that is not valid; `is_transient` if another attempt may bring a valid one."""

    def __init__(self, reason: str, *, is_transient: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_transient = is_transient
