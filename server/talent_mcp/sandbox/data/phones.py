"""Telephone numbers from the ranges regulators keep for fiction."""


def fictional_phone(country: str, number: int) -> str:
    """A number nobody has; countries without a reserved range get an American one."""
    match country:
        case "gb":
            return f"+447700900{number % 1000:03d}"
        case "de":
            return f"+493023125{number % 1000:03d}"
        case "fr":
            return f"+3363998{number % 10_000:04d}"
        case _:
            return f"+1{_area(number)}55501{number % 100:02d}"


def _area(number: int) -> int:
    return (212, 312, 415, 512, 617)[number // 100 % 5]
