"""Names of fictional people from many places, as they are written there, and how they look in an address."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

# Letters that do not decompose into a base letter and an accent.
_LETTERS = str.maketrans({"ł": "l", "ø": "o", "ß": "ss", "ı": "i", "đ": "d", "æ": "ae", "œ": "oe", "ə": "e"})


@dataclass(frozen=True)
class PersonName:
    """A person's name as written, and in plain letters for e-mail addresses."""

    first: str
    last: str
    full: str
    plain: str
    """`first.last` in lower-case ASCII."""


@dataclass(frozen=True)
class Culture:
    """First and last names of one place; where the script is not Latin, each is `native/roman`."""

    countries: tuple[str, ...]
    cities: tuple[str, ...]
    firsts: str
    lasts: str
    family_first: bool = False

    @cached_property
    def first_names(self) -> tuple[tuple[str, str], ...]:
        """(as written, in plain letters)."""
        return _pairs(self.firsts)

    @cached_property
    def last_names(self) -> tuple[tuple[str, str], ...]:
        """(as written, in plain letters)."""
        return _pairs(self.lasts)

    def person(self, rng: random.Random) -> PersonName:
        """Somebody from there."""
        first, plain_first = rng.choice(self.first_names)
        last, plain_last = rng.choice(self.last_names)
        full = f"{last} {first}" if self.family_first else f"{first} {last}"
        return PersonName(first, last, full, f"{plain_first}.{plain_last}")


def plain(text: str) -> str:
    """Lower-case ASCII letters and digits of `text`, hyphens between words."""
    decomposed = unicodedata.normalize("NFKD", text.lower().translate(_LETTERS))
    return re.sub(r"[^a-z0-9]+", "-", decomposed.encode("ascii", "ignore").decode().replace("'", "")).strip("-")


def _pairs(names: str) -> tuple[tuple[str, str], ...]:
    found = []
    for name in names.split(", "):
        written, _, roman = name.partition("/")
        found.append((written, plain(roman or written)))
    return tuple(found)


FRENCH = Culture(
    ("FR", "FR", "BE", "CH"),
    ("Paris", "Lyon", "Bordeaux", "Bruxelles", "Genève"),
    "Camille, Hélène, Éloïse, Théo, Inès, Océane, François, Anaïs, Jérôme, Léa, Maëlys, Benoît, Clémence, Aurélien, "
    "Noémie, Gaël, Solène, Rémi, Apolline, Étienne",
    "Lefèvre, Beaumont, Chevalier, d'Arcy, Gauthier, Lemaître, Perrin, Roussel, Vasseur, Béranger, Delaunay, Fournier, "
    "Garnier, Sénéchal, Marchand-Duval, Thévenet, Aubry, Prévost",
)
ITALIAN = Culture(
    ("IT",),
    ("Milano", "Firenze", "Roma", "Torino", "Bologna"),
    "Alessandra, Niccolò, Chiara, Matteo, Ginevra, Lorenzo, Ludovica, Tommaso, Beatrice, Ettore, Margherita, Davide, "
    "Fiammetta, Raffaele, Caterina, Leonardo",
    "Bellini, Conti, De Luca, Ferraro, Gallo, Marchetti, Moretti, Rinaldi, Sartori, Zanetti, Caruso, D'Angelo, "
    "Lombardi, Pellegrini, Santoro, Fabbri",
)
ENGLISH = Culture(
    ("GB", "GB", "US", "IE"),
    ("London", "Manchester", "New York", "Dublin", "Edinburgh"),
    "Amelia, Harriet, Imogen, Rupert, Sienna, Jasper, Niamh, Callum, Beatrix, Theodore, Poppy, Alistair, "
    "Saoirse, Miles",
    "Ashworth, Blackwood, Carrington, Fairfax, Hawthorne, Kingsley, Montague, O'Sullivan, Pemberton, Sinclair, "
    "Thackeray, Whitlock, MacLeod",
)
CULTURES: tuple[Culture, ...] = (
    FRENCH,
    ITALIAN,
    ENGLISH,
    Culture(
        ("DE", "AT"),
        ("Berlin", "München", "Köln", "Wien", "Hamburg"),
        "Jörg, Käthe, Anneliese, Björn, Mareike, Lukas, Friederike, Götz, Henriette, Jürgen",
        "Müller-Brandt, Schäfer, Weiß, Krüger, Böhm, Vogel, Lindner, Großmann, Fährmann, Löwenthal",
    ),
    Culture(
        ("ES", "PT", "MX"),
        ("Madrid", "Barcelona", "Sevilla", "Lisboa", "Ciudad de México"),
        "Íñigo, Begoña, Álvaro, Lucía, Joaquín, Martín, Inés, Conceição, João, Ximena",
        "Núñez, Ibáñez, Peña, Muñoz, Echeverría, Magalhães, Villaseñor, Bermúdez, Gonçalves, Quirós",
    ),
    Culture(
        ("PL", "CZ"),
        ("Warszawa", "Kraków", "Praha", "Gdańsk"),
        "Łukasz, Agnieszka, Zofia, Paweł, Małgorzata, Kacper, Tomáš, Žaneta",
        "Wójcik, Nowak, Mazur, Zając, Król, Wróbel, Sikora, Szymczak",
    ),
    Culture(
        ("SE", "DK", "NO"),
        ("Stockholm", "København", "Oslo", "Göteborg"),
        "Åsa, Søren, Björn, Linnéa, Mårten, Signe, Øyvind, Freja",
        "Ångström, Sjöberg, Østergaard, Håkansson, Lindqvist, Mørk, Bergström",
    ),
    Culture(
        ("TR",),
        ("İstanbul", "Ankara", "İzmir"),
        "Ayşe, Çağla, Emre, Gökçe, İpek, Oğuz, Şebnem, Barış",
        "Yılmaz, Şahin, Öztürk, Aydın, Çelik, Güneş, Karadağ",
    ),
    Culture(
        ("NG", "GB"),
        ("Lagos", "Abuja", "London"),
        "Adébáyọ̀, Chidinma, Ọláyínká, Ngozi, Temítọ́pẹ́, Emeka",
        "Okafor, Adéyẹmí, Balógun, Nwosu, Ọlátúnjí, Eze",
    ),
    Culture(
        ("VN", "FR"),
        ("Hà Nội", "Thành phố Hồ Chí Minh", "Paris"),
        "Minh Châu, Thu Hương, Quốc Bảo, Ngọc Ánh, Đức Huy, Khánh Linh",
        "Nguyễn, Trần, Phạm, Lê, Đặng, Hoàng",
        family_first=True,
    ),
    Culture(
        ("UA",),
        ("Київ", "Львів", "Одеса"),
        "Олена/Olena, Андрій/Andriy, Оксана/Oksana, Тарас/Taras, Наталія/Nataliya, Богдан/Bohdan",
        "Шевченко/Shevchenko, Бондаренко/Bondarenko, Коваленко/Kovalenko, Ткаченко/Tkachenko, Кравченко/Kravchenko",
    ),
    Culture(
        ("GR", "CY"),
        ("Αθήνα", "Θεσσαλονίκη", "Λευκωσία"),
        "Ελένη/Eleni, Σοφία/Sofia, Κατερίνα/Katerina, Δημήτρης/Dimitris, Αλέξης/Alexis, Νεφέλη/Nefeli",
        "Νικολάου/Nikolaou, Οικονόμου/Oikonomou, Βασιλείου/Vasileiou, Αλεξίου/Alexiou, Ιωάννου/Ioannou",
    ),
    Culture(
        ("AE", "LB", "MA"),
        ("دبي", "بيروت", "الدار البيضاء"),
        "ليلى/Layla, عمر/Omar, نور/Nour, ياسمين/Yasmine, كريم/Karim, سلمى/Salma",
        "الخوري/El Khoury, حداد/Haddad, منصور/Mansour, الفاسي/El Fassi, نجار/Najjar, بركات/Barakat",
    ),
    Culture(
        ("IL",),
        ("תל אביב", "חיפה"),
        "נועה/Noa, איתן/Eitan, תמר/Tamar, יונתן/Yonatan, שירה/Shira",
        "לוי/Levi, פרץ/Peretz, ברק/Barak, שגיא/Sagi, אלון/Alon",
    ),
    Culture(
        ("JP",),
        ("東京", "京都", "大阪"),
        "美咲/Misaki, 蓮/Ren, 陽菜/Hina, 大輔/Daisuke, 結衣/Yui, 翔太/Shota",
        "佐藤/Sato, 高橋/Takahashi, 渡辺/Watanabe, 小林/Kobayashi, 中村/Nakamura, 山本/Yamamoto",
        family_first=True,
    ),
    Culture(
        ("KR",),
        ("서울", "부산"),
        "서연/Seoyeon, 민준/Minjun, 지우/Jiwoo, 하은/Haeun, 도윤/Doyun",
        "김/Kim, 이/Lee, 박/Park, 최/Choi, 정/Jung, 한/Han",
        family_first=True,
    ),
    Culture(
        ("CN", "HK"),
        ("上海", "北京", "香港"),
        "雨桐/Yutong, 浩然/Haoran, 思琪/Siqi, 子轩/Zixuan, 梦洁/Mengjie",
        "王/Wang, 李/Li, 张/Zhang, 刘/Liu, 陈/Chen, 林/Lin",
        family_first=True,
    ),
    Culture(
        ("IN", "GB"),
        ("मुंबई", "नई दिल्ली", "London"),
        "आरव/Aarav, प्रिया/Priya, अनन्या/Ananya, रोहन/Rohan, मीरा/Meera",
        "शर्मा/Sharma, मेहता/Mehta, कपूर/Kapoor, पटेल/Patel, राव/Rao",
    ),
    Culture(
        ("GE",),
        ("თბილისი",),
        "ნინო/Nino, გიორგი/Giorgi, თამარ/Tamar, ლევან/Levan",
        "ბერიძე/Beridze, კაპანაძე/Kapanadze, გელაშვილი/Gelashvili",
    ),
)


def somebody(rng: random.Random, at_home: Culture) -> tuple[PersonName, Culture]:
    """A person; every second one is from the house's own place, the others from anywhere."""
    culture = at_home if rng.random() < 0.5 else rng.choice(CULTURES)
    return culture.person(rng), culture


def address(name: PersonName, domain: str, taken: set[str]) -> str:
    """A free e-mail address for the person at `domain`; adds it to `taken`."""
    base = name.plain
    email, number = f"{base}@{domain}", 1
    while email in taken:
        number += 1
        email = f"{base}{number}@{domain}"
    taken.add(email)
    return email


def phone(rng: random.Random, country: str) -> str:
    """A number from the ranges that regulators keep for fiction; people from elsewhere have a British one."""
    digits = rng.randrange(100)
    fiction: Sequence[str]
    if country in ("FR", "BE", "CH"):
        fiction = (
            f"+33 6 39 98 {digits:02} {rng.randrange(100):02}",
            f"+33 1 99 00 {digits:02} {rng.randrange(100):02}",
        )
    elif country in ("DE", "AT"):
        fiction = (f"+49 30 23125 {rng.randrange(1000):03}", f"+49 171 39200 {digits:02}")
    elif country in ("US", "MX"):
        fiction = (f"+1 212 555 01{digits:02}",)
    else:
        fiction = (f"+44 7700 900{rng.randrange(1000):03}", f"+44 20 7946 0{rng.randrange(1000):03}")
    return rng.choice(fiction)
