"""Plays a story in its own time, and says what happens as it happens."""

import time
from collections import Counter
from collections.abc import Sequence

from sandbox.demo.meta import Meta
from sandbox.demo.outcomes import Found, wait_for
from sandbox.demo.platform import Platform
from sandbox.demo.scenes import Post, Scene, Store
from sandbox.stack.terminal import Colour, Terminal, fit
from webhooks.authentication import sign
from webhooks.outcomes import Reason, State

SETTLED_WITHIN_SECONDS = 20.0
SAYS_COLUMNS = 58
UNSETTLED = f"not settled within {SETTLED_WITHIN_SECONDS:.0f} s; `--folder` keeps the logs"

COLOURS = {
    State.PROCESSED: Colour.GREEN,
    State.DUPLICATE: Colour.BLUE,
    State.IGNORED: Colour.DIM,
    State.SKIPPED: Colour.YELLOW,
    State.WAITING: Colour.YELLOW,
    State.FAILED: Colour.RED,
}


class Player:
    """Meta and the sender, for the scenes of a story that began at `start` (unix seconds)."""

    def __init__(self, *, meta: Meta, platform: Platform, terminal: Terminal, start: int) -> None:
        self.complaints: list[str] = []  # about answers, and about what was not settled
        self.posts: list[Post] = []  # those that were posted, in their order
        self._meta = meta
        self._platform = platform
        self._terminal = terminal
        self._start = start

    def play(self, scenes: Sequence[Scene]) -> None:
        """Takes each scene at its time, then waits for those that were left waiting.

        The first thing that goes wrong ends it.
        """
        for scene in scenes:
            time.sleep(max(0.0, self._start + scene.at - time.time()))
            self.take(scene)
            if self.complaints:
                return  # what follows would only wait in vain as well
        for scene in scenes:
            if isinstance(scene, Post) and scene.waits:
                found = wait_for(scene, seconds=SETTLED_WITHIN_SECONDS, patient=False)
                self._say(f"{scene.says}, and now", self._outcome(found))

    def take(self, scene: Scene) -> None:
        """Takes one scene, and waits for what becomes of it."""
        if isinstance(scene, Store):
            message = scene.message
            self._platform.store({message.path: message.fields(now=scene.written_at)})
            self._say(scene.says, "stored")
        else:
            self._post(scene)

    def _post(self, post: Post) -> None:
        forgery = sign(post.body, secret="not Meta's") if post.forged else ""  # noqa: S106
        self.posts.append(post)
        answer = self._meta.post(post.body, signature=forgery)
        if answer.status != post.answer:
            self._complain(post, f"answered {answer.status}")
            return
        if post.forged:
            refused = self._terminal.paint(f"{answer.status} refused, nothing stored", Colour.RED)
            self._say(post.says, refused)
        elif post.again:
            self._say(post.says, self._terminal.paint("known bytes, nothing new", Colour.BLUE))
        else:
            found = wait_for(post, seconds=SETTLED_WITHIN_SECONDS)
            if len(found) < len(post.items) or not (post.waits or _all_settled(found)):
                self._complain(post, UNSETTLED)
            self._say(post.says, self._outcome(found))

    def _complain(self, post: Post, complaint: str) -> None:
        self.complaints.append(f"{post.says}: {complaint}")

    def _outcome(self, found: Sequence[Found]) -> str:
        reasons = Counter((each.state, each.reason) for each in found)
        told = [self._told(state, reason, count) for (state, reason), count in reasons.items()]
        times = [each.took.total_seconds() for each in found if each.took is not None]
        took = self._terminal.paint(f"  {max(times) * 1000:.0f} ms", Colour.DIM) if times else ""
        return ", ".join(told) + took

    def _told(self, state: str, reason: str, count: int) -> str:
        words = f"{state} ({reason.replace('_', ' ')})" if reason != Reason.APPLIED else state
        times = f"{count} " if count > 1 else ""
        return self._terminal.paint(times + words, COLOURS.get(State[state.upper()], Colour.PLAIN))

    def _say(self, says: str, outcome: str) -> None:
        elapsed = self._terminal.paint(f"{time.time() - self._start:6.1f} s", Colour.DIM)
        self._terminal.line(f"{elapsed}  {fit(says, SAYS_COLUMNS)}  {outcome}")


def _all_settled(found: Sequence[Found]) -> bool:
    return all(each.took is not None for each in found)
