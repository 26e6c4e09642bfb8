"""Phone numbers and the like never stand unmasked in a group."""

from __future__ import annotations

import re

_DIGIT = re.compile(r"\d")
_FEWEST = 10  # digits in the shortest number that is masked
_GAP = r"[-–—.·_\s]{0,3}"
_COUNTRY = r"((?:\+|00)?[8８][6６][-\s]?)?"
_MOBILE = re.compile(rf"(?<!\d){_COUNTRY}([1１][3-9３-９]\d){_GAP}\d{{4}}{_GAP}(\d{{4}})(?!\d)")
_LANDLINE = re.compile(rf"(?<!\d)([0０]\d{{2,3}})([)）]?){_GAP}\d{{3,4}}{_GAP}(\d{{4}})(?!\d)")
_IDENTITY = re.compile(r"(?<!\d)(\d{6})\d{8}(\d{3}[\dXxＸｘ])(?!\d)")


def masked(text: str) -> str:
    """Mobile and landline numbers and identity card numbers with their middle starred out.

    However they are written: with +86, with gaps, in full-width digits.
    """
    if len(_DIGIT.findall(text)) < _FEWEST:
        return text  # most are: the three searches cost more than all else that is done to a text
    text = _IDENTITY.sub(r"\1********\2", text)
    text = _MOBILE.sub(r"\1\2****\3", text)
    return _LANDLINE.sub(r"\1\2****\3", text)
