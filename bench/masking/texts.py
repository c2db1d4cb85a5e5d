"""Sentences with personal data whose places are known, in the manner of presidio-research.

    python -m bench.masking.texts --texts 2000 --seed 7 > texts.jsonl

Each line is {"text": …, "spans": [[kind, start, end, name], …]}. Templates are ours; values are
Faker's, of ten places. A quarter of the texts has none: orders, versions, prices, dates, digests.
"""

import argparse
import json
import random
import re
import sys
from collections.abc import Callable
from typing import Final

from faker import Faker

PLACE = re.compile(r"\{(\w+)\}")
LOCALES: Final = (
    *("en_US", "en_US", "en_GB", "en_GB", "de_DE", "fr_FR", "es_ES", "it_IT", "nl_NL", "pl_PL"),
)
# `name` is a name that nothing announces, `said` one that the words before it announce.
TEMPLATES: Final = (
    "My name is {person}, you can write to {email} or call {phone}.",
    "Dear {person},\nthe transfer to {iban} failed.",
    "{name} asked us to change the address to {address}.",
    "Please charge {card}, cvv {card_code}, for the order of {name}.",
    "{name}, born {date_of_birth}, was admitted; MRN: {medical_record}.",
    "Customer: {person}\nE-mail: {email}\nPhone: {phone}",
    "I logged in from {ip_address} and {ip_address}, ask {email}.",
    "The refund goes to IBAN {iban}, account holder: {person}.",
    "SSN {us_ssn}; please verify.",
    "NI number {uk_nino}, date of birth: {date_of_birth}.",
    "Mi DNI es {es_nif} y mi correo {email}.",
    "Il codice fiscale è {it_codice_fiscale}.",
    "PESEL: {pl_pesel}, tel. {phone}",
    "BSN {nl_bsn}. Bel {phone}",
    "Numéro de sécurité sociale {fr_nir}",
    "Ship it to {address}; the bell says {name}.",
    "device {mac_address} answered from {ip_address}",
    "{email} and {email} are one person: {name}.",
    "export OPENAI_API_KEY={secret}",
    "curl -H 'Authorization: Bearer {secret}' https://api.example.com",
    "The card {card} was used by {name} at {ip_address}.",
    '{"customer": {"mail": "{email}", "card": "{card}", "iban": "{iban}"}}',
    "name,phone,mail\n{name},{phone},{email}",
    "Passport no. {passport}",
    "Best regards,\n{person}",
)
PLAIN: Final = (
    "Order {n8} of {day} costs {n3}.{n2} EUR and weighs {n2} kg.",
    "Version {n1}.{n2}.{n1} fixes issue #{n4}, see commit {hex}.",
    "The meeting is on {day} at 14:{n2} in room {n3}.",
    "Request {uuid} took {n3} ms, retry {n1} of 3.",
    "def total(rows): return sum(row.price * {n2} for row in rows)",
    "SELECT id, price FROM orders WHERE price > {n4} LIMIT {n3};",
    "The Eiffel Tower was finished in 1889 and is {n3} m high.",
    "Invoice {n4}/{n4}, due in 30 days, reference {n8}.",
    "Add {n3} g of flour, {n2} g of sugar, and bake at 180 degrees for {n2} minutes.",
    "Chapter {n2}: the history of the railway from 1825 to 1914.",
)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    _ = asked.add_argument("--texts", type=int, default=2000)
    _ = asked.add_argument("--seed", type=int, default=7)
    given = asked.parse_args()
    chance = random.Random(given.seed)
    fakers = {locale: Faker(locale) for locale in LOCALES}
    for at, locale in enumerate(dict.fromkeys(LOCALES)):
        fakers[locale].seed_instance(given.seed + at)
    for number in range(given.texts):
        made = plain(chance) if number % 4 == 3 else labelled(chance, fakers)
        sys.stdout.write(json.dumps(made, ensure_ascii=False) + "\n")


def labelled(chance: random.Random, fakers: dict[str, Faker]) -> dict[str, object]:
    template = chance.choice(TEMPLATES)
    faker = fakers[chance.choice(LOCALES)]
    text, spans, last = "", [], 0
    for place in PLACE.finditer(template):
        text += template[last : place.start()]
        value = MAKERS[place[1]](faker, chance)
        kind = "person" if place[1] == "name" else place[1]
        spans.append([kind, len(text), len(text) + len(value), place[1]])
        text, last = text + value, place.end()
    return {"text": text + template[last:], "spans": spans}


def plain(chance: random.Random) -> dict[str, object]:
    def value(place: re.Match[str]) -> str:
        if place[1][0] == "n":
            return str(chance.randrange(10 ** (int(place[1][1]) - 1), 10 ** int(place[1][1])))
        if place[1] == "day":
            return f"2026-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
        digits = f"{chance.getrandbits(128):032x}"
        if place[1] == "uuid":
            return "-".join(
                (digits[:8], digits[8:12], "4" + digits[12:15], "a" + digits[15:18], digits[18:30])
            )
        return digits[:12] + "c0ffee"

    return {"text": PLACE.sub(value, chance.choice(PLAIN)), "spans": []}


def own(locale: str, name: str) -> Callable[[Faker, random.Random], str]:
    """A number of one country, by the Faker of that country."""
    made = Faker(locale)
    made.seed_instance(sum(map(ord, locale + name)))
    return lambda _faker, _chance: str(getattr(made, name)())


def phone(faker: Faker, _chance: random.Random) -> str:
    """Without extensions, which no rule takes for a part of it."""
    return re.split(r" ?(?:x|ext)", faker.phone_number())[0]


def nino(_faker: Faker, chance: random.Random) -> str:
    """Faker's own have a prefix and an end that nobody has."""
    digits = f"{chance.randrange(10**6):06}"
    end = chance.choice("ABCD")
    head = chance.choice("ABCEHJ") + chance.choice("ABCEHJ")
    return f"{head} {digits[:2]} {digits[2:4]} {digits[4:]} {end}"


def secret(_faker: Faker, chance: random.Random) -> str:
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    head, size = chance.choice((("sk-proj-", 48), ("sk-ant-api03-", 40), ("hf_", 34), ("ghp_", 36)))
    return head + "".join(chance.choice(letters) for _ in range(size))


def card(faker: Faker, chance: random.Random) -> str:
    number = faker.credit_card_number(chance.choice(("visa16", "mastercard", "amex", "discover")))
    if len(number) == 16 and chance.random() < 0.5:
        return chance.choice(" -").join(number[at : at + 4] for at in range(0, 16, 4))
    return number


def iban(faker: Faker, chance: random.Random) -> str:
    number = faker.iban()
    grouped = " ".join(number[at : at + 4] for at in range(0, len(number), 4))
    return grouped if chance.random() < 0.5 else number


def address(faker: Faker, _chance: random.Random) -> str:
    return faker.street_address().replace("\n", ", ").strip()


def born(faker: Faker, chance: random.Random) -> str:
    day = faker.date_of_birth(minimum_age=18, maximum_age=90)
    return day.strftime(
        chance.choice(("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d %B %Y", "%B %d, %Y"))
    )


MAKERS: Final[dict[str, Callable[[Faker, random.Random], str]]] = {
    "person": lambda faker, _chance: f"{faker.first_name()} {faker.last_name()}",
    "name": lambda faker, _chance: f"{faker.first_name()} {faker.last_name()}",
    "email": lambda faker, _chance: faker.email(),
    "phone": phone,
    "iban": iban,
    "card": card,
    "card_code": lambda faker, _chance: faker.credit_card_security_code("visa16"),
    "address": address,
    "date_of_birth": born,
    "ip_address": lambda faker, chance: faker.ipv4() if chance.random() < 0.7 else faker.ipv6(),
    "mac_address": lambda faker, _chance: faker.mac_address(),
    "medical_record": lambda _faker, chance: str(chance.randrange(10**6, 10**8)),
    "us_ssn": own("en_US", "ssn"),
    "uk_nino": nino,
    "es_nif": own("es_ES", "nif"),
    "it_codice_fiscale": own("it_IT", "ssn"),
    "pl_pesel": own("pl_PL", "pesel"),
    "nl_bsn": own("nl_NL", "ssn"),
    "fr_nir": own("fr_FR", "ssn"),
    "passport": own("en_US", "passport_number"),
    "secret": secret,
}


if __name__ == "__main__":
    main()
