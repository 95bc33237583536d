"""The play itself, as a process of the stack: sets the stage, tells the story, and judges."""

import random
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.contrib.auth import get_user_model

from sandbox.demo import cast, checks, report
from sandbox.demo.meta import Meta
from sandbox.demo.platform import connected
from sandbox.demo.player import Player
from sandbox.demo.scenes import Post
from sandbox.demo.searches import SEARCHES
from sandbox.demo.story import story
from sandbox.demo.traffic import Traffic
from sandbox.stack.terminal import Colour, Terminal

LOGIN = "demo"
SHORT = 20  # columns: what is longer stands by itself and moves nothing else


@dataclass(frozen=True, kw_only=True, slots=True)
class Addresses:
    """Where the stack is served."""

    webhook: str
    admin: str


def play(addresses: Addresses, *, once: bool, terminal: Terminal) -> bool:
    """Plays everything and returns whether all came out as it must.

    Without `once` it then goes on with a little traffic until the process is told to end.
    """
    start = int(time.time())
    now = datetime.fromtimestamp(start, UTC)
    meta = Meta(url=addresses.webhook, secret=settings.WHATSAPP_APP_SECRET)
    with connected(project=settings.GOOGLE_CLOUD_PROJECT) as platform:
        platform.track(cast.tracking_records(now=now))
        platform.store(cast.main_documents(now=now))
        player = Player(meta=meta, platform=platform, terminal=terminal, start=start)
        terminal.heading("Meta posts to the webhook")
        player.play(story(start=start))
        posts = list(player.posts)
        terminal.heading("What became of each event")
        report.print_table(posts, terminal=terminal)
        terminal.heading("The chats as they now stand")
        report.print_chats(platform, terminal=terminal)
        found = player.complaints or [
            *checks.differences(posts, platform=platform, start=start, now=now)
        ]
        good = _judge(found, posts=posts, terminal=terminal)
        if not once:
            _invite(addresses, terminal=terminal)
            Traffic(player=player, platform=platform, chance=random.Random()).go_on()  # noqa: S311
    meta.close()
    return good


def _judge(differences: list[str], *, posts: list[Post], terminal: Terminal) -> bool:
    if not differences:
        events = sum(len(post.items) for post in posts)
        deliveries = sum(not post.forged for post in posts)
        total = f"{events} events of {deliveries} deliveries"
        terminal.heading(f"{total}: every outcome and every document is as it must be.")
        return True
    terminal.heading("NOT as it must be:")
    for difference in differences:
        terminal.line(terminal.paint(f"  {difference}", Colour.RED))
    return False


def _invite(addresses: Addresses, *, terminal: Terminal) -> None:
    """Says where to look now."""
    password = secrets.token_urlsafe(9)
    get_user_model().objects.create_superuser(LOGIN, password=password)
    terminal.heading("Look for yourself")
    terminal.line(f"  the event log   {terminal.paint(addresses.admin, Colour.BOLD)}")
    terminal.line(f"  login           {terminal.paint(f'{LOGIN} / {password}', Colour.BOLD)}")
    terminal.line(f"  the webhook     {addresses.webhook}")
    terminal.line("  post to it      .venv/bin/python manage.py simulate_whatsapp text \\")
    terminal.line(f"                    --url {addresses.webhook} \\")
    terminal.line(f"                    --secret {settings.WHATSAPP_APP_SECRET}")
    terminal.heading("What to search for there")
    width = max(len(search.words) for search in SEARCHES if len(search.words) <= SHORT)
    for search in SEARCHES:
        words = terminal.paint(search.words.ljust(width), Colour.BOLD)
        terminal.line(f"  {words}  {search.opens}")
    terminal.line()
    terminal.line("  A little traffic goes on. Ctrl-C ends everything, and nothing is kept.")
    terminal.line()
