"""What the driver or the network raises becomes words for an operator, and nothing of its own text."""

import ssl
from socket import gaierror

import asyncpg
import pytest
from asyncpg import exceptions

from talent_mcp.errors import StoreUnavailable
from talent_mcp.store.postgres.failures import Interrupted, explained
from talent_mcp.store.postgres.url import database_place

CANARY = "canary-90ab"
PLACE = database_place("postgresql://u@localhost/talent")


@pytest.mark.parametrize(
    ("error", "words", "passes"),
    [
        (exceptions.DiskFullError(CANARY), "has no room left on its disk (SQLSTATE 53100)", False),
        (exceptions.InvalidPasswordError(CANARY), "refuses the user or the password", False),
        (exceptions.InsufficientPrivilegeError(CANARY), "grant talent_writer to it", False),
        (exceptions.UndefinedTableError(CANARY), "lacks a table; run `talent-mcp database migrate`", False),
        (exceptions.UniqueViolationError(CANARY), "refuses the statement (SQLSTATE 23505)", False),
        (exceptions.DataCorruptedError(CANARY), "says that it is damaged", False),
        (ssl.SSLCertVerificationError(CANARY), "cannot be spoken to over TLS", False),
        (asyncpg.ClientConfigurationError(CANARY), "cannot be reached as the URL says", False),
        (exceptions.TooManyConnectionsError(CANARY), "takes no more connections", True),
        (exceptions.ReadOnlySQLTransactionError(CANARY), "is a standby, or read-only", True),
        (exceptions.DeadlockDetectedError(CANARY), "has its log locked by another program", True),
        (exceptions.AdminShutdownError(CANARY), "was stopped", True),
        (exceptions.CannotConnectNowError(CANARY), "is starting or stopping", True),
        (exceptions.IdleInTransactionSessionTimeoutError(CANARY), "broke the connection", True),
        (asyncpg.InterfaceError(CANARY), "broke the connection", True),
        (ConnectionResetError(CANARY), "broke the connection", True),
        (gaierror(CANARY), "has a host name that cannot be found", True),
        (TimeoutError(CANARY), "does not answer in time", True),
    ],
)
def test_a_failure_is_said_in_words_and_known_to_pass_or_not(error: Exception, words: str, passes: bool) -> None:
    with pytest.raises(StoreUnavailable) as failure, explained(PLACE):
        raise error
    assert str(failure.value).startswith("the database talent on localhost ")
    assert words in str(failure.value)
    assert CANARY not in str(failure.value)
    assert isinstance(failure.value, Interrupted) is passes
