"""What can be wrong with a PostgreSQL database, in words for an operator; what the driver says is not repeated, as it
may hold values."""

import ssl
from collections.abc import Generator
from contextlib import contextmanager
from socket import gaierror

import asyncpg
from asyncpg import exceptions

from talent_mcp.errors import StoreUnavailable
from talent_mcp.store.postgres.url import Place

MIGRATE = "run `talent-mcp database migrate`"


class Interrupted(StoreUnavailable):
    """The connection was lost, or nothing came over it in time: the same may work over another one."""


class InDoubt(Interrupted):
    """The connection was lost while a transaction was committed: whether it was is not known."""


class WrongDatabase(StoreUnavailable):
    """The database is not one to write to, and stays so until somebody changes it."""


class Lost(StoreUnavailable):
    """The database does not hold any more what this process was told is durable."""

    def __init__(self) -> None:
        super().__init__(
            "what it had recorded is missing from its database or was changed, as after a failover to a standby that "
            "was behind, or a restored backup; compare it with the newest results, then start the server again"
        )


Reasons = tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...]

PASSING: Reasons = (
    (exceptions.CannotConnectNowError, "is starting or stopping"),
    ((exceptions.AdminShutdownError, exceptions.CrashShutdownError), "was stopped"),
    (exceptions.TooManyConnectionsError, "takes no more connections; raise max_connections, or run fewer servers"),
    (exceptions.ReadOnlySQLTransactionError, "is a standby, or read-only; name the primary in the URL"),
    (
        (exceptions.LockNotAvailableError, exceptions.DeadlockDetectedError),
        "has its log locked by another program",
    ),
    (
        (TimeoutError, exceptions.QueryCanceledError),
        "does not answer in time: it hangs, has too much to do, or cannot be reached",
    ),
    (gaierror, "has a host name that cannot be found; check the URL, or the network"),
    (ConnectionRefusedError, "is not running, or not there: nothing listens at its address"),
    (FileNotFoundError, "is not running, or not there: it has no socket at its address"),
    (
        (
            OSError,
            asyncpg.InterfaceError,
            asyncpg.InternalClientError,
            exceptions.PostgresConnectionError,
            exceptions.OperatorInterventionError,
            exceptions.InvalidTransactionStateError,
            exceptions.SerializationError,
        ),
        "broke the connection",
    ),
)
"""What may pass: the same is tried over another connection as long as there is time."""
LASTING: Reasons = (
    (exceptions.DiskFullError, "has no room left on its disk"),
    (exceptions.InvalidAuthorizationSpecificationError, "refuses the user or the password that the URL gives"),
    (exceptions.InvalidCatalogNameError, f"does not exist on that server; create it, then {MIGRATE}"),
    (exceptions.InsufficientPrivilegeError, "does not let its user do that; grant talent_writer to it"),
    (
        (exceptions.UndefinedTableError, exceptions.UndefinedColumnError, exceptions.InvalidSchemaNameError),
        f"lacks a table; {MIGRATE}",
    ),
    (ssl.SSLError, "cannot be spoken to over TLS; check sslmode and sslrootcert in the URL, and its certificate"),
    (
        (asyncpg.ClientConfigurationError, ValueError),
        "cannot be reached as the URL says; check its parameters and the files that it names",
    ),
    (asyncpg.DataCorruptedError, "says that it is damaged; do not write to it, and restore a backup"),
    (asyncpg.PostgresError, "refuses the statement"),
)
"""What stays until somebody changes something. It is looked for first: an SSLError is an OSError too."""
KINDS = ((LASTING[:-1], StoreUnavailable), (PASSING, Interrupted), (LASTING, StoreUnavailable))
FAILURES = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, ValueError)
"""InternalClientError: the driver was told of the end of a connection in the middle of something else."""


@contextmanager
def explained(place: Place) -> Generator[None]:
    """Turn what the driver or the network raises into words for an operator.

    Raises:
        Interrupted: it may pass.
        StoreUnavailable: it will not pass by itself.
    """
    try:
        yield
    except FAILURES as error:
        failure = in_words(error, place)
    else:
        return
    # Raised here: what was caught may name the user, or hold values of a row.
    raise failure


def in_words(error: Exception, place: Place) -> StoreUnavailable:
    text, kind = next((text, kind) for reasons, kind in KINDS for types, text in reasons if isinstance(error, types))
    state = f" (SQLSTATE {error.sqlstate})" if isinstance(error, asyncpg.PostgresError) else ""
    return kind(f"the database {place} {text}{state}")
