"""Debian's Chromium without a screen, driven over a pipe by its own protocol: nothing else has to be installed."""

from __future__ import annotations

import base64
import json
import os
import selectors
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

_PATIENCE = 30.0
_FLAGS = (
    "--headless=new",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)
# Puts the pipes where Chromium looks for them, whatever their numbers are here, and becomes Chromium.
_PLACED = """
import fcntl, os, sys
ends = [fcntl.fcntl(int(end), fcntl.F_DUPFD, 10) for end in sys.argv[1:3]]
os.dup2(ends[0], 3)
os.dup2(ends[1], 4)
os.execv(sys.argv[3], sys.argv[3:])
"""


class Chromium:
    """One browser with one page. Methods wait until what they cause has happened."""

    def __init__(self, to: BinaryIO, of: BinaryIO) -> None:
        self._to, self._of = to, of
        self._sent = 0
        self._rest = b""
        self._events: list[Mapping[str, Any]] = []
        self._session = ""
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self._call(f"{domain}.enable")

    def open(self, url: str) -> None:
        self._events.clear()
        self._call("Page.navigate", url=url)
        self._until("Page.loadEventFired")

    def width(self, pixels: int, height: int = 900) -> None:
        small = pixels < 600
        self._call("Emulation.setDeviceMetricsOverride", width=pixels, height=height, deviceScaleFactor=1, mobile=small)

    def tell(self, expression: str) -> Any:
        """What a piece of JavaScript comes to; the page's own policy does not bind it."""
        done = self._call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in done, done["exceptionDetails"]
        return done["result"].get("value")

    def write(self, text: str) -> None:
        """Types into whatever has the focus."""
        self._call("Input.insertText", text=text)

    def key(self, name: str, code: int, text: str = "") -> None:
        for kind in ("keyDown", "keyUp"):
            typed = {"text": text} if text and kind == "keyDown" else {}
            self._call("Input.dispatchKeyEvent", type=kind, key=name, code=name, windowsVirtualKeyCode=code, **typed)

    def submit(self) -> None:
        """Presses Enter where the focus is, and waits for the page that this leads to."""
        self._events.clear()
        self.key("Enter", 13, "\r")
        self._until("Page.loadEventFired")

    def picture(self, path: Path) -> None:
        data = self._call("Page.captureScreenshot", format="png", captureBeyondViewport=True)["data"]
        path.write_bytes(base64.b64decode(data))

    def complaints(self) -> list[str]:
        """What the browser logged since the last navigation began: refused styles, scripts, failed loads."""
        return [event["params"]["entry"]["text"] for event in self._events if event["method"] == "Log.entryAdded"]

    def requested(self) -> list[str]:
        """The addresses that were asked for since then, but for those that name their content themselves."""
        asked = [event["params"] for event in self._events if event["method"] == "Network.requestWillBeSent"]
        return [each["request"]["url"] for each in asked if not each["request"]["url"].startswith("data:")]

    def _call(self, method: str, **params: Any) -> Any:
        self._sent += 1
        message: dict[str, Any] = {"id": self._sent, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        self._to.write(json.dumps(message).encode() + b"\0")
        self._to.flush()
        ends = time.monotonic() + _PATIENCE
        while True:
            told = self._next(ends)
            if told.get("id") == self._sent:
                assert "error" not in told, (method, told["error"])
                return told["result"]

    def _until(self, method: str) -> None:
        ends = time.monotonic() + _PATIENCE
        while not any(event["method"] == method for event in self._events):
            self._next(ends)

    def _next(self, ends: float) -> Mapping[str, Any]:
        while b"\0" not in self._rest:
            with selectors.DefaultSelector() as ready:
                ready.register(self._of, selectors.EVENT_READ)
                if not ready.select(max(0.0, ends - time.monotonic())):
                    raise TimeoutError("Chromium does not answer")
            part = os.read(self._of.fileno(), 1 << 16)
            if not part:
                raise ConnectionError("Chromium has ended")
            self._rest += part
        whole, _, self._rest = self._rest.partition(b"\0")
        told: Mapping[str, Any] = json.loads(whole)
        if "method" in told:
            self._events.append(told)
        return told


@contextmanager
def chromium(folder: Path) -> Iterator[Chromium]:
    """`folder` is for its profile. It is given two pipes, as 3 and 4, and ends with the block."""
    program = shutil.which("chromium")
    assert program is not None, "the browser tests need Debian's chromium; .ci/run installs it"
    theirs_in, ours_out = os.pipe()
    ours_in, theirs_out = os.pipe()
    flags = [*_FLAGS, f"--user-data-dir={folder}", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    command = [sys.executable, "-c", _PLACED, str(theirs_in), str(theirs_out), program, *flags]
    process = subprocess.Popen(
        command, pass_fds=(theirs_in, theirs_out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    os.close(theirs_in)
    os.close(theirs_out)
    try:
        with open(ours_out, "wb") as to, open(ours_in, "rb", buffering=0) as of:
            yield Chromium(to, of)
    finally:
        process.terminate()
        process.wait(timeout=_PATIENCE)
