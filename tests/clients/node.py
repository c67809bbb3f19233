"""Programs for Node.js: commands go in and answers come out, a line of JSON each."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

FOLDER = Path(__file__).parent


class NodeProgram:
    """A running program, which ends when its standard input does."""

    def __init__(self, file: str, configured: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            ["node", file, json.dumps(configured)],  # noqa: S607, ./test sees to it that it is there
            cwd=FOLDER,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def __enter__(self) -> Self:
        self._process.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=20)
        assert self._process.returncode == 0

    def __call__(self, command: str, **given: str) -> Any:  # noqa: ANN401, JSON
        """Have a command carried out; return its answer, or `{"refused": ...}`."""
        process = self._process
        assert process.stdin
        assert process.stdout
        process.stdin.write(json.dumps({"command": command, **given}) + "\n")
        process.stdin.flush()
        answer = process.stdout.readline()
        assert answer, f"the program ended at {command!r}; see what it wrote"
        return json.loads(answer)


StartNode = Callable[..., NodeProgram]
