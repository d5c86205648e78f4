"""A headless Chromium at the end of a pipe: goes to a page, looks, presses keys, and keeps what was asked of the network.

Chromium's own protocol, a JSON object and a NUL each way, over descriptors 3 and 4 (--remote-debugging-pipe): nothing but
Python's library is needed, and no port is opened.
"""

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
         "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
         "--disable-extensions", "--remote-debugging-pipe"]


class Browser:
    """One browser with one tab."""

    def __init__(self, program, patience=60):
        self.patience = patience
        self.home = tempfile.mkdtemp(prefix="catchbasin-browser.")
        to_read, self.to = os.pipe()
        self.back, to_write = os.pipe()
        self.process = subprocess.Popen(
            ["/bin/sh", "-c", 'exec 3<&"$1" 4>&"$2"; shift 2; exec "$@"', "sh", str(to_read), str(to_write), program,
             *FLAGS, f"--user-data-dir={self.home}"],
            pass_fds=(to_read, to_write), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_read)
        os.close(to_write)
        self.left = b""
        self.number = 0
        self.session = None
        self.events = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for what in ("Page", "Runtime", "Network", "Log"):
            self.call(what + ".enable")

    def close(self):
        """Ends the browser, and removes what it left behind."""
        try:
            self.session = None
            self.call("Browser.close")
        except (OSError, EOFError, TimeoutError):
            pass
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.to)
        os.close(self.back)
        shutil.rmtree(self.home, ignore_errors=True)

    def receive(self, until):
        """The next message; None when the time is over."""
        while b"\0" not in self.left:
            if not select.select([self.back], [], [], max(0, until - time.monotonic()))[0]:
                return None
            more = os.read(self.back, 1 << 16)
            if not more:
                raise EOFError("the browser is gone")
            self.left += more
        message, self.left = self.left.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **params):
        """Asks the browser to do something; what it answers."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        until = time.monotonic() + self.patience
        while True:
            answer = self.receive(until)
            if answer is None:
                raise TimeoutError(method)
            if answer.get("id") != self.number:
                self.events.append(answer)
            elif "error" in answer:
                raise OSError(f"{method}: {answer['error'].get('message')}")
            else:
                return answer["result"]

    def pause(self, seconds):
        """Lets time pass, and keeps what the browser tells meanwhile."""
        until = time.monotonic() + seconds
        while (event := self.receive(until)) is not None:
            self.events.append(event)

    def look(self, expression):
        """The value of a JavaScript expression."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise OSError(f"{expression}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def wait(self, expression, seconds=20):
        """True as soon as the expression is; False if that never happens."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self.look(f"!!({expression})"):
                return True
            self.pause(.1)
        return False

    def go(self, url):
        """Loads a page."""
        self.call("Page.navigate", url=url)
        self.wait("document.readyState === 'complete'")

    def size(self, width, height, phone=False):
        """How large the window is."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=2 if phone else 1,
                  mobile=phone)

    def prefer(self, **features):
        """prefers-color-scheme and the like."""
        self.call("Emulation.setEmulatedMedia",
                  features=[{"name": k.replace("_", "-"), "value": v} for k, v in features.items()])

    def press(self, key, times=1):
        """Presses a key."""
        codes = {"Tab": 9, "Enter": 13, "Escape": 27, "End": 35, "Home": 36, "ArrowLeft": 37, "ArrowRight": 39, " ": 32}
        text = {"Enter": "\r", " ": " "}.get(key)
        for _ in range(times):
            extra = {"text": text} if text else {}
            self.call("Input.dispatchKeyEvent", type="keyDown", key=key, windowsVirtualKeyCode=codes[key], **extra)
            self.call("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=codes[key])

    def picture(self, path, whole=True):
        """A screenshot; of the whole page, or of the window."""
        data = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)["data"]
        with open(path, "wb") as out:
            out.write(base64.b64decode(data))

    def complaints(self):
        """What stands in the console as an error, and exceptions nobody caught."""
        told = []
        for e in self.events:
            p = e.get("params", {})
            if e.get("method") == "Runtime.exceptionThrown":
                told.append(p["exceptionDetails"].get("exception", {}).get("description") or p["exceptionDetails"]["text"])
            elif e.get("method") == "Log.entryAdded" and p["entry"]["level"] in ("error", "warning"):
                told.append(f"{p['entry']['text']} {p['entry'].get('url', '')}")
            elif e.get("method") == "Runtime.consoleAPICalled" and p["type"] in ("error", "warning", "assert"):
                told.append(str([a.get("value") for a in p["args"]]))
        return told

    def asked(self):
        """Every address that was asked for."""
        return [e["params"]["request"]["url"] for e in self.events if e.get("method") == "Network.requestWillBeSent"]
