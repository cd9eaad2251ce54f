"""A value that does not show itself."""

from typing import NoReturn, final


@final
class Secret:
    """A credential's value: it does not print, format, pickle, copy or compare; `reveal` is the only way out."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value; call it where the value leaves for its vendor, and keep no copy."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(...)"

    def __format__(self, specification: str) -> str:
        return repr(self)

    def __eq__(self, other: object) -> NoReturn:
        raise TypeError("a Secret does not compare")

    __hash__ = None  # type: ignore[assignment]  # what does not compare is no key either

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is neither pickled nor copied")

    def __getstate__(self) -> NoReturn:
        self.__reduce__()

    def __copy__(self) -> NoReturn:
        self.__reduce__()

    def __deepcopy__(self, memo: object) -> NoReturn:
        self.__reduce__()
