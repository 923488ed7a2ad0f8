"""Gathers names of people for `names.txt`: words that stand for any person, and shall tell the network nothing more.

Needs `faker` (MIT; its lists of first and last names of many countries) and Debian's `wamerican` (word list, to leave out
names that are words too). The result is committed; run it only to change what is gathered.
"""

import importlib
import pkgutil
import unicodedata
from pathlib import Path

import faker.providers.person as lists

WORDS = Path("/usr/share/dict/american-english")
OUT = Path(__file__).parent / "names.txt"
# Names in spite of a rarer word of the same spelling.
STILL_NAMES = set("john jack bob peter tom henry jimmy molly victor jenny martin carol harry robin jerry".split())
# Words of chat and of other languages that the word list lacks.
NO_NAMES = set(
    "lol omg pls thx tho btw asap imo idk wtf yay yeah nope nah haha hehe hmm okay blog blogs email online website "
    "app apps admin internet google facebook twitter reddit youtube instagram iphone android linux java python slack "
    "teams jira github xmas dont cant wont didnt doesnt isnt wasnt ive youre theyre thats whats hes shes lets monday "
    "tuesday wednesday thursday friday saturday sunday january february march april june july august september october "
    "november december christmas easter english theres arent wont havent hadnt wouldnt couldnt shouldnt hollywood america oscar "
    "oscars indie york santa christ jesus kung werk wanna gonna gotta kinda sorta dunno cause thru tonite doin goin jan sep sen las del eco geo mac tex ala ora orr che nam".split()
)


def main() -> None:
    listed = {line.strip() for line in WORDS.read_text().splitlines()}
    words = {word for word in listed if word == word.lower()}
    names = {plain(name) for name in gathered()}
    short = {name for name in names if len(name) == 3 and name.title() in listed}
    known = {name for name in names if usable(name)} | short
    kept = {name for name in known if name in STILL_NAMES or name not in words | NO_NAMES}
    OUT.write_text("\n".join(sorted(kept)) + "\n")


def gathered():
    """All first and last names of the lists, word by word."""
    for module in pkgutil.iter_modules(lists.__path__):
        provider = importlib.import_module(f"{lists.__name__}.{module.name}").Provider
        for attribute in dir(provider):
            if attribute.startswith(("first_name", "last_name")):
                values = getattr(provider, attribute)
                if isinstance(values, (list, tuple, dict)):
                    for value in values:
                        yield from (value if isinstance(value, str) else "").replace("-", " ").split()


def plain(name: str) -> str:
    decomposed = unicodedata.normalize("NFD", name.lower())
    return "".join(c for c in decomposed if unicodedata.category(c) != "Mn")


def usable(name: str) -> bool:
    return 4 <= len(name) <= 14 and name.isascii() and name.isalpha()


if __name__ == "__main__":
    main()
