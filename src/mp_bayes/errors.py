"""The one error that people see."""


class InputError(ValueError):
    """What is wrong, where, and what to do about it, in one line.

    Raised for anything a user can put right: a table, a prior file, a name, a folder.
    The command line prints the message and ends with exit status 2.
    """

    def __init__(self, message: str = "") -> None:
        # A name that a user typed may hold line breaks; the message is one line all the same.
        super().__init__(" ".join(message.split()))
