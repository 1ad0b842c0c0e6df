"""Messages in other languages than English, alone and from a known place.

Written from the rules before the code was tried on them.
"""

from __future__ import annotations

from tests.unit.signature.families import Family, Member, at, said

__all__ = ["FAMILIES"]


def _java(label: str, message: str, method: str = "buche", line: int = 14) -> Member:
    kind = "java.lang.IllegalStateException"
    frames = f"\tat kontor.Kasse.{method}(Kasse.java:{line})\n\tat kontor.Main.main(Main.java:5)"
    return at(label, f"{kind}: {message}", f"{kind}: {message}\n{frames}")


def _node(label: str, message: str, function: str = "envoyer", line: int = 8) -> Member:
    stack = f"Error: {message}\n    at {function} (/srv/courrier/lib/envoi.js:{line}:11)\n"
    return at(label, f"Error: {message}", stack + f"    at main (/srv/courrier/index.js:{line + 3}:5)")


def _php(label: str, message: str, method: str = "guardar", line: int = 21) -> Member:
    header = f"PHP Fatal error:  Uncaught RuntimeException: {message} in /srv/tienda/Caja.php:{line}"
    frames = f"Stack trace:\n#0 /srv/tienda/index.php(3): {method}('x')\n#1 {{main}}"
    return at(label, f"RuntimeException: {message}", f"{header}\n{frames}")


def _ruby(label: str, message: str, method: str = "spela", line: int = 9) -> Member:
    stack = f"/srv/scen/ljud.rb:{line}:in `{method}': {message} (RuntimeError)\n\tfrom kor.rb:2:in `<main>'"
    return at(label, message, stack)


FAMILIES = (
    Family(
        name="tongue_german_place",
        members=(
            _java("a", "Konto 4711 ist gesperrt"),
            _java("a", "Konto DE-99/1 ist gesperrt", line=30),
            _java("b", "Konto 4711 ist aufgelöst"),
            _java("c", "Konto gesperrt"),
            _java("d", "Konto leer"),
            _java("e", "Betrag 12,50 EUR übersteigt das Limit von 10,00 EUR"),
            _java("e", "Betrag 1.200,00 EUR übersteigt das Limit von 500,00 EUR"),
            _java("f", "Betrag 12,50 EUR unterschreitet das Limit von 10,00 EUR"),
            _java("g", "Benutzer Anna darf nicht buchen"),
            _java("g", "Benutzer Jörg-Uwe darf nicht buchen"),
            _java("h", "Benutzer Anna darf nicht stornieren"),
        ),
    ),
    Family(
        name="tongue_german_log",
        members=(
            said("a", "Fehler beim Einlesen der Datei /srv/post/eingang/17.xml: Zeile 4 unvollständig"),
            said("a", "Fehler beim Einlesen der Datei /mnt/a b.xml: Zeile 4012 unvollständig"),
            said("b", "Fehler beim Ablegen der Datei /srv/post/eingang/17.xml: Zeile 4 unvollständig"),
            said("c", "Fehler beim Einlesen der Datei /srv/post/eingang/17.xml: Kopf fehlt"),
            said("d", "Verbindung zum Server 10.0.0.4 verloren"),
            said("d", "Verbindung zum Server 10.9.0.77 verloren"),
            said("e", "Verbindung zum Drucker 10.0.0.4 verloren"),
            said("f", "Zertifikat läuft in 3 Tagen ab"),
            said("f", "Zertifikat läuft in 29 Tagen ab"),
            said("g", "Lizenz läuft in 3 Tagen ab"),
        ),
    ),
    Family(
        name="tongue_french_place",
        members=(
            _node("a", "le colis 88 est perdu"),
            _node("a", "le colis FR-1-b est perdu", line=80),
            _node("b", "le colis 88 est refusé"),
            _node("c", "adresse introuvable pour le colis 88"),
            _node("c", "adresse introuvable pour le colis 7A"),
            _node("d", "tournée introuvable pour le colis 88"),
            _node("e", "le colis 88 est perdu", "retirer"),
        ),
    ),
    Family(
        name="tongue_spanish_place",
        members=(
            _php("a", "no se pudo abrir la caja 4"),
            _php("a", "no se pudo abrir la caja 19", line=44),
            _php("b", "no se pudo cerrar la caja 4"),
            _php("c", "el pedido 77 no existe"),
            _php("c", "el pedido A-1 no existe"),
            _php("d", "el cliente 77 no existe"),
        ),
    ),
    Family(
        name="tongue_swedish_place",
        members=(
            _ruby("a", "ljudfilen 7 kunde inte spelas"),
            _ruby("a", "ljudfilen x1 kunde inte spelas"),
            _ruby("b", "ljudfilen 7 kunde inte sparas"),
            _ruby("c", "scenen är stängd"),
            _ruby("d", "scenen är full"),
        ),
    ),
    Family(
        name="tongue_russian",
        members=(
            said("a", "Не удалось открыть файл «отчёт-12.xlsx»: доступ запрещён"),
            said("a", "Не удалось открыть файл «январь.xlsx»: доступ запрещён"),
            said("b", "Не удалось сохранить файл «отчёт-12.xlsx»: доступ запрещён"),
            _java("c", "Заказ 17 не найден"),
            _java("c", "Заказ 900112 не найден"),
            _java("d", "Заказ 17 отменён"),
            _java("e", "Клиент 17 не найден"),
        ),
    ),
    Family(
        name="tongue_chinese_place",
        members=(
            _java("a", "用户 1001 不存在"),
            _java("a", "用户 7 不存在"),
            _java("b", "用户 1001 已停用"),
            _java("c", "库存不足：剩余 3 件"),
            _java("c", "库存不足：剩余 12 件"),
            _java("d", "余额不足：剩余 3 元"),
        ),
    ),
    Family(
        name="tongue_portuguese_log",
        members=(
            said("a", "Falha ao enviar a nota 4471 para ana@example.org após 3 tentativas"),
            said("a", "Falha ao enviar a nota 9 para ze@example.net após 12 tentativas"),
            said("b", "Falha ao cancelar a nota 4471 para ana@example.org após 3 tentativas"),
            said("c", "O serviço de pagamento não respondeu em 30 s"),
            said("c", "O serviço de pagamento não respondeu em 2,5 s"),
            said("d", "O serviço de entrega não respondeu em 30 s"),
        ),
    ),
    Family(
        name="tongue_italian_dutch_polish",
        members=(
            said("a", "Impossibile aprire il file /var/dati/a.csv: permesso negato"),
            said("a", "Impossibile aprire il file /tmp/x y.csv: permesso negato"),
            said("b", "Impossibile chiudere il file /var/dati/a.csv: permesso negato"),
            said("c", "Bestelling 77 kan niet worden verwerkt"),
            said("c", "Bestelling NL-8 kan niet worden verwerkt"),
            said("d", "Factuur 77 kan niet worden verwerkt"),
            said("e", "Nie znaleziono pliku /srv/a.txt"),
            said("e", "Nie znaleziono pliku /srv/b/c.txt"),
            said("f", "Nie znaleziono katalogu /srv/a.txt"),
        ),
    ),
)
