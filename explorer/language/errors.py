"""What errors say, in the language that is spoken."""

from data.errors import ErrorForPeople, Told
from explorer.language.text import N_, _

PARTS = (N_("expected"), N_("found"), N_("next"))


def told(error: Exception) -> str:
    """What an error says; one for people says it in lines of their own."""
    if not isinstance(error, ErrorForPeople):
        return str(error)
    return "\n".join(f"{_(part)}: {translated(getattr(error, part))}" for part in PARTS)


def translated(text: str) -> str:
    """A text of `T_`, put together anew; any other stays as it is."""
    if not isinstance(text, Told):
        return text
    values = {k: translated(v) if isinstance(v, str) else v for k, v in text.values.items()}
    return _(text.template).format(**values)
