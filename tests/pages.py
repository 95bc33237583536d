"""What a page says, without its markup."""

from html.parser import HTMLParser


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words = ""

    def handle_data(self, data: str) -> None:
        self.words += data


def words_of(html: str) -> str:
    """All words of a piece of HTML, as a browser's `textContent` has them."""
    parser = _Words()
    parser.feed(html)
    parser.close()
    return parser.words
