"""What is shipped: the wheel and the sdist hold what they should, are the same when built again, and work alone."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterable, Iterator
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.metadata import Metadata

import statemachine
from tests.dependencies import NAME, declared, needed

ROOT = Path(__file__).parent.parent
EXTRAS = ("browser", "diagram", "html", "parquet", "spark", "suites", "verify", "zstd")
"""Those that users ask for; `bench`, `docs`, `test` and `lint` are for development."""
CAPTURE = ROOT / "tests" / "data" / "segment-actions-published.ndjson"


def build(target: Path) -> tuple[Path, Path]:
    """The wheel and the sdist, built from this checkout without an environment of their own."""
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(target)]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "1790000000"}
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)  # noqa: S603
    (wheel,), (sdist,) = target.glob("*.whl"), target.glob("*.tar.gz")
    return wheel, sdist


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The wheel and the sdist."""
    return build(tmp_path_factory.mktemp("dist"))


def tracked() -> set[str]:
    """The files of the package and of the specifications, where those of the wheel have them."""
    found = (path for folder in ("statemachine", "specs") for path in (ROOT / folder).rglob("*") if path.is_file())
    paths = (path.relative_to(ROOT) for path in found)
    kept = (path for path in paths if not {*path.parts} & {"node_modules", "__pycache__"})
    return {f"statemachine/{path}" if path.parts[0] == "specs" else str(path) for path in kept}


def unsound(names: Iterable[str]) -> list[str]:
    """What is missing from the contents of a wheel, and what should not be in it."""
    shipped = {name for name in names if ".dist-info/" not in name}
    wanted = tracked()
    return [f"missing: {name}" for name in sorted(wanted - shipped)] + [
        f"too much: {name}" for name in sorted(shipped - wanted)
    ]


def test_the_wheel_holds_the_package_with_its_data_and_nothing_else(built: tuple[Path, Path]) -> None:
    """Modules, snippets, harness, page, schemas, templates and specifications; no tests, no node_modules, no caches."""
    with zipfile.ZipFile(built[0]) as wheel:
        names = wheel.namelist()
    assert unsound(names) == []
    for file in ("py.typed", "suites/protocol.schema.json", "suites/harness/harness.js", "suites/browser/page.js"):
        assert f"statemachine/{file}" in names
    assert {name.split("/")[0] for name in names} == {"statemachine", f"{built[0].name.rsplit('-', 3)[0]}.dist-info"}
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


def test_a_file_less_and_a_file_too_many_are_noticed(built: tuple[Path, Path]) -> None:
    """The red twins: without `py.typed`, and with a test."""
    with zipfile.ZipFile(built[0]) as wheel:
        names = wheel.namelist()
    assert unsound({*names} - {"statemachine/py.typed"}) == ["missing: statemachine/py.typed"]
    assert unsound([*names, "tests/test_law.py"]) == ["too much: tests/test_law.py"]


def test_the_sdist_holds_the_project_and_no_rubbish(built: tuple[Path, Path]) -> None:
    """What a stranger needs to build and test it; nothing that tools leave behind."""
    with tarfile.open(built[1]) as sdist:
        names = [name.partition("/")[2] for name in sdist.getnames()]
    assert {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "Makefile", "tests/api.txt"} <= {*names}
    assert "statemachine/py.typed" in names
    rubbish = re.compile(r"(^|/)(node_modules|\.venv|\.hypothesis|__pycache__|\.[a-z]+_cache|\.git)(/|$)|\.pyc$")
    assert [name for name in names if rubbish.search(name)] == []


def test_what_the_wheel_says_of_itself_is_valid(built: tuple[Path, Path]) -> None:
    """The metadata are sound, and name version, licence, Pythons and extras; the README is Markdown."""
    with zipfile.ZipFile(built[0]) as wheel:
        (path,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = Metadata.from_email(wheel.read(path), validate=True)
    assert str(metadata.version) == statemachine.__version__
    assert metadata.license_expression == "MIT"
    assert metadata.description_content_type == "text/markdown"
    assert {*EXTRAS} <= {*(metadata.provides_extra or [])}
    pythons = [line for line in metadata.classifiers or [] if re.search(r":: 3\.\d+$", line)]
    assert metadata.requires_python is not None
    assert all(metadata.requires_python.contains(line.rpartition(" ")[2]) for line in pythons)


def test_built_again_it_is_the_same_byte_for_byte(built: tuple[Path, Path], tmp_path: Path) -> None:
    """With the same SOURCE_DATE_EPOCH, both are reproducible."""
    for first, second in zip(built, build(tmp_path), strict=True):
        assert first.read_bytes() == second.read_bytes()


def lay_out(folder: Path, names: Iterable[str]) -> None:
    """Link distributions of this environment into a folder of packages."""
    for name in names:
        files = distribution(name).files or []
        for top in {file.parts[0] for file in files} - {"..", "__pycache__"}:
            source = Path(str(distribution(name).locate_file(top)))
            if source.is_dir() and (folder / top).is_dir():  # a namespace, such as `google`
                for inner in source.iterdir():
                    if not (folder / top / inner.name).exists():
                        (folder / top / inner.name).symlink_to(inner)
            elif source.is_dir() and not (source / "__init__.py").exists() and "." not in top:
                (folder / top).mkdir()
                for inner in source.iterdir():
                    (folder / top / inner.name).symlink_to(inner)
            elif not (folder / top).exists():
                (folder / top).symlink_to(source)


def installed(wheel: Path, folder: Path, names: Iterable[str], python: str = sys.executable) -> Path:
    """An environment with the wheel and only those distributions; nothing is downloaded."""
    subprocess.run([python, "-m", "venv", "--without-pip", str(folder)], check=True)  # noqa: S603
    inside = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(inside), "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--no-deps", "--no-index", str(wheel)], check=True)  # noqa: S603
    (site,) = folder.glob("lib/python*/site-packages")
    lay_out(site, names)
    return folder / "bin"


def run(command: Iterable[str | Path], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command in an environment that knows nothing of this checkout."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    words = [str(word) for word in command]
    return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True)  # noqa: S603


@pytest.fixture(scope="module")
def bare(built: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment with the wheel and its run-time dependencies, no extra."""
    return installed(built[0], tmp_path_factory.mktemp("bare") / "venv", needed(declared()))


def test_the_wheel_alone_checks_a_capture(bare: Path, tmp_path: Path) -> None:
    """`--version`, `--help`, `check`, `explain`, `run`, `snippet` and a diagram need no extra."""
    program = bare / "statemachine"
    assert statemachine.__version__ in run([program, "--version"], tmp_path).stdout
    checked = run([program, "check", CAPTURE], tmp_path)
    assert (checked.returncode, checked.stderr) == (1, "")
    assert "112 read = 112 judged + 0 unreadable" in checked.stdout
    for arguments in (["--help"], ["explain", "SR201"], ["snippet", "actions"], ["diagram", "actions"], ["modes"]):
        done = run([program, *arguments], tmp_path)
        assert (done.returncode, done.stderr) == (0, ""), arguments


NEEDS = [
    ("parquet", ["check", "log.parquet"]),
    ("parquet", ["check", CAPTURE, "--output", "verdicts.parquet"]),
    ("parquet", ["check", CAPTURE, "--by-device", "devices.parquet"]),
    ("zstd", ["check", "log.ndjson.zst"]),
    ("diagram", ["diagram", "actions", "--format", "svg"]),
    ("verify", ["verify"]),
    ("suites", ["conform", "actions", "--integration", "mine.js"]),
    ("suites", ["conform", "actions", "--integration", "mine.js", "--browser"]),
]


@pytest.mark.parametrize(("extra", "arguments"), NEEDS)
def test_what_needs_an_extra_says_so_in_a_line(
    extra: str, arguments: list[str | Path], bare: Path, tmp_path: Path
) -> None:
    """Exit 2, no traceback, and the command that installs it."""
    (tmp_path / "log.parquet").write_bytes(b"PAR1" + bytes(20) + b"PAR1")
    (tmp_path / "log.ndjson.zst").write_bytes(b"\x28\xb5\x2f\xfd" + bytes(20))
    (tmp_path / "mine.js").write_text("module.exports = () => {};\n")
    done = run([bare / "statemachine", *arguments], tmp_path)
    assert done.returncode == 2
    assert f"pip install '{NAME}[{extra}]'" in done.stderr
    assert "Traceback" not in done.stderr


MODULES = {
    "": ["statemachine", "statemachine.entrypoints.cli", "statemachine.entrypoints.checking", "statemachine.log"],
    "browser": ["statemachine.suites.browser", "statemachine.suites"],
    "diagram": ["pygraphviz", "statemachine.interpreters.diagram"],
    "html": ["statemachine.formats.html", "statemachine.entrypoints.pages"],
    "parquet": ["statemachine.bulk.readers.parquet", "statemachine.bulk.output", "pyarrow.parquet"],
    "spark": ["statemachine.entrypoints.spark"],
    "suites": ["statemachine.suites", "statemachine.suites.exhaustive"],
    "verify": ["statemachine.verification.suite", "statemachine.verification.modelcheck"],
    "zstd": ["backports.zstd"],
}


@pytest.mark.parametrize("extra", ["", *EXTRAS])
def test_every_extra_alone_brings_what_its_modules_import(extra: str, built: tuple[Path, Path], tmp_path: Path) -> None:
    """With no other extra there. What imports with fewer packages imports with more: so does every combination."""
    programs = installed(built[0], tmp_path / "venv", needed([*declared(), *declared(extra)]))
    imports = "; ".join(f"import {module}" for module in (*MODULES[""], *MODULES[extra]))
    done = run([programs / "python", "-W", "error", "-c", imports], tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_module_whose_extra_is_not_there_does_not_import(bare: Path, tmp_path: Path) -> None:
    """The red twin: without the extra, the very import fails."""
    for extra in ("browser", "spark", "suites", "parquet", "diagram", "zstd"):
        done = run([bare / "python", "-c", f"import {', '.join(MODULES[extra])}"], tmp_path)
        assert "ModuleNotFoundError" in done.stderr, extra
        if extra == "spark":
            assert f"Spark needs: pip install '{NAME}[spark]'" in done.stderr


def pythons() -> Iterator[str]:
    """The Pythons of the classifiers that this machine has: on the PATH, or kept by pyenv."""
    for version in re.findall(r"Python :: (3\.\d+)", (ROOT / "pyproject.toml").read_text()):
        kept = sorted((Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python"))
        for found in filter(None, (shutil.which(f"python{version}"), *map(str, kept))):
            done = subprocess.run([found, "--version"], capture_output=True, text=True)  # noqa: S603
            if done.returncode == 0 and f" {version}." in done.stdout:
                yield found
                break


@pytest.mark.parametrize("python", [*pythons()])
def test_every_python_of_the_classifiers_runs_the_core_of_the_wheel(
    python: str, built: tuple[Path, Path], tmp_path: Path
) -> None:
    """With attrs alone, which is the same on all of them: every module compiles, and `step` and the tables work."""
    programs = installed(built[0], tmp_path / "venv", ["attrs"], python)
    script = (
        "from statemachine import *\n"
        "replay, _ = step(ACTIONS, start(ACTIONS), Call(Trigger.LOAD, 1790000000000, 'visitor-1'))\n"
        "_, outcome = step(ACTIONS, replay, Call(Trigger.EVENT, 1780000000000))\n"
        "assert outcome.findings == ('SR201',) and len(TABLES) == 3 and drawn(ACTIONS)\n"
    ).replace("import *", "import ACTIONS, TABLES, Call, Trigger, drawn, start, step")
    done = run([programs / "python", "-W", "error", "-c", script], tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    (package,) = (tmp_path / "venv").glob("lib/python*/site-packages/statemachine")
    done = run([programs / "python", "-W", "error", "-m", "compileall", "-q", "-f", package], tmp_path)
    assert done.returncode == 0, done.stdout
