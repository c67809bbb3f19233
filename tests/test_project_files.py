"""What holds for the files of the project: spelling, addresses, locks, scripts, the package."""

import ast
import io
import json
import re
import subprocess
import sys
import tokenize
import tomllib
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LOCKS = ("runtime.txt", "development.txt")
SCRIPTS = (
    "run",
    "test",
    ".ci/run",
    "scripts/chromium.sh",
    "scripts/environment.sh",
    "scripts/node.sh",
)

# Written so that this file does not hold what it looks for.
MACHINE_PATHS = re.compile(r"/(?:work|root|home/\w+|Users/\w+)/")
REGISTRIES = re.compile(
    r"pypi[.]org|pythonhosted[.]org|/(?:simple)/|(?<!emit-)index-(?:url)|npmjs[.]"
)
BRITISH_NAMES = re.compile(r"licen[c]e|organi[s]ation", re.IGNORECASE)
BRITISH_WORDS = re.compile(r"\b(?:sub-?)?licen[c]e[ds]?\b", re.IGNORECASE)
BRITISH_PROSE = re.compile(r"licen[c]e|\borgani[s]ations?\b|\borgani[s]ational", re.IGNORECASE)


def project_files() -> list[Path]:
    """List the files that are, or are about to be, under version control."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    files = [ROOT / name for name in listed.split("\0") if name]
    assert files
    return [file for file in files if file.is_file()]


def texts() -> dict[str, str]:
    """Read every project file that is text, by its path."""
    found = {}
    for file in project_files():
        content = file.read_bytes()
        if b"\0" not in content:
            found[str(file.relative_to(ROOT))] = content.decode()
    return found


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{name}:{number}: {line.strip()}"
        for name, text in texts().items()
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_file_names_a_folder_of_one_machine() -> None:
    assert lines_with(MACHINE_PATHS) == []


def test_no_file_names_a_package_registry() -> None:
    assert lines_with(REGISTRIES) == []


def test_file_names_are_spelled_the_american_way() -> None:
    assert [name for name in texts() if BRITISH_NAMES.search(name)] == []


def test_no_text_spells_license_with_a_c() -> None:
    assert lines_with(BRITISH_WORDS) == []


def test_names_comments_and_docstrings_are_spelled_the_american_way() -> None:
    # Other strings may be Swedish, which has the word with an s.
    found = [
        f"{name}:{line}: {word}"
        for name, text in texts().items()
        if name.endswith(".py")
        for line, word in british_english(text)
    ]

    assert found == []


def british_english(source: str) -> list[tuple[int, str]]:
    found = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        pattern = {tokenize.NAME: BRITISH_NAMES, tokenize.COMMENT: BRITISH_PROSE}.get(token.type)
        if pattern and pattern.search(token.string):
            found.append((token.start[0], token.string))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            docstring = ast.get_docstring(node)
            if docstring and BRITISH_PROSE.search(docstring):
                found.append((getattr(node, "lineno", 1), docstring))
    return found


@pytest.mark.parametrize(
    "source",
    [
        "class {name}Role: ...",
        "# The {name} has three schools.",
        '"""One {name}, many schools."""',
        "def f(*, own_{name}s): ...",
    ],
)
def test_british_english_is_noticed(source: str) -> None:
    assert british_english(source.format(name="organi" + "sation"))
    assert not british_english(source.format(name="organization"))


def test_swedish_for_people_to_read_is_left_alone() -> None:
    assert not british_english('label = "Din organisation saknar organisationsnummer."')


def pins(lock: str) -> dict[str, str]:
    """Read a lock file: what is pinned, with its marker, and its hashes."""
    text = (ROOT / "requirements" / lock).read_text(encoding="utf-8").replace("\\\n", "")
    found = {}
    for line in text.splitlines():
        pin, *hashes = line.split("--hash=sha256:")
        found[pin.strip()] = " ".join(hashes)
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_hashes(lock: str) -> None:
    assert pins(lock)
    for pin, hashes in pins(lock).items():
        assert re.fullmatch(r"[\w.-]+(\[\w+\])?==\S+( ; .+)?", pin)
        assert re.fullmatch(r"([0-9a-f]{64}\s*)+", hashes), pin


def test_the_tests_run_on_the_pins_that_are_shipped() -> None:
    assert pins("runtime.txt").items() <= pins("development.txt").items()


def test_the_javascript_clients_are_pinned_with_hashes_and_no_addresses() -> None:
    folder = ROOT / "tests" / "clients"
    asked = json.loads((folder / "package.json").read_text(encoding="utf-8"))["dependencies"]
    lock = json.loads((folder / "package-lock.json").read_text(encoding="utf-8"))
    pinned = {name: pin for name, pin in lock["packages"].items() if name}

    assert lock["packages"][""]["dependencies"] == asked
    assert {name: pinned[f"node_modules/{name}"]["version"] for name in asked} == asked
    for name, pin in pinned.items():
        assert pin["integrity"].startswith("sha512-"), name
    assert "://" not in json.dumps(lock)


def named(kind: str) -> set[str]:
    """Read which packages are asked for by name, without extras and markers."""
    lines = (ROOT / "requirements" / f"{kind}.in").read_text(encoding="utf-8").splitlines()
    return {re.split(r"[\[;]", line)[0] for line in lines if line[0] != "-"}


@pytest.mark.parametrize("kind", ["runtime", "development"])
def test_what_is_asked_for_is_pinned(kind: str) -> None:
    assert named(kind) <= {re.split(r"[=\[]", pin)[0] for pin in pins(f"{kind}.txt")}


def test_what_is_imported_is_asked_for() -> None:
    """A package that is there only because another wants it may be gone tomorrow."""
    assert imported("app/", "migrations/") <= named("runtime")
    assert imported("tests/") <= named("runtime") | named("development")


def imported(*folders: str) -> set[str]:
    """List the packages from which the Python files in some folders import."""
    modules: set[str] = set()
    for name, text in texts().items():
        if name.startswith(folders) and name.endswith(".py"):
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.Import):
                    modules |= {alias.name.partition(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
                    modules.add(node.module.partition(".")[0])
    packages = packages_distributions()
    return {
        packages.get(module, [module])[0].lower().replace("_", "-")
        for module in modules - sys.stdlib_module_names - {"app", "tests"}
    }


def test_shellcheck_finds_nothing() -> None:
    shellcheck = Path(sys.executable).with_name("shellcheck")

    found = subprocess.run(
        [shellcheck, "--external-sources", *SCRIPTS],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert found.stdout + found.stderr == ""


def test_the_package_holds_all_that_the_app_reads(tmp_path: Path) -> None:
    names = texts()
    for name, text in names.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")

    subprocess.run(
        [sys.executable, "-c", "from setuptools.build_meta import build_wheel; build_wheel('.')"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )

    (wheel,) = tmp_path.glob("*.whl")
    packed = zipfile.ZipFile(wheel).namelist()
    assert {name for name in names if name.startswith(("app/", "migrations/"))} <= set(packed)
    assert not any(name.startswith("tests/") for name in packed)


def test_the_installed_command_starts_the_command_line() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert project["scripts"] == {"skolon-mock": "app.__main__:main"}
