"""Why a verb of `quantix-node` did nothing."""


class VerbRefused(Exception):
    """The verb did nothing; the message says why, and what to do."""
