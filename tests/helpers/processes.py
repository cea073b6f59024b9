"""Who is running."""

from pathlib import Path


def members(session: int) -> list[str]:
    """Return the processes of a session that have not ended."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, fields = stat.read_text().rsplit(")", 1)
        except (FileNotFoundError, ProcessLookupError):
            continue
        state, _parent, _group, its_session, *_ = fields.split()
        if int(its_session) == session and state != "Z":
            found.append(name)
    return found
