"""The account's money: counted in tenths of a credit, so that sums are exact."""

SEARCH_RESULT = 2
ENRICH_HIT = 1
EMAIL = 10
PHONE = 100


class Account:
    """A balance that is charged completely or not at all."""

    def __init__(self, balance: float) -> None:
        self._tenths = round(balance * 10)

    @property
    def credits(self) -> float:
        return self._tenths / 10

    def charge(self, tenths: int) -> bool:
        """False, and nothing taken, if the balance is too small."""
        if tenths > self._tenths:
            return False
        self._tenths -= tenths
        return True
