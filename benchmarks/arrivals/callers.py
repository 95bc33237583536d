"""Callers who post like Meta, each over a connection of its own that it keeps."""

import asyncio
import hashlib
import hmac
import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from sandbox import samples

_serials = itertools.count()


@dataclass(kw_only=True)
class Answers:
    """What came back."""

    seconds: float = 0.0  # that all took
    latencies: list[float] = field(default_factory=list)  # seconds until each answer of 200
    refused: int = 0  # other answers

    @property
    def rate(self) -> float:
        """Answers of 200 a second."""
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        """The latency, in seconds, that this share of the answers did not exceed."""
        return sorted(self.latencies)[
            min(int(share * len(self.latencies)), len(self.latencies) - 1)
        ]


def requests(number: int, *, secret: str) -> list[bytes]:
    """Signed posts of a text each, never the same twice."""
    return [_request(secret) for _ in range(number)]


def _request(secret: str) -> bytes:
    message = samples.text(message_id=samples.wamid(samples.DRIVER_NUMBER, next(_serials)))
    change = samples.change(messages=[message], contacts=[samples.contact()])
    body = samples.encode(samples.envelope(samples.entry(change)))
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    head = (
        "POST /v1/webhooks/whatsapp/webhook HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        "Content-Type: application/json\r\nUser-Agent: facebookexternalua\r\n"
        f"X-Hub-Signature-256: sha256={signature}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def post(
    port: int, posts: Iterator[bytes], *, callers: int, seconds: float, rate: float = 0.0
) -> Answers:
    """Lets callers post for so long, each as soon as it is answered; or so many a second in all.

    With a rate the latency counts from when a post was due. Raises RuntimeError if there are not
    enough posts.
    """
    return asyncio.run(_post(port, posts, callers=callers, seconds=seconds, rate=rate))


async def _post(
    port: int, posts: Iterator[bytes], *, callers: int, seconds: float, rate: float
) -> Answers:
    answers, turns = Answers(), itertools.count()
    begun = time.perf_counter()

    async def call() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (due := time.perf_counter()) < begun + seconds:
            if rate:
                due = begun + next(turns) / rate
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
            post = next(posts, None)
            if post is None:
                raise RuntimeError("there are not enough posts for so long")
            writer.write(post)
            if await _is_taken(reader):
                answers.latencies.append(time.perf_counter() - due)
            else:
                answers.refused += 1
        writer.close()

    await asyncio.gather(*(call() for _ in range(callers)))
    answers.seconds = time.perf_counter() - begun
    return answers


async def _is_taken(reader: asyncio.StreamReader) -> bool:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    if b"content-length:" in head:
        length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
    elif b"chunked" in head:
        await reader.readuntil(b"0\r\n\r\n")
    return head.split(b"\r\n", 1)[0].split()[1] == b"200"
