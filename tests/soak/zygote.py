"""A process that has loaded everything and forks: each child is a process of its own to be killed, and starts at once.

One JSON object a line on standard input, one answer a line on standard output:

    {"run": "module:function", "arguments": {…}, "out": FILE, "log": FILE}   → {"pid": n}
    {"wait": n}                                                            → {"code": n}, negative for a signal
    {"kill": n}: SIGKILL, then as for wait

Its children end with it, and it ends when its input does.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any

from tests.browser.process import ROOT

PRELOADED = ("tests.soak.tablet", "tests.soak.service")
Json = dict[str, Any]


class Zygote:
    """The driver's end. `close` ends every child."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.soak.zygote"]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )

    def run(self, what: str, out: Path, log: Path, **arguments: Any) -> int:
        """Start `module:function` with the arguments; its standard output and error go to the end of the files."""
        return int(self._ask({"run": what, "arguments": arguments, "out": str(out), "log": str(log)})["pid"])

    def kill(self, pid: int) -> int:
        """SIGKILL. Returns the exit code: -9, or what the child ended with before."""
        return int(self._ask({"kill": pid})["code"])

    def wait(self, pid: int) -> int:
        """Until it ends by itself. Returns the exit code."""
        return int(self._ask({"wait": pid})["code"])

    def close(self) -> None:
        """End everything."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()

    def _ask(self, question: Json) -> Json:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        answer: Json = json.loads(self._process.stdout.readline())
        return answer


def serve() -> None:
    """The zygote itself."""
    for module in PRELOADED:
        importlib.import_module(module)
    children: set[int] = set()
    for line in sys.stdin:
        question: Json = json.loads(line)
        if "run" in question:
            pid = os.fork()
            if pid == 0:
                _child(question)
            children.add(pid)
            answer: Json = {"pid": pid}
        else:
            pid = question.get("kill") or question["wait"]
            if "kill" in question:
                os.kill(pid, signal.SIGKILL)
            answer = {"code": os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])}
            children.discard(pid)
        print(json.dumps(answer), flush=True)
    for pid in children:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _child(question: Json) -> None:
    code = 1
    try:
        for descriptor, name in ((1, "out"), (2, "log")):
            opened = os.open(question[name], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            os.dup2(opened, descriptor)
        os.close(0)
        module, _, function = question["run"].partition(":")
        getattr(sys.modules[module], function)(**question["arguments"])
        code = 0
    except BaseException:  # noqa: BLE001 - the end of a process; its log says why
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    serve()
