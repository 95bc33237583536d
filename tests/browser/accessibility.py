"""What axe-core finds wrong with a page, for a test to say."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page


def problems(page: Page) -> list[str]:
    """Each broken rule with the first element that breaks it, once the page has its styles."""
    page.wait_for_load_state("load")
    found = Axe().run(page).response["violations"]
    return [f"{rule['id']}: {rule['nodes'][0]['html'][:200]}" for rule in found]
