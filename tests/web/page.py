"""Visits the status page of a running daemon, and judges it.

page.py BROWSER URL DIRECTORY: tells the shell what it found and what it wants done, a line each: "ok NAME", "no NAME",
"# REMARK", "do WORD" (and waits for a line back), "skip WHY". Pictures go into the directory.
"""

import sys

from browse import Browser

# Every text, how well it stands out from what is behind it (WCAG 2): the least ratio, and where.
CONTRAST = """(() => {
    const parse = (c) => c.match(/[\\d.]+/g).map(Number);
    const light = (c) => { const [r, g, b] = c.slice(0, 3).map((v) => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
        return .2126 * r + .7152 * g + .0722 * b; };
    const behind = (e) => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor);
        if (c.length === 3 || c[3] > 0) return c; } return [255, 255, 255]; };
    let least = [99, ""];
    for (const e of document.querySelectorAll("body *")) {
        if (![...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()) || !e.offsetParent || e.closest("script,style")) continue;
        const [a, b] = [light(parse(getComputedStyle(e).color)), light(behind(e))].sort((x, y) => y - x);
        const ratio = (a + .05) / (b + .05);
        if (ratio < least[0]) least = [ratio, e.tagName + "." + e.className + " " + e.textContent.slice(0, 30)];
    }
    return least;
})()"""

CURVES = "[...document.querySelectorAll('.chart .curve:not(.second)')].map((c) => c.getAttribute('d'))"
NUMBER = "document.querySelector('[data-chart=%s] .now').textContent"
HEADLINE = "document.getElementById('headline').textContent"
ROWS = "document.querySelectorAll('#%s tbody tr').length"


def say(*words):
    """A line to the shell."""
    print(*words, flush=True)


def ok(good, name, remark=""):
    """A result."""
    say("ok" if good else "no", name)
    if not good and remark != "":
        say("#", str(remark).replace("\n", " ")[:400])


def do(word):
    """Has the shell do something."""
    say("do", word)
    sys.stdin.readline()


class Visit:
    """One visit, from the first look to a daemon that went away and came back."""

    def __init__(self, browser, url, directory):
        self.b, self.url, self.directory = browser, url, directory

    def arrive(self):
        """The page as it comes."""
        b = self.b
        b.size(1280, 900)
        b.go(self.url)
        ok(b.wait("!document.getElementById('figures').hidden"), "the page shows figures")
        ok(b.look(HEADLINE) == "Healthy", "the verdict is told", b.look(HEADLINE))
        ok("all that came is stored" in b.look("document.getElementById('sentence').textContent"), "in a sentence, too")
        ok(b.look("document.title").startswith("Healthy"), "and in the title")
        ok(b.wait("document.getElementById('no-messages').textContent === 'None yet.'"), "no message yet")
        ok(b.look("document.querySelectorAll('noscript, #losses[hidden]').length") == 2, "no loss")

    def load(self):
        """While messages come."""
        b = self.b
        do("load")
        ok(b.wait("+" + NUMBER % "rate" + ".replace(/[^0-9]/g, '') > 100"), "the rate of messages is live")
        ok(b.wait(CURVES + ".filter((d) => d.length > 30).length >= 3", 30), "charts are drawn", b.look(CURVES))
        ok(b.wait("/^[0-9.]+ m?s in the mean/.test(" + NUMBER % "commit" + ")"), "the time of commits is told",
           b.look(NUMBER % "commit"))
        ok(b.look(ROWS % "listeners") == 2, "both listeners")
        ok(b.look(ROWS % "stores") == 1, "the store")
        ok(b.look(ROWS % "workers") == 2, "both workers")
        ok(b.wait("document.querySelectorAll('#messages tbody tr').length === 20"), "the newest twenty messages")
        do("quiet")
        ok(b.wait("document.getElementById('sentence').textContent.startsWith('Nothing comes in')"), "the end of it is seen")

    def strangers(self):
        """Messages that would like to be more than text, and losses."""
        b = self.b
        do("strangers")
        ok(b.wait("document.querySelector('#messages').textContent.includes('gnp.exe')"), "a message from a stranger")
        ok(b.look("document.querySelectorAll('script').length") == 1, "brings no script")
        ok(b.look("window.pwned === undefined && !document.querySelector('#messages img, #messages a')"), "nor anything else")
        text = b.look("document.querySelector('#messages').textContent")
        ok("<script>window.pwned = 1</script>" in text, "its markup is text", text)
        ok("\\x1b[31mred" in text and "<U+202E>" in text, "what cannot be seen is told", text)
        ok("\\xff\\xfe binary\\x00line (14 bytes, not text)" in text, "so are bytes that are no text", text)
        ok("… cut, 900 bytes were sent" in text, "and what was cut", text)
        ok(b.wait("document.querySelector('#losses tbody').textContent.includes('oversize')"), "losses by reason",
           b.look("document.querySelector('#losses').textContent"))

    def keyboard(self):
        """Without a mouse."""
        b = self.b
        b.look("document.activeElement.blur()")
        seen = []
        for _ in range(12):
            b.press("Tab")
            seen.append(b.look("(document.activeElement.closest('.chart') || {dataset: {}}).dataset.chart || "
                               "document.activeElement.id || document.activeElement.getAttribute('href') || ''"))
        ok(seen[:4] == ["rate", "queue", "commit", "loss"], "the tabulator leads to the charts", seen)
        ok("hold" in seen and "/metrics" in seen, "to the button and to the links", seen)
        b.look("document.querySelector('[data-chart=rate] .plot').focus()")
        ok(b.look("getComputedStyle(document.activeElement).outlineStyle") == "solid", "the focus is seen")
        b.press("ArrowLeft", 3)
        first = b.look(NUMBER % "rate")
        ok(", at " in first, "an arrow reads an earlier moment", first)
        b.press("Home")
        ok(b.look(NUMBER % "rate") != first, "Home the first one")
        ok(b.look("document.querySelector('[data-chart=rate] [aria-live]').textContent.length > 10"), "which is spoken")
        b.press("Escape")
        ok(", at " not in b.look(NUMBER % "rate"), "Escape goes back to now")
        b.look("document.getElementById('hold').focus()")
        b.press(" ")
        ok(b.look("document.getElementById('hold').getAttribute('aria-pressed')") == "true", "the space bar holds messages")
        before = b.look("document.querySelector('#messages tbody').textContent")
        do("one")
        b.pause(2.5)
        ok(b.look("document.querySelector('#messages tbody').textContent") == before, "they stand still")
        b.press(" ")
        ok(b.wait("document.querySelector('#messages tbody').textContent.includes('one more')"), "and go on")

    def told(self):
        """What a screen reader is told."""
        nodes = self.b.call("Accessibility.getFullAXTree")["nodes"]
        named = [(n.get("role", {}).get("value"), n.get("name", {}).get("value", ""), n.get("description", {}).get("value", ""))
                 for n in nodes if not n.get("ignored")]
        pictures = [n for n in named if n[0] in ("image", "img")]
        ok(len(pictures) == 4 and all(n[1] and "At most" in n[2] for n in pictures), "charts have a name and say their numbers",
           pictures)
        tables = {n[1] for n in named if n[0] == "table"}
        ok(tables == {"Losses since the start", "Listeners", "Stores", "Workers", "Newest messages"}, "tables have names", tables)
        for role in ("columnheader", "rowheader", "meter", "status", "main", "contentinfo", "banner"):
            ok(any(n[0] == role for n in named), f"there is a {role}")
        ok(all(n[1] for n in named if n[0] in ("button", "link", "meter")), "all that can be used has a name")

    def shapes(self):
        """Wide and narrow, light and dark."""
        b = self.b
        for name, width, height, phone in (("1280", 1280, 900, False), ("360", 360, 780, True)):
            b.size(width, height, phone)
            pictures = []
            for scheme in ("light", "dark"):
                b.prefer(prefers_color_scheme=scheme)
                b.pause(.5)
                wide = b.look("document.documentElement.scrollWidth")
                ok(wide <= width, f"{width} wide, {scheme}: nothing sticks out", wide)
                ratio, where = b.look(CONTRAST)
                ok(ratio >= 4.5, f"{width} wide, {scheme}: all can be read", f"{ratio:.2f} {where}")
                path = f"{self.directory}/page-{name}-{scheme}.png"
                b.picture(path)
                with open(path, "rb") as f:
                    pictures.append(f.read())
                ok(len(pictures[-1]) > 20000, f"{width} wide, {scheme}: a picture", len(pictures[-1]))
            ok(pictures[0] != pictures[1], f"{width} wide: dark is not light")
            ok(b.look("document.getElementById('hold').offsetHeight") >= 44, f"{width} wide: a finger finds the button")
        b.size(1280, 900)

    def calm(self):
        """Who wants less motion gets less."""
        b = self.b
        b.prefer(prefers_reduced_motion="reduce")
        b.pause(1.5)
        drawn = set()
        for _ in range(8):
            b.pause(.4)
            drawn.add(str(b.look(CURVES)))
        ok(len(drawn) <= 2, "with less motion charts are drawn now and then only", len(drawn))
        b.prefer(prefers_reduced_motion="no-preference")

    def faults(self, name, known=()):
        """What the browser complained of, and whom it asked."""
        complaints = [c for c in self.b.complaints() if not any(k in c for k in known)]
        ok(not complaints, name, complaints)
        strangers = [u for u in self.b.asked() if not u.startswith(self.url) and not u.startswith("data:")]
        ok(not strangers, "and nobody else was asked anything", strangers)

    def away(self):
        """The daemon goes, and comes back."""
        b = self.b
        before = b.look("document.getElementById('about').textContent")
        do("stop")
        ok(b.wait("/^No answer since [0-9:]{8}$/.test(" + HEADLINE + ")"), "a daemon that is gone is told of", b.look(HEADLINE))
        ok(b.look("document.getElementById('figures').classList.contains('stale')"), "the figures are those of then")
        ok(b.look(ROWS % "listeners") == 2, "and stay")
        b.size(1280, 900)
        b.picture(f"{self.directory}/page-away.png")
        do("start")
        ok(b.wait(HEADLINE + " === 'Healthy'"), "it is back", b.look(HEADLINE))
        b.pause(2.5)
        ok(b.look("document.getElementById('about').textContent") != before, "as another process")
        ok("-" not in b.look(NUMBER % "rate") + b.look(NUMBER % "loss"), "nothing is less than nothing")
        ok(not b.look("document.getElementById('figures').classList.contains('stale')"), "the figures are those of now")


def main():
    """The whole visit."""
    program, url, directory = sys.argv[1:]
    try:
        browser = Browser(program)
    except (OSError, EOFError, TimeoutError) as e:
        say("skip", f"this browser does not start here: {e}")
        return
    try:
        visit = Visit(browser, url, directory)
        visit.arrive()
        visit.load()
        visit.strangers()
        visit.keyboard()
        visit.told()
        visit.shapes()
        visit.calm()
        visit.faults("no error in the console")
        visit.away()
        visit.faults("no error but that nobody answered", ("net::ERR_",))
        say("end")
    finally:
        browser.close()


main()
