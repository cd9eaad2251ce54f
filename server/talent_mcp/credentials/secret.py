"""Values that do not show themselves."""

from typing import Generic, NoReturn, TypeVar, final

T = TypeVar("T", bound=str | bytes)


class Hidden(Generic[T]):
    """A value that does not print, format, pickle, copy or compare; `reveal` is the only way out."""

    __slots__ = ("_value",)

    def __init__(self, value: T) -> None:
        self._value = value

    def reveal(self) -> T:
        """The value; call it where it is used, and keep no copy."""
        return self._value

    def __repr__(self) -> str:
        return f"{type(self).__name__}(...)"

    def __format__(self, specification: str) -> str:
        return repr(self)

    def __eq__(self, other: object) -> NoReturn:
        raise TypeError(f"a {type(self).__name__} does not compare")

    __hash__ = None  # type: ignore[assignment]  # what does not compare is no key either

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"a {type(self).__name__} is neither pickled nor copied")

    def __getstate__(self) -> NoReturn:
        self.__reduce__()

    def __copy__(self) -> NoReturn:
        self.__reduce__()

    def __deepcopy__(self, memo: object) -> NoReturn:
        self.__reduce__()


@final
class Secret(Hidden[str]):
    """A credential's value; it is revealed where it leaves for its vendor."""

    __slots__ = ()


@final
class SecretKey(Hidden[bytes]):
    """The bytes of a cryptographic key; they are revealed where something is sealed or opened."""

    __slots__ = ()
