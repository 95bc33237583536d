"""Meta's signature, on bytes alone."""

import pytest

from webhooks.authentication import Cause, SignatureRefused, sign, verify

SECRET = "test_app_secret"
ESCAPED = (
    rb'{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages",'
    rb'"value":{"messages":[{"text":{"body":"ol\u00e1 \ud83d\udc4d a\u0040b.co https:\/\/x.y"}}]'
    rb"}}]}]}"
)
VECTORS = {
    b'{"object":"whatsapp_business_account","entry":[]}': (
        "dec6a680679a968e7e0319355b23599cbfc54502c0784668e9618baa0c633756"
    ),
    b'{"object": "whatsapp_business_account", "entry": []}': (
        "56cbbaf4961c6cfdae48b7f116c047e5eb513d2c931baae63a2bc1afd26f803a"
    ),
    ESCAPED: "cce5223e4cf82a702471213cb317d880d7a2cb4ca13b004b1c42dbcdb57a3665",
}
BODY, DIGEST = next(iter(VECTORS.items()))


def refused(signature: str | None, *secrets: str, body: bytes = BODY) -> Cause:
    """Returns why this signature is refused."""
    with pytest.raises(SignatureRefused) as refusal:
        verify(body, signature=signature, secrets=secrets)
    return refusal.value.cause


@pytest.mark.parametrize(("body", "digest"), VECTORS.items())
def test_signatures_are_those_that_meta_makes(body: bytes, digest: str) -> None:
    assert sign(body, secret=SECRET) == f"sha256={digest}"
    verify(body, signature=f"sha256={digest}", secrets=[SECRET])


def test_the_escaped_body_has_the_length_that_was_signed() -> None:
    assert len(ESCAPED) == 183


def test_the_previous_secret_is_accepted_too() -> None:
    verify(BODY, signature=sign(BODY, secret="previous"), secrets=["current", "previous"])
    verify(BODY, signature=sign(BODY, secret="current"), secrets=["current", "previous"])
    verify(BODY, signature=sign(BODY, secret="previous"), secrets=["", "previous"])


def test_other_bytes_do_not_match() -> None:
    assert refused(f"sha256={DIGEST}", SECRET, body=BODY + b" ") is Cause.MISMATCH


def test_another_secret_does_not_match() -> None:
    assert refused(sign(BODY, secret="another"), SECRET) is Cause.MISMATCH


@pytest.mark.parametrize("secrets", [(), ("",), ("", "")])
def test_without_a_secret_everything_is_refused(secrets: tuple[str, ...]) -> None:
    assert refused(sign(BODY, secret=""), *secrets) is Cause.UNCONFIGURED


@pytest.mark.parametrize("signature", [None, ""])
def test_a_signature_must_be_there(signature: str | None) -> None:
    assert refused(signature, SECRET) is Cause.MISSING


@pytest.mark.parametrize(
    "signature",
    [
        DIGEST,
        f"sha1={DIGEST}",
        f"sha256={DIGEST.upper()}",
        f"sha256={DIGEST[:-1]}",
        f"sha256={DIGEST}0",
        f" sha256={DIGEST}",
        f"sha256={DIGEST}\n",
        f"sha256={DIGEST},sha256={DIGEST}",
        f"sha256={'٣' * 64}",
        "sha256=" + "é" * 64,
        "\udcff",
        "sha256=",
        "=",
    ],
)
def test_a_signature_must_have_the_form_that_meta_gives_it(signature: str) -> None:
    assert refused(signature, SECRET) is Cause.MALFORMED


@pytest.mark.parametrize("secret", ["geheimnß", "\udcff\udcfe", "秘密"])
def test_a_secret_need_not_be_ascii(secret: str) -> None:
    verify(BODY, signature=sign(BODY, secret=secret), secrets=[secret])
    assert refused(f"sha256={DIGEST}", secret) is Cause.MISMATCH
