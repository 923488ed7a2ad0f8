"""Who is held out: decided by name, so that one person stands on one side in every data set."""

import re
import zlib


def held_out(group: str, one_in: int = 10) -> bool:
    """Whether the person, picture or speaker called `group` is scored and never trained on."""
    return zlib.crc32(group.encode()) % one_in == 0


def person_of(file: str) -> str:
    """The person in names such as `tr_Luis_Fonsi_21.jpg` and `Luis_Fonsi_0003.jpg`."""
    return re.sub(r"^(tr|te)_|_\d+\.jpg$", "", file)
