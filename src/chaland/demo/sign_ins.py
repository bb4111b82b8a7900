"""Who signs in to the demo, and with what; made at random, kept in the data folder."""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

FILE_NAME = "demo.json"
_PASSWORD_WORDS = 4
_SYLLABLES = [consonant + vowel for consonant in "bdfgklmnprstvz" for vowel in "aeiou"]


@dataclass(frozen=True, slots=True)
class Person:
    """A sign-in: ``what`` says to the reader who this is."""

    role: str
    what: str
    email: str
    password: str
    name: str
    organisations: tuple[str, ...] = ()
    locations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SignIns:
    """Everybody's password, and the machines' keys by what they are for."""

    seed: int
    people: tuple[Person, ...]
    keys: dict[str, str]


def invent_people() -> tuple[Person, ...]:
    """Return one person per role, with a fresh password each."""
    return (
        _person("administrator", "Administrator", "admin", "Solène Aubry"),
        _person("operations", "Operations controller", "operations", "Karim Delmas"),
        _person("customer_service", "Customer service", "service", "Maud Perrier"),
        _person(
            "store_associate",
            "Shop associate, Tilvert Lyon",
            "lyon",
            "Enzo Marchal",
            ("tilvert-magasins",),
            ("magasin-lyon",),
        ),
        _person(
            "store_associate",
            "Shop associate of a franchisee, Tilvert Rennes",
            "rennes",
            "Gwenn Le Goff",
            ("franchise-bretagne",),
            ("magasin-rennes",),
        ),
        _person(
            "merchant",
            "Independent merchant, Librairie du Thiou (Annecy)",
            "librairie",
            "Odile Favre",
            ("librairie-du-thiou",),
        ),
        _person(
            "merchant",
            "Drop-ship supplier, Ateliers Boisval",
            "boisval",
            "Yves Lartigue",
            ("ateliers-boisval",),
        ),
    )


def _person(
    role: str,
    what: str,
    local_part: str,
    name: str,
    organisations: tuple[str, ...] = (),
    locations: tuple[str, ...] = (),
) -> Person:
    email = f"{local_part}@tilvert.example"
    return Person(role, what, email, _password(), name, organisations, locations)


def _password() -> str:
    """Return 49 bits that can be said over the telephone."""
    words = ("".join(secrets.choice(_SYLLABLES) for _ in range(2)) for _ in range(_PASSWORD_WORDS))
    return "-".join(words)


def save(folder: Path, sign_ins: SignIns) -> None:
    """Write them to the data folder, readable by its owner only."""
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".{FILE_NAME}.{os.getpid()}"
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(asdict(sign_ins), file, indent=2, ensure_ascii=False)
    draft.replace(folder / FILE_NAME)


def load(folder: Path) -> SignIns | None:
    """Read them from the data folder; None when there are none."""
    path = folder / FILE_NAME
    if not path.exists():
        return None
    content = json.loads(path.read_text("utf-8"))
    return SignIns(
        seed=content["seed"],
        people=tuple(
            Person(
                **{
                    **person,
                    "organisations": tuple(person["organisations"]),
                    "locations": tuple(person["locations"]),
                }
            )
            for person in content["people"]
        ),
        keys=content["keys"],
    )
