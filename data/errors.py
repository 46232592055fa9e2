"""The one error of this package that is meant for the person at the keyboard."""


class DataError(ValueError):
    """Pictures or tables are not as they must be.

    Its text says what was expected, what was found and what to do next, one line each. The
    command line prints it without a traceback.
    """

    def __init__(self, expected: str, found: str, next: str):
        super().__init__(expected, found, next)

    def __str__(self) -> str:
        return "expected: {}\nfound: {}\nnext: {}".format(*self.args)
