"""Does what a Dockerfile says without Docker: its absolute paths come to lie in a folder.

The base image is this machine with the Python that runs the tests; all else is the Dockerfile's.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(slots=True)
class Image:
    """A stage of the Dockerfile: its file system, and what its instructions have said."""

    root: Path
    environment: dict[str, str]
    directory: Path = field(init=False)
    user: int | None = None
    port: str = ""
    command: list[str] = field(default_factory=list)
    health_command: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.directory = self.root
        self.root.mkdir()

    def start(self, command: Sequence[str]) -> subprocess.Popen[str]:
        """Start a command as the image's user, with the image's environment alone."""
        return subprocess.Popen(
            [*self._as_user(), *command],
            cwd=self.directory,
            env=self.environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def _as_user(self) -> list[str]:
        if os.geteuid() != 0:
            return []
        # It may read everything, since Python itself may lie in a folder of root's alone here,
        # but it may write only what is its own.
        capability = "+dac_read_search"
        return [
            *("setpriv", f"--reuid={self.user}", f"--regid={self.user}", "--clear-groups"),
            *(f"--inh-caps={capability}", f"--ambient-caps={capability}"),
        ]


def build(context: Path, folder: Path) -> Image:
    """Follow the Dockerfile of `context` to its end, and return its last stage."""
    programs = _base_programs(folder / "base")
    instructions = _instructions((context / "Dockerfile").read_text(encoding="utf-8"))
    sent = folder / "context"
    _send_context(context, sent)
    stages: dict[str, Image] = {}
    image = None
    for name, text in instructions:
        if name == "FROM":
            image = Image(folder / f"stage-{len(stages)}", {"PATH": f"{programs}:{os.defpath}"})
            stages[text.partition(" AS ")[2]] = image
            places = _absolute_places(instructions)
            continue
        assert image is not None, "a Dockerfile begins with FROM"
        here = re.sub(rf"(?<![\w.:/])/(?={places}\b)", f"{image.root}/", text)
        _follow(image, name, here, sent, stages)
    assert image is not None
    return image


def _follow(  # noqa: C901, a branch for each instruction
    image: Image, name: str, text: str, context: Path, stages: dict[str, Image]
) -> None:
    match name:
        case "ENV":
            for assignment in shlex.split(text):
                key, _, value = assignment.partition("=")
                image.environment[key] = value.replace("$PATH", image.environment["PATH"])
        case "WORKDIR":
            image.directory = Path(text)
            image.directory.mkdir(parents=True)
        case "COPY":
            *options, source, target = text.split()
            origin = context
            if options:
                stage = stages[options[0].removeprefix("--from=")]
                origin, source = stage.root, str(Path(source).relative_to(image.root))
            _copy(origin / source, image.directory / target)
        case "RUN":
            subprocess.run(
                ["/bin/sh", "-c", text],
                cwd=image.directory,
                env=os.environ | image.environment,  # noqa: TID251, how pip reaches its packages
                check=True,
            )
        case "USER":
            image.user = int(text.partition(":")[0])
        case "EXPOSE":
            image.port = text
        case "HEALTHCHECK":
            image.health_command = json.loads(text.partition("CMD ")[2])
        case "CMD":
            image.command = json.loads(text)
        case "VOLUME":
            assert Path(text).is_dir()
        case _:
            message = f"{name} is not known here yet"
            raise NotImplementedError(message)


def _instructions(text: str) -> list[tuple[str, str]]:
    without_comments = re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE)
    joined = re.sub(r"\\\n\s*", "", without_comments)
    return [(words[0], words[1]) for line in joined.splitlines() if (words := line.split(None, 1))]


def _absolute_places(instructions: list[tuple[str, str]]) -> str:
    """Return a pattern of the top folders that the Dockerfile makes: opt|srv."""
    found = re.findall(
        r"(?<!\S)/(\w+)",
        " ".join(text for name, text in instructions if name in {"COPY", "WORKDIR", "VOLUME"}),
    )
    return f"(?:{'|'.join(sorted(set(found)))})"


def _base_programs(folder: Path) -> Path:
    """Make the folder of programs that the base image would bring."""
    folder.mkdir()
    (folder / "python").symlink_to(Path(sys.executable).resolve())
    if os.geteuid() != 0:
        # Whoever runs the tests owns everything already, and may not give it away.
        (folder / "chown").symlink_to("/bin/true")
    return folder


def _send_context(source: Path, target: Path) -> None:
    """Copy what .dockerignore lets through, among what git would keep."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=source,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    patterns = (source / ".dockerignore").read_text(encoding="utf-8").splitlines()
    for name in listed.split("\0"):
        if name and (source / name).is_file() and not _is_ignored(name, patterns):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source / name, target / name)


def _is_ignored(name: str, patterns: list[str]) -> bool:
    """The last pattern that matches the file or a folder above it decides."""
    ignored = False
    for pattern in patterns:
        if pattern.startswith("#"):
            continue
        escaped = re.escape(pattern.removeprefix("!"))
        expression = escaped.replace(r"\*\*/", "(?:.*/)?").replace(r"\*", "[^/]*")
        if re.fullmatch(f"{expression}(/.*)?", name):
            ignored = not pattern.startswith("!")
    return ignored


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
