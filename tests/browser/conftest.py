"""A real browser, offline, that remembers everything it complained about."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.core.management import call_command

SAMPLES = "example_project/sample_articles"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
WATCH_POLICY = """
window.violations = [];
addEventListener("securitypolicyviolation", (event) => {
  window.violations.push(`${event.effectiveDirective} ${event.blockedURI}`);
});
"""


@dataclass
class Reader:
    """Somebody with the newspaper open in a browser."""

    page: Any
    base: str
    complaints: list[str] = field(default_factory=list)
    """Errors on the console and uncaught exceptions; a remote picture that was blocked is none."""

    def open(self, address: str = "/") -> None:
        self.page.goto("about:blank")
        self.page.goto(self.base + address)

    def violations(self) -> list[str]:
        """Return what the Content-Security-Policy of the page has stopped."""
        return self.page.evaluate("window.violations")

    def focused(self) -> str:
        """Return the text of the element that has the focus."""
        return self.page.evaluate("document.activeElement.textContent.trim()")

    def hear(self, message: Any) -> None:
        if message.type in {"error", "warning"} and message.location["url"].startswith(self.base):
            self.complaints.append(message.text)


@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Any]:
    """Chromium; closed with the module, because its event loop would reach every test after it."""
    from playwright.sync_api import sync_playwright

    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright runs an event loop in this thread, in which Django would refuse the database.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        chromium = playwright.chromium.launch(executable_path=chromium_path, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def newspaper(transactional_db: None) -> None:
    """The example's articles, imported."""
    call_command("import_articles", SAMPLES, verbosity=0)


@pytest.fixture
def make_reader(browser: Any, live_server: Any) -> Iterator[Callable[..., Reader]]:
    """Return a function that opens a browser window: options are those of Playwright's contexts."""
    contexts = []

    def make(**options: Any) -> Reader:
        options = {"locale": "en-GB", "viewport": {"width": 1280, "height": 900}, **options}
        context = browser.new_context(**options)
        contexts.append(context)
        context.add_init_script(WATCH_POLICY)
        # The last route wins: nothing leaves this machine.
        context.route("**/*", lambda route: route.abort())
        context.route(f"{live_server.url}/**", lambda route: route.continue_())
        reader = Reader(context.new_page(), live_server.url)
        reader.page.set_default_timeout(10_000)
        reader.page.on("console", reader.hear)
        reader.page.on("pageerror", lambda error: reader.complaints.append(str(error)))
        return reader

    yield make
    for context in contexts:
        context.close()
