"""Callers who post over a connection each, which they keep: as Meta does, or the queue."""

import asyncio
import itertools
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field


@dataclass(kw_only=True)
class Answers:
    """What came back."""

    begun_at: float = 0.0  # seconds since 1970; with a rate post n is due n / rate later
    seconds: float = 0.0  # that all took
    cpu: float = 0.0  # seconds of the callers' own
    latencies: list[float] = field(default_factory=list)  # seconds until each answer of 200
    refused: int = 0  # other answers, and none

    @property
    def rate(self) -> float:
        """Answers of 200 a second."""
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        """The latency, in seconds, that this share of the answers did not exceed."""
        return percentile(self.latencies, share)


def percentile(values: Iterable[float], share: float) -> float:
    """The least of the values that this share of them does not exceed."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def request(path: str, body: bytes, **headers: str) -> bytes:
    """A post as it goes over the wire."""
    lines = {"Host": "127.0.0.1", "Content-Type": "application/json", **headers}
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in lines.items())
    return f"POST {path} HTTP/1.1\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def post(
    port: int, posts: Iterable[bytes], *, callers: int, seconds: float, rate: float = 0.0
) -> Answers:
    """Lets callers post for so long, each as soon as it is answered; or so many a second in all.

    It ends earlier where there are no more posts. With a rate the latency counts from when a post
    was due.
    """
    return asyncio.run(_post(port, iter(posts), callers=callers, seconds=seconds, rate=rate))


async def _post(
    port: int, posts: Iterator[bytes], *, callers: int, seconds: float, rate: float
) -> Answers:
    answers, turns = Answers(begun_at=time.time()), itertools.count()
    cpu, begun = time.process_time(), time.perf_counter()

    async def call() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (due := time.perf_counter()) < begun + seconds:
            post = next(posts, None)
            if rate:
                due = begun + next(turns) / rate
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
            if post is None or due > begun + seconds:
                break
            writer.write(post)
            try:
                taken = await _is_taken(reader)
            except (asyncio.IncompleteReadError, ConnectionError):  # it was kept no longer
                taken = False
                writer.close()
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
            if taken:
                answers.latencies.append(time.perf_counter() - due)
            else:
                answers.refused += 1
        writer.close()

    await asyncio.gather(*(call() for _ in range(callers)))
    answers.seconds = time.perf_counter() - begun
    answers.cpu = time.process_time() - cpu
    return answers


async def _is_taken(reader: asyncio.StreamReader) -> bool:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    if b"content-length:" in head:
        length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
    elif b"chunked" in head:
        await reader.readuntil(b"0\r\n\r\n")
    return head.split(b"\r\n", 1)[0].split()[1] == b"200"
