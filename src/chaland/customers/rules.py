"""Pure checks of personal data, and how two tellings of one person are merged."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import phonenumbers

from chaland.customers.types import Address, PersonDraft
from chaland.kernel.codes import is_country
from chaland.kernel.errors import FieldProblem
from chaland.kernel.pci import find_card_number

LONGEST_TEXT, LONGEST_EMAIL, LONGEST_REFERENCE, LONGEST_POSTAL_CODE = 200, 254, 64, 16

_EMAIL = re.compile(r"[^\s@\"<>(),:;]+@[^\s@.]+(?:\.[^\s@.]+)+")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Z]{2})?")
# Nine digits after +33 of which the first is not 0 or 8: every French line that has a person at it.
_PLAIN_FRENCH_PHONE = re.compile(r"\+33[1-79]\d{8}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Person:
    """What is kept, sealed, about one person."""

    name: str
    email: str
    phone: str
    reference: str
    addresses: tuple[Address, ...]


def normalised(draft: PersonDraft) -> PersonDraft:
    """Return *draft* with its texts trimmed, its e-mail's domain in small letters and E.164 phone.

    A phone that cannot be read is left as it is, for ``problems_of`` to name.
    """
    address = draft.address
    country = draft.country or (address.country if address else "")
    local, at, domain = draft.email.strip().rpartition("@")
    return replace(
        draft,
        name=draft.name.strip(),
        email=f"{local}{at}{domain.lower()}",
        phone=e164(draft.phone, country) or draft.phone,
        reference=draft.reference.strip(),
        country=country,
    )


@lru_cache(maxsize=65_536)
def e164(phone: str, country: str) -> str | None:
    """Return *phone* as +33612345678, read as dialled in *country*; None when it is no number."""
    text = phone.strip()
    if not text or _PLAIN_FRENCH_PHONE.fullmatch(text):
        return text
    try:
        number = phonenumbers.parse(text, country or None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def problems_of(draft: PersonDraft, *, field: str) -> list[FieldProblem]:
    """Return what is wrong with a normalised *draft*, each problem under the path *field*."""
    found = [*_contact_problems(draft, field), *_text_problems(draft, field)]
    if draft.address is not None:
        found.extend(_address_problems(draft.address, f"{field}.address"))
    return found


def _contact_problems(draft: PersonDraft, field: str) -> list[FieldProblem]:
    found = []
    if not draft.name:
        found.append(FieldProblem(f"{field}.name", "missing", "the name is empty", "Send a name."))
    if draft.email and not _EMAIL.fullmatch(draft.email):
        found.append(
            FieldProblem(
                f"{field}.email",
                "invalid_email",
                "this is not an e-mail address",
                "Send something like jeanne@example.fr, or leave it out.",
            )
        )
    if draft.phone and e164(draft.phone, draft.country) is None:
        found.append(
            FieldProblem(
                f"{field}.phone",
                "invalid_phone",
                "this is not a phone number",
                "Send it with its country prefix, like +33612345678, or leave it out.",
            )
        )
    if draft.language and not _LANGUAGE.fullmatch(draft.language):
        found.append(
            FieldProblem(
                f"{field}.language",
                "invalid_language",
                "this is not a language",
                "Send an ISO 639 code like fr or fr-BE.",
            )
        )
    if draft.country and not is_country(draft.country):
        found.append(_country_problem(f"{field}.country"))
    return found


def _address_problems(address: Address, field: str) -> list[FieldProblem]:
    found = [
        FieldProblem(f"{field}.{name}", "missing", f"the {name} is empty", f"Send the {name}.")
        for name in ("street", "postal_code", "city")
        if not getattr(address, name).strip()
    ]
    if not is_country(address.country):
        found.append(_country_problem(f"{field}.country"))
    return found


def _country_problem(field: str) -> FieldProblem:
    return FieldProblem(
        field, "unknown_country", "this is not a country", "Send an ISO 3166-1 code like FR."
    )


def _text_problems(draft: PersonDraft, field: str) -> list[FieldProblem]:
    """Check every free text for its length, for control characters and for card numbers."""
    texts = [
        ("name", draft.name, LONGEST_TEXT),
        ("email", draft.email, LONGEST_EMAIL),
        ("reference", draft.reference, LONGEST_REFERENCE),
    ]
    if address := draft.address:
        texts += [
            ("address.street", address.street, LONGEST_TEXT),
            ("address.complement", address.complement, LONGEST_TEXT),
            ("address.postal_code", address.postal_code, LONGEST_POSTAL_CODE),
            ("address.city", address.city, LONGEST_TEXT),
            ("address.recipient", address.recipient, LONGEST_TEXT),
        ]
    # Nearly everybody's texts are fine: look at all of them at once, and closer only if not.
    together = "|".join([text for _, text, _ in texts])
    fits = all(len(text) <= longest for _, text, longest in texts)
    if fits and not _CONTROL.search(together) and find_card_number(together) is None:
        return []
    problems = (_text_problem(f"{field}.{name}", text, longest) for name, text, longest in texts)
    return [problem for problem in problems if problem is not None]


def _text_problem(path: str, text: str, longest: int) -> FieldProblem | None:
    if len(text) > longest:
        return FieldProblem(
            path, "too_long", "the text is too long", f"Send at most {longest} characters."
        )
    if _CONTROL.search(text):
        return FieldProblem(
            path, "control_character", "the text has a control character", "Remove it."
        )
    if find_card_number(text):
        return FieldProblem(
            path,
            "card_number",
            "the text holds what looks like a payment card number",
            "Remove it: card numbers are never accepted.",
        )
    return None


def merged(known: Person, said: PersonDraft) -> tuple[Person, int]:
    """Return the person after *said*, and the number of the address it names.

    What is said goes before what was known; what is not said stays. An address already known keeps
    its number, a new one goes to the end.
    """
    addresses = known.addresses
    number = 0
    if said.address is not None:
        if said.address not in addresses:
            addresses = (*addresses, said.address)
        number = addresses.index(said.address)
    person = Person(
        name=said.name or known.name,
        email=said.email or known.email,
        phone=said.phone or known.phone,
        reference=said.reference or known.reference,
        addresses=addresses,
    )
    return person, number


def person_of(draft: PersonDraft) -> Person:
    """Return the person that a first telling makes."""
    return Person(
        name=draft.name,
        email=draft.email,
        phone=draft.phone,
        reference=draft.reference,
        addresses=() if draft.address is None else (draft.address,),
    )


def email_key(email: str) -> str:
    """Return the form under which an e-mail address is found again: capitals do not matter."""
    return email.strip().casefold()


def name_key(name: str) -> str:
    """Return the form under which a name is found again: the family name, without accents.

    The family name is the part in capitals when only some parts are (``DUPONT Jean``, as French
    administrations write it), otherwise the last part.
    """
    parts = name.split()
    if not parts:
        return ""
    shouted = [part for part in parts if len(part) > 1 and part.isupper()]
    family = shouted[-1] if shouted and len(shouted) < len(parts) else parts[-1]
    return plain(family)


def plain(text: str) -> str:
    """Return *text* in small letters without accents."""
    if text.isascii():
        return text.lower()
    return "".join(
        letter
        for letter in unicodedata.normalize("NFKD", text.casefold())
        if not unicodedata.combining(letter)
    )


KEY_FORMS: dict[str, Callable[[str], str]] = {
    "email": email_key,
    "phone": str.strip,
    "reference": str.strip,
    "name": name_key,
}
"""How each searchable field is written before it is hashed."""
