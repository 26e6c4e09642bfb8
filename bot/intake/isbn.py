"""ISBN: both lengths, with their check digits (ISO 2108)."""


def is_isbn(digits: str) -> bool:
    """Tell whether `digits` (no hyphens, X allowed at the end of ten) has a right check digit."""
    if len(digits) == 13 and digits.isdigit() and digits.startswith(("978", "979")):
        return sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits)) % 10 == 0
    if len(digits) == 10 and digits[:9].isdigit() and (digits[9].isdigit() or digits[9] == "X"):
        values = [10 if digit == "X" else int(digit) for digit in digits]
        return sum(value * (10 - place) for place, value in enumerate(values)) % 11 == 0
    return False
