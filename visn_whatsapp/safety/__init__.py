"""What the settings must fulfil before a process may serve: one numbered rule per danger.

The production settings refuse to load while a rule is broken, and `checks` holds every other
settings module to the same rules. Only where DEPLOYED is False, as in `local` and `test`, are
stand-ins, SQLite and weak secrets allowed.
"""

from visn_whatsapp.safety import addresses, channels, identities, meta, process, proxy
from visn_whatsapp.safety.rules import RULES, violations

__all__ = ["RULES", "addresses", "channels", "identities", "meta", "process", "proxy", "violations"]
