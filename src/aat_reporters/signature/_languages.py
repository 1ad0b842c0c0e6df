"""Say whether a message is in English, which is the one language whose words are known here."""

from __future__ import annotations

import re
from collections.abc import Iterable

from aat_reporters.signature._words import is_of_sentence

__all__ = ["FOREIGN_NAMED", "is_english"]

#: What holds sentences of other languages together, where no English word and few names are written so.
_ELSEWHERE = """
    aber auf aus beim bereits dieser durch eine einem einen einer fehler fehlgeschlagen für gefunden gegen ist
    kann kein keine keinen konnte konnten können muss nach nicht noch oder ohne schon sich sind und ungültig
    ungültige vom wegen werden wird wurde wurden zum zur zwischen über
    après aucun aucune avec d'une dans erreur introuvable invalide l'utilisateur lors mais n'a n'est n'existe
    pendant peut sont une échec échoué été
    archivo conexión desde encontrado está existe inválido los pero pudo puede una válido
    alla dal della errore gli nel nella nessun può questo scaduto sono trovato è
    arquivo erro falha foi já nenhum não pela pelo uma você
    bij een geen gevonden het mislukt naar niet ongeldig voor werd wordt
    brak błąd dla jest lub nie nieprawidłowy przez przy się znaleziono
    blev ej ett finns för hittades ikke inte kunde kunne och på är
    chyba nebo nebyl nelze není při soubor
    bulunamadı değil geçersiz için
    löydy virhe
"""

#: The same, where another word or a name may be written so; one alone says nothing.
_PERHAPS_ELSEWHERE = """
    al an ao att au av aux bei bestand bir bis che com con da das del dem den der des det di die dos du ein el
    elle em en est este fel fue hata hay il im je kan la las le les lo mas med met mit ne og ou par para pas
    por pour pro que se sin son stato su sur un unter van ve von vor ya zu
"""

#: What English sentences are held together by, and no other language's.
_HERE = """
    after already an and any are at be because been before but by cannot could did does during for from given
    had has have if instead into is it its must not of only or should than that the their there this to too
    until
    was were when which while with without would
"""

#: How much one of these words says.
_FOREIGN = dict.fromkeys(_PERHAPS_ELSEWHERE.split(), 1) | dict.fromkeys(_ELSEWHERE.split(), 2)
_ENGLISH = dict.fromkeys(_HERE.split(), 2)

#: What has a name of its own in other languages.
_NAMED_ELSEWHERE = """
    anwender auftrag benutzer dienst kunde kundin nutzer rechner warteschlange
    client service serveur utilisateur
    cliente servicio servidor usuario usuário serviço servizio utente
    gebruiker klant kund kunden användare bruker użytkownik klient
"""

FOREIGN_NAMED = frozenset(_NAMED_ELSEWHERE.split())

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")

#: The first letter behind Latin ones.
_BEYOND_LATIN = "\u0370"

#: Words of a message that are looked at.
_MAX_WORDS = 60


def is_english(text: str) -> bool:
    """Say whether a text is an English sentence, or too short to be one of another language."""
    found = _WORD.findall(text)[:_MAX_WORDS]
    lower = [word.lower() for word in found]
    foreign = sum([2 if word[0] >= _BEYOND_LATIN else _FOREIGN.get(word, 0) for word in lower])
    if foreign > 1:
        joined = sum([_ENGLISH.get(word, 0) for word in lower])
        known = sum(
            [word not in _ENGLISH and word not in _FOREIGN and is_of_sentence(word) for word in lower]
        )
        # Many languages borrow the nouns, and none what holds a sentence together.
        return joined + known >= foreign if joined else known > foreign
    return not _is_unknown(found)


def _is_unknown(found: Iterable[str]) -> bool:
    """Say whether words are a sentence of which none is known, as in ``Konto gesperrt``."""
    words = [word for word in found if len(word) > 1]
    return (
        len(words) > 1
        and any(word.islower() and len(word) > 3 for word in words)
        and not any(is_of_sentence(word) for word in words)
    )
