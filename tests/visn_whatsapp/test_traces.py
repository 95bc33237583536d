"""Which trace a request has, whatever its headers say."""

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from visn_whatsapp import traces
from visn_whatsapp.traces import Handling, Trace, Under, trace_of

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
PARENT = f"00-{TRACE}-{SPAN}-01"
NUMBER = str(int(SPAN, 16))

WELL_FORMED = [
    (PARENT, True),
    (f"00-{TRACE}-{SPAN}-00", False),
    (f"00-{TRACE}-{SPAN}-02", False),  # flags that nobody knows yet
    (f"00-{TRACE}-{SPAN}-ff", True),
    (f"01-{TRACE}-{SPAN}-01", True),  # versions that nobody knows yet
    (f"fe-{TRACE}-{SPAN}-01-", True),
    (f"cc-{TRACE}-{SPAN}-01-what the future brings", True),
]
MALFORMED = [
    "",
    "-",
    TRACE,
    PARENT.upper(),
    f" {PARENT}",
    f"{PARENT} ",
    f"{PARENT}\n",
    f"{PARENT}-",
    f"{PARENT}-00",
    f"{PARENT},{PARENT}",
    f"ff-{TRACE}-{SPAN}-01",
    f"0-{TRACE}-{SPAN}-01",
    f"0x-{TRACE}-{SPAN}-01",
    f"00-{'0' * 32}-{SPAN}-01",
    f"00-{TRACE}-{'0' * 16}-01",
    f"00-{TRACE[1:]}-{SPAN}-01",
    f"00-{TRACE}0-{SPAN}-01",
    f"00-{TRACE}-{SPAN[1:]}-01",
    f"00-{TRACE}-{SPAN}0-01",
    f"00-{TRACE}-{SPAN}-1",
    f"00-{TRACE}-{SPAN}-0g",
    f"00-{TRACE}-{SPAN}",
    f"00_{TRACE}_{SPAN}_01",
    f"00-{TRACE[1:]}٣-{SPAN}-01",
    f"01-{TRACE}-{SPAN}-01.",
    f"01-{TRACE}-{SPAN}-011",
]

WELL_FORMED_CLOUD = [
    (f"{TRACE}/{NUMBER};o=1", SPAN, True),
    (f"{TRACE}/{NUMBER};o=0", SPAN, False),
    (f"{TRACE}/{NUMBER};o=3", SPAN, True),
    (f"{TRACE}/{NUMBER}", SPAN, False),
    (f"{TRACE}/00{NUMBER}", SPAN, False),
    (f"{TRACE}/74;o=1", "000000000000004a", True),
    (f"{TRACE}/{2**64 - 1}", "f" * 16, False),
    (f"{TRACE}/0;o=1", "", True),
    (f"{TRACE};o=1", "", True),
    (TRACE, "", False),
]
MALFORMED_CLOUD = [
    "",
    "/",
    PARENT,
    TRACE.upper(),
    TRACE[1:],
    f"{TRACE}0",
    f"{'0' * 32}/{NUMBER};o=1",
    f"{TRACE}/;o=1",
    f"{TRACE}/{2**64}",
    f"{TRACE}/{'9' * 5000}",
    f"{TRACE}/-1",
    f"{TRACE}/+1",
    f"{TRACE}/1_0",
    f"{TRACE}/{SPAN[:-1]}f;o=1",
    f"{TRACE}/٣;o=1",
    f"{TRACE}/{NUMBER};o=",
    f"{TRACE}/{NUMBER};o=x",
    f"{TRACE}/{NUMBER};o=10",
    f"{TRACE}/{NUMBER};",
    f"{TRACE}/{NUMBER};o=1;o=1",
    f"{TRACE}/{NUMBER};o=1\n",
    f" {TRACE}/{NUMBER};o=1",
]
NO_TRACES = {"HTTP_TRACEPARENT": MALFORMED, "HTTP_X_CLOUD_TRACE_CONTEXT": MALFORMED_CLOUD}


@pytest.mark.parametrize(("header", "is_sampled"), WELL_FORMED)
def test_a_traceparent_names_trace_span_and_sampling(header: str, is_sampled: bool) -> None:
    expected = Trace(id=TRACE, span=SPAN, is_sampled=is_sampled)
    assert trace_of({"HTTP_TRACEPARENT": header}) == expected


@pytest.mark.parametrize(("header", "span", "is_sampled"), WELL_FORMED_CLOUD)
def test_the_older_header_has_the_span_as_a_number(
    header: str, span: str, is_sampled: bool
) -> None:
    expected = Trace(id=TRACE, span=span, is_sampled=is_sampled)
    assert trace_of({"HTTP_X_CLOUD_TRACE_CONTEXT": header}) == expected


@pytest.mark.parametrize(
    ("name", "header"),
    [(name, header) for name, headers in NO_TRACES.items() for header in headers],
)
def test_what_is_malformed_is_no_trace(name: str, header: str) -> None:
    assert trace_of({name: header}) is None


@pytest.mark.parametrize("header", MALFORMED)
def test_beside_a_malformed_traceparent_the_older_header_counts(header: str) -> None:
    older = f"{TRACE}/74;o=1"
    assert trace_of({"HTTP_TRACEPARENT": header, "HTTP_X_CLOUD_TRACE_CONTEXT": older}) == Trace(
        id=TRACE, span="000000000000004a", is_sampled=True
    )


def test_of_two_that_differ_the_traceparent_counts() -> None:
    older = f"{'a' * 32}/74;o=0"
    assert trace_of({"HTTP_TRACEPARENT": PARENT, "HTTP_X_CLOUD_TRACE_CONTEXT": older}) == Trace(
        id=TRACE, span=SPAN, is_sampled=True
    )


def test_without_headers_there_is_no_trace() -> None:
    assert trace_of({}) is None


@pytest.mark.parametrize(
    ("environ", "passed_on"),
    [
        ({"HTTP_TRACEPARENT": PARENT}, PARENT),
        ({"HTTP_TRACEPARENT": f"cc-{TRACE}-{SPAN}-03-future"}, PARENT),
        ({"HTTP_TRACEPARENT": f"00-{TRACE}-{SPAN}-02"}, f"00-{TRACE}-{SPAN}-00"),
        ({"HTTP_X_CLOUD_TRACE_CONTEXT": f"{TRACE}/{NUMBER};o=1"}, PARENT),
        ({"HTTP_X_CLOUD_TRACE_CONTEXT": f"{TRACE};o=1"}, None),  # no span to be the parent
        ({"HTTP_TRACEPARENT": "nonsense"}, None),
        ({}, None),
    ],
)
def test_what_a_request_stands_under_is_passed_on(
    environ: dict[str, str], passed_on: str | None
) -> None:
    with Handling(environ):
        assert traces.passed_on() == ({"traceparent": passed_on} if passed_on else {})
    assert traces.passed_on() == {}


def test_part_of_a_request_may_stand_under_another_trace() -> None:
    inner = Trace(id="a" * 32, span="b" * 16, is_sampled=False)
    innermost = Trace(id="a" * 32, span="c" * 16, is_sampled=False)
    request = Trace(id=TRACE, span=SPAN, is_sampled=True)
    with Handling({"HTTP_TRACEPARENT": PARENT}):
        with Under(inner):
            assert traces.current() == inner
            with suppress(ZeroDivisionError), Under(innermost):
                assert traces.current() == innermost
                raise ZeroDivisionError
            assert traces.current() == inner
            with Under(None):
                assert traces.current() == inner
        assert traces.current() == request
        with Under(None):
            assert traces.current() == request


NEARLY = st.text("0123456789abcdefABCDEF-/;=o \n", max_size=70) | st.from_regex(
    r"[0-9a-g]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-g]{2}.?|[0-9a-f]{32}(/[0-9]{0,21})?(;o=.?)?"
)


@examples(300)
@given(parent=NEARLY | st.text(), older=NEARLY | st.text())
def test_whatever_the_headers_hold_a_trace_has_its_form(parent: str, older: str) -> None:
    trace = trace_of({"HTTP_TRACEPARENT": parent, "HTTP_X_CLOUD_TRACE_CONTEXT": older})
    if trace is not None:
        assert re.fullmatch(r"[0-9a-f]{32}", trace.id)
        assert re.fullmatch(r"([0-9a-f]{16})?", trace.span)
        assert int(trace.id, 16)
        assert trace.id in parent + older


@examples(100)
@given(
    trace=st.integers(1, 2**128 - 1), span=st.integers(1, 2**64 - 1), flags=st.integers(0, 2**8 - 1)
)
def test_both_headers_say_the_same(trace: int, span: int, flags: int) -> None:
    parent = f"00-{trace:032x}-{span:016x}-{flags:02x}"
    older = f"{trace:032x}/{span};o={flags & 1}"
    found = trace_of({"HTTP_TRACEPARENT": parent})
    assert found == trace_of({"HTTP_X_CLOUD_TRACE_CONTEXT": older})
    assert found == Trace(id=f"{trace:032x}", span=f"{span:016x}", is_sampled=bool(flags & 1))
