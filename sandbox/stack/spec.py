"""What a stack consists of: which server processes, which of our services in each, and where."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.emulators import Options
from visn_whatsapp.roles import ALL_SERVICES

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, kw_only=True, slots=True)
class Server:
    """One server process."""

    name: str
    services: tuple[str, ...]
    port: int = 0  # 0 takes a free one
    threads: int = 8  # requests that it works on at once
    variables: Mapping[str, str] = field(default_factory=dict)  # besides those of the spec
    root: Path = ROOT  # of the release that it runs: a checkout of this project


# As deployed: a process for each service.
ONE_SERVICE_EACH = tuple(Server(name=service, services=(service,)) for service in ALL_SERVICES)
ALL_IN_ONE = (Server(name="server", services=ALL_SERVICES),)


@dataclass(frozen=True, kw_only=True, slots=True)
class Spec:
    """One stack. What it stores is in the folder and in the stand-ins' memory."""

    folder: Path  # exists; takes the logs, and the SQLite database unless a URL is given
    servers: tuple[Server, ...] = ONE_SERVICE_EACH
    database_url: str = ""
    chores: Mapping[str, float] = field(default_factory=dict)  # command → seconds between rounds
    emulators: Options = field(default_factory=Options)
    variables: Mapping[str, str] = field(default_factory=dict)  # for every process
    root: Path = ROOT  # of the release whose commands run: it makes the database

    @property
    def database(self) -> str:
        """The value of DATABASE_URL."""
        return self.database_url or f"sqlite:///{self.folder.resolve() / 'ledger.sqlite3'}"
