"""What is wrong with this machine, said to the person who can change it."""


class HostError(Exception):
    """
    A fault of the machine or its settings that a person has to put right: a folder in use, a user or a program missing.

    `code` is stable (`embedded.folder_in_use`); the text is one sentence that says what to do, to be shown without a
    traceback.
    """

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
