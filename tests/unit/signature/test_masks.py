"""What stays of a message when its data is gone."""

from __future__ import annotations

import os
from errno import errorcode
from http import HTTPStatus

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aat_reporters.signature._masks import mask
from aat_reporters.signature._sentences import sentence
from aat_reporters.signature._vocabulary import may_be_code


@pytest.mark.parametrize(
    ("message", "template"),
    [
        ("GET /items/7 returned 404", "GET * returned 404"),
        ("GET https://x.example/7 -> 503", "GET * -> 503"),
        ("got 502 from upstream", "got 502 from upstream"),
        ("S3 returned 403 AccessDenied for key 7", "S3 returned 403 AccessDenied for key *"),
        ("404 page not found", "404 page not found"),
        ('"GET /x HTTP/1.1" 404 12', "* 404 *"),
        ("HTTPError: 404 for 7", "HTTPError: 404 for *"),
        ("status=418 id=7", "status=418 id=*"),
        ('{"status": 404, "id": 7}', "* errno 404"),
        ('<HttpError 404 when requesting https://x.example/7 returned "no">', "* errno 404"),
        (
            "Client error: `GET https://x/7` resulted in a `404 Not Found` response",
            "Client error: * resulted in a '404' response",
        ),
        ("returned 500 rows", "returned * row"),
        ("query 7 took 500 ms", "query * took *"),
        ("process 71 exited with code 2", "process * exited with code 2"),
        ("ERROR 1045 (28000): Access denied for 'a'@'10.0.0.1'", "ERROR 1045 *: Access denied for *@*"),
        ("ERROR: x (SQLSTATE 42P01)", "ERROR: x (SQLSTATE 42P01)"),
        ("[WinError 10061] No connection", "[WinError 10061] No connection"),
        ("error[E0308]: mismatched types", "error[E0308]: mismatched types"),
        ("code -32601: method not found", "code -32601: method not found"),
        ("kafka error 3 for topic 7", "kafka error 3 for topic *"),
        ("550 5.1.1 user unknown", "550 * user unknown"),
        ("(550, b'5.1.1 user 7 unknown')", "error code 550: * user * unknown"),
        ("retry:404 of 7", "retry:* of *"),
        ("status:404 of 7", "status:404 of *"),
        ("None of the 7 hosts", "None of the * host"),
        ("table orders2 is locked by 7", "table orders2 is locked by *"),
        ("cannot read module a.json of 7", "cannot read module a.json of *"),
        ("cannot bind to ::", "cannot bind to *"),
        ("cannot bind [::]:8080", "cannot bind *"),
        ("cannot bind [::1]:8080", "cannot bind *"),
        ("no route to fe::ab, giving up", "no route to *, giving up"),
        ("no route to 64:ff9b::, giving up", "no route to *, giving up"),
        ("no route to 2d::, giving up", "no route to *, giving up"),
        ("no route to 1d:0:1::, giving up", "no route to *, giving up"),
        ("no route to ab:12::.", "no route to *."),
        ("unexpected token '{' in line 7", "unexpected token * in line *"),
        ("expected '[' but found ']' at 7", "expected * but found * at *"),
        ("bad body '{a[' of 7", "bad body * of *"),
        ("bad body '{\"id\": [7]}' of 7", "bad body * of *"),
        ("status 404:: not found", "status 404:: not found"),
        ("copy of 7 failed (code 23)", "copy of * failed (code 23)"),
        ("seat E102 is sold", "seat * is sold"),
        ("parcel P-100 is sold", "parcel * is sold"),
        ("error E0502: cannot borrow 7", "error E0502: cannot borrow *"),
        ("No enum constant mill.Grain.RYE", "No enum constant mill.Grain.*"),
        ("no match of right hand side value: nil", "no match of right hand side value: *"),
        ("no function clause matching in Mill.grind/2", "no function clause matching in Mill.grind/2"),
        ("mill.c:7: Assertion `n > 0' failed.", "*: Assertion n > 0 failed."),
        ("Failed with result 'watchdog'.", "Failed with result watchdog."),
        ("postfix/smtp[8812]: mill 7 refused", "postfix/smtp*: mill * refused"),
        ("E0102 03:04:05.678901       1 mill.go:138] 7 jammed", "mill.go] * jammed"),
        ('fatal: [h1]: FAILED! => {"changed": false, "msg": "no mill 7"}', "fatal: *: FAILED: no mill *"),
        ("mill 7 said 413: too large", "mill * said 413: too large"),
        ("mill 7 always does what it wants", "mill * always does what it wants"),
        ("paid $55, EUR 9.-, 7 EUR", "paid *"),
        ("Cannot convert a lot to a BigInt", "Cannot convert * to a BigInt"),
        ('msg="mill stopped" id=7', "msg=mill stopped id=*"),
        ("event=mill.stopped id=7", "event=mill.stopped id=*"),
        ("Can't find variable: mill7", "Can't find variable: mill7"),
        ("unknown column a1::b2 of 7", "unknown column a1::b2 of *"),
        ("dead:beef:: is gone", "* is gone"),
        ("unknown function dad::add", "unknown function dad::add"),
        ("Bad::Face and std::fade are gone", "Bad::Face and std::fade are gone"),
        ("订单123不存在", "订单*不存在"),
        (
            "['Enter a valid address.', 'Enter a short name.']",
            "Enter a valid address.\nEnter a short name.".replace("\n", " "),
        ),
        ('{"msg": "sync failed", "status": 404, "type": "Timeout"}', "sync failed Timeout status 404"),
        ('{"id": 7}', "*"),
        ('{"msg": 7, "id": [}', "*"),
        ("", ""),
        ("bad payload {'id': 1, 'name': 'x" + "y" * 2000, "bad payload *"),
        (r"bad body \"a 7 b\" of 7", "bad body * of *"),
        ("bad body '" + "lorem ipsum " * 200, "bad body *"),
        ("bad body '" + "lorem ipsum " * 50 + "' of 7", "bad body * of *"),
    ],
)
def test_templates(message: str, template: str) -> None:
    assert mask(message).text == template


def test_a_long_list_of_values_costs_few_looks() -> None:
    assert mask("lost " + "status 7, " * 80).text.startswith("lost status 7")


# fmt: off
_PIECES = st.sampled_from([
    "404", "137", "7", "13]", "42P01", "0x80070005", "E1234", "ORA-00942", "EIO", "SIGKILL", "UNAVAILABLE",
    "StatusCode.NOT_FOUND", "status", "code", "error", "ERROR", "got", "returned", "http", "exit", "signal",
    "errno", "[Errno", "os", "rc", "kind", "pgcode", "killed", "by", "failed:", "not", "found", "with", ":",
    "=", "(", ")", "'", '"', "->", "404:", "x:404", "code=4", "{'code':", "5}",
])
# fmt: on


@example(message="rc=4")
@given(message=st.lists(st.one_of(_PIECES, st.text(max_size=4)), max_size=9).map(" ".join))
def test_whatever_holds_a_code_is_masked_to_find_it(message: str) -> None:
    """A template's data is only masked where it may hold a code, so this must be true of every code."""
    assert not mask(message).codes or may_be_code(message)


@pytest.mark.parametrize(
    "messages",
    [
        # "Level 2 halted" and "Level 3 halted" are the one pair that a number tells apart.
        {os.strerror(number) for number in errorcode} - {os.strerror(51)},
        {status.phrase for status in HTTPStatus},
        {
            f"rpc failed: {name}"
            for name in ("NotFound", "Unimplemented", "DataLoss", "Unavailable", "Aborted")
        },
    ],
    ids=["system", "http", "grpc"],
)
def test_what_systems_say_stays_apart_without_a_number(messages: set[str]) -> None:
    assert len({sentence(message) for message in messages}) == len(messages)


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("lease 7 is held by anna", "lease * is held by *"),
        ("Ada Lind sang at noon", "* sang at *"),
        ("queue a: a letter is lost", "queue *: a letter is lost"),
        ("Mark refused what Mark said", "Mark refused what * said"),
        ("Not Implemented for Alfred", "Not Implemented for *"),
        ("cart.totl is not a function", "cart.totl is not a function"),
        ("Refusal: order 7 closed", "Refusal: order * closed"),
        ("shop.cart.Full raised by com/shop/Cart", "shop.cart.Full raised by *"),
        ("NoSuchKey in kg_total", "NoSuchKey in *"),
        ("digest by sha256 of x", "digest by sha256 of *"),
        ("limit=5 is over (for ann)", "limit=* is over (for *)"),
        ("stage publish was skipped", "stage * was skipped"),
        ("job queue is full", "job queue is full"),
        ("job timeout was exceeded", "job timeout was exceeded"),
        ("task delete failed", "task delete failed"),
        ("feature export is disabled", "feature * is disabled"),
        ("sheet Summary is locked", "sheet * is locked"),
        ("user Access Denied", "user Access Denied"),
        ("no transition from draft to PAID", "no transition from *"),
        ("cannot move from OPEN to CLOSED", "cannot move from *"),
        ("queue payments is full", "queue * is full"),
        ("queue access is denied", "queue access is denied"),
        ("reel 7 of Ode an die Freude is torn", "reel * of * is torn"),
        ("room 7 is rented to Sons of 1848", "room * is rented to *"),
        ("flight of Ann for Rome is late", "flight of * for * is late"),
        ("late for New Haven", "late for *"),
        ("unknown column Name of Order", "unknown column Name of Order"),
        ("spilled 6 kg of soft dark rye", "spilled * of *"),
        ("2nd tenor is late", "* is late"),
        ("kettle big kettle is empty", "kettle * is empty"),
        ("kettle two is empty", "kettle * is empty"),
        ("which one is empty", "which one is empty"),
        ("trip needs two stops", "trip needs * stop"),
        ("user null not found", "user * not found"),
        ("value of x is null", "value of * is null"),
        ("Cannot read properties of undefined", "Cannot read properties of undefined"),
        ("programme cold is too long", "programme * is too long"),
        ("Duke of York is late", "* is late"),
        ("truck 3×4 is gone", "truck * is gone"),
        ("truck № 7 is gone", "truck * is gone"),
        ("truck $1.2k is gone", "truck * is gone"),
        ("truck St. Gallen is gone", "truck * is gone"),
        ("truck Москва is gone", "truck * is gone"),
        ("truck Los Angeles is gone", "truck * is gone"),
        ("Server nicht erreichbar, Timeout", "Server nicht erreichbar, Timeout"),
        ("a new kettle is empty", "a new * is empty"),
        ("vendor is late", "vendor is late"),
        ("Konto 7 ist gesperrt", "Konto * ist gesperrt"),
        ("Konto gesperrt", "Konto gesperrt"),
        ("Benutzer Anna darf nicht buchen", "Benutzer * darf nicht buchen"),
        ("Заказ 17 не найден", "Заказ * не найден"),
        ("die casting failed", "die casting failed"),
        ("JSON.parse: bad character", "JSON.parse: bad character"),
        ("can't access property gain, this.node is null", "can't access property gain, this.node is null"),
        ("undefined method `+' for nil:NilClass", "undefined method + for nil:NilClass"),
        ("-[Loom weave:]: unrecognized selector", "-[Loom weave:]: unrecognized selector"),
        ("van 7 jammed", "van * jammed"),
    ],
)
def test_the_words_of_a_sentence_stay(message: str, words: str) -> None:
    assert sentence(message) == words
