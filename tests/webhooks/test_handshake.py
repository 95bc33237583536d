"""The verification handshake, on query strings alone."""

import pytest

from webhooks.handshake import challenge

TOKEN = "test_verify_token"
GOOD = "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=test_verify_token"


def test_the_challenge_of_a_handshake_is_returned() -> None:
    assert challenge(GOOD, verify_token=TOKEN) == b"1158201444"


@pytest.mark.parametrize(
    ("quoted", "expected"),
    [
        ("%31", b"1"),
        ("%FF%00%0D%0A", b"\xff\x00\r\n"),
        ("%C3%A9", b"\xc3\xa9"),
        ("\xc3\xa9", b"\xc3\xa9"),
        ("a+b", b"a b"),
        ("%ZZ", b"%ZZ"),
        ("<script>", b"<script>"),
        ("x" * 5000, b"x" * 5000),
    ],
)
def test_the_challenge_is_returned_byte_for_byte(quoted: str, expected: bytes) -> None:
    query = f"hub.mode=subscribe&hub.challenge={quoted}&hub.verify_token={TOKEN}"
    assert challenge(query, verify_token=TOKEN) == expected


@pytest.mark.parametrize("order", [GOOD.split("&"), GOOD.split("&")[::-1], ["x=1", GOOD, "y"]])
def test_order_and_other_parameters_do_not_matter(order: list[str]) -> None:
    assert challenge("&".join(order), verify_token=TOKEN) == b"1158201444"


@pytest.mark.parametrize(
    "query",
    [
        "",
        "&&&",
        "%",
        "hub.mode=subscribe&hub.challenge=1&hub.verify_token=another",
        "hub.mode=subscribe&hub.challenge=1&hub.verify_token=test_verify_token2",
        "hub.mode=subscribe&hub.challenge=1&hub.verify_token=TEST_VERIFY_TOKEN",
        "hub.mode=subscribe&hub.challenge=1&hub.verify_token=",
        "hub.mode=subscribe&hub.challenge=1&hub.verify_token=%ff",
        "hub.mode=subscribe&hub.challenge=1",
        "hub.mode=unsubscribe&hub.challenge=1&hub.verify_token=test_verify_token",
        "hub.mode=Subscribe&hub.challenge=1&hub.verify_token=test_verify_token",
        "hub.mode=&hub.challenge=1&hub.verify_token=test_verify_token",
        "hub.challenge=1&hub.verify_token=test_verify_token",
        "hub.mode=subscribe&hub.verify_token=test_verify_token",
        "hub.mode=subscribe&hub.challenge=&hub.verify_token=test_verify_token",
        "hub_mode=subscribe&hub_challenge=1&hub_verify_token=test_verify_token",
        "hub[mode]=subscribe&hub[challenge]=1&hub[verify_token]=test_verify_token",
        "Hub.Mode=subscribe&Hub.Challenge=1&Hub.Verify_Token=test_verify_token",
        GOOD + "&hub.mode=subscribe",
        GOOD + "&hub.challenge=2",
        GOOD + "&hub.verify_token=test_verify_token",
        GOOD + "&hub.verify_token=another",
        GOOD + "&a=1" * 1000,
    ],
)
def test_anything_else_is_no_handshake(query: str) -> None:
    assert challenge(query, verify_token=TOKEN) is None


@pytest.mark.parametrize("token", ["", " ", "\t\n"])
def test_a_blank_token_lets_nobody_in(token: str) -> None:
    query = f"hub.mode=subscribe&hub.challenge=1&hub.verify_token={token}"
    assert challenge(query, verify_token=token) is None


@pytest.mark.parametrize(
    ("token", "quoted"), [("schlüssel", "schl%C3%BCssel"), ("\udcff", "%FF"), ("a b", "a+b")]
)
def test_a_token_need_not_be_ascii(token: str, quoted: str) -> None:
    query = f"hub.mode=subscribe&hub.challenge=1&hub.verify_token={quoted}"
    assert challenge(query, verify_token=token) == b"1"
    assert challenge(GOOD, verify_token=token) is None
