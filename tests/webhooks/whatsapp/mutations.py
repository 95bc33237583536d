"""Odd payloads: the files in tests/payloads/ with anything in place of anything."""

import json
from collections.abc import Iterator

from hypothesis import strategies as st

from tests.webhooks.whatsapp.payloads import DIRECTORY

Path = tuple[str | int, ...]

# Half of a surrogate pair and NUL may stand in any text that json can write.
TEXTS = st.text(st.sampled_from('aé👍"\\/[]{}1.\0\ud83d\udc4d'), max_size=5)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=2**62)
    | st.floats()
    | TEXTS
    | st.sampled_from(["messages", "failed", "text", "reaction", "group", "1749416383", ""])
)
KEYS = TEXTS | st.sampled_from(
    ["id", "from", "type", "errors", "status", "value", "field", "messages", "timestamp", "__x__"]
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
WHOLE = [json.loads(file.read_bytes()) for file in sorted(DIRECTORY.glob("[!n]*.json"))]


def paths(tree: object, here: Path = ()) -> Iterator[Path]:
    """Where every value of a tree stands."""
    yield here
    inner: Iterator[tuple[str | int, object]] = iter(())
    if isinstance(tree, dict):
        inner = iter(tree.items())
    elif isinstance(tree, list):
        inner = iter(enumerate(tree))
    for step, value in inner:
        yield from paths(value, (*here, step))


def replaced(tree: object, path: Path, value: object) -> object:
    """A copy of a tree with another value in that place."""
    if not path:
        return value
    step, *rest = path
    if isinstance(tree, dict):
        return {**tree, step: replaced(tree[step], tuple(rest), value)}
    assert isinstance(tree, list)
    assert isinstance(step, int)
    return [*tree[:step], replaced(tree[step], tuple(rest), value), *tree[step + 1 :]]


@st.composite
def trees(draw: st.DrawFn) -> object:
    """A payload with up to three odd values in it."""
    tree: object = draw(st.sampled_from(WHOLE))
    for _ in range(draw(st.integers(min_value=0, max_value=3))):
        tree = replaced(tree, draw(st.sampled_from(list(paths(tree)))), draw(JSON))
    return tree


@st.composite
def encoded(draw: st.DrawFn) -> bytes:
    """A payload as bytes, in one of the spellings of JSON."""
    ascii_only = draw(st.booleans())
    text = json.dumps(
        draw(trees()), ensure_ascii=ascii_only, indent=draw(st.sampled_from([None, 1]))
    )
    return text.encode("utf-8", errors="surrogatepass")


@st.composite
def broken(draw: st.DrawFn) -> bytes:
    """A payload as bytes, with some of them lost, doubled or replaced."""
    raw = draw(encoded())
    for _ in range(draw(st.integers(min_value=1, max_value=3))):
        start = draw(st.integers(min_value=0, max_value=len(raw)))
        end = draw(st.integers(min_value=start, max_value=min(len(raw), start + 30)))
        middle = draw(st.sampled_from([b"", raw[start:end] * 2]) | st.binary(max_size=4))
        raw = raw[:start] + middle + raw[end:]
    return raw
