"""
What an operator may do: answer, approve, retry, adopt, resend, reschedule, cancel; and ask what a quote would do.

Each act is one transaction under the order's row lock, is bound to the version that the person has read, and is
journaled with who did it and why. Where a marketplace must be read first, no transaction is open meanwhile and the
version is checked again afterwards. All raise the errors under `OperatorError`; those that read a marketplace may raise
a PortError too.
"""
