"""`ProtocolFault`: the peer broke the protocol, or asks for more than any proxy needs. Pure."""


class ProtocolFault(Exception):
    """The words go back to the peer as the status of its stream."""


def at_most(most: int, there: int, what: str) -> None:
    """Raise a `ProtocolFault` where there is more of something than is taken."""
    if there > most:
        msg = f"{what}: {there}, and {most} is the most"
        raise ProtocolFault(msg)
