"""Somebody in front of a browser: what they do, and what they wait to see."""

PATIENCE = 20_000  # milliseconds: images are pulled in real time


class Learner:
    """A visitor's page with a lab on it."""

    def __init__(self, page):
        from playwright.sync_api import expect

        self.page, self.expect = page, expect

    def opens_the_playground(self):
        self.page.goto("/playground/")
        self.page.get_by_role("button", name="Start my cluster").click()
        self.is_live()
        self.sees("learner@workstation:~$")
        return self

    def is_live(self):
        self.expect(self.page.locator("#link-state")).to_have_attribute("data-state", "online", timeout=PATIENCE)

    # the terminal

    def presses(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    def types(self, text):
        """Type into the terminal, without Enter."""
        self.page.locator("lab-terminal .terminal-screen").click()
        self.page.keyboard.type(text)

    def enters(self, line):
        self.types(f"{line}\n")

    def screen(self):
        """Return what stands in the terminal, also what has scrolled away."""
        return self.page.evaluate("document.querySelector('lab-terminal').text")

    def sees(self, *texts):
        """Wait until each text stands in the terminal."""
        for text in texts:
            self.page.wait_for_function(
                "text => document.querySelector('lab-terminal').text.includes(text)", arg=text, timeout=PATIENCE
            )

    def line_is(self, text):
        """Wait until the terminal's last line is this."""
        self.page.wait_for_function(
            "text => document.querySelector('lab-terminal').text.split('\\n').at(-1) === text",
            arg=f"learner@workstation:~$ {text}".rstrip(),
            timeout=PATIENCE,
        )

    # the rest

    @property
    def editor(self):
        return self.page.locator("yaml-editor")

    @property
    def map(self):
        return self.page.locator("cluster-map")

    def file(self):
        """Return the text of the file in front."""
        return self.page.evaluate("document.querySelector('yaml-editor').view.state.doc.toString()")

    def button(self, name):
        return self.page.get_by_role("button", name=name, exact=True)

    def reads_in_map(self, *texts):
        for text in texts:
            self.expect(self.map).to_contain_text(text, timeout=PATIENCE)
