"""Check that results are written whole or not at all, and only over what is ours."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mp_bayes.errors import InputError
from mp_bayes.storage import (
    MANIFEST,
    digest,
    read_manifest,
    whole_results,
    write_manifest,
    write_whole,
)
from mp_bayes.storage.manifest import _known_as

HOLDS = "the analysis of a study"


def contents(folder: Path) -> dict[str, str]:
    """Return every file below a folder, hidden ones too, with its text."""
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8", errors="replace")
        for path in folder.rglob("*")
        if path.is_file()
    }


def put(folder: Path, **files: str) -> None:
    for name, text in files.items():
        place = folder / name.replace("__", "/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")


def write(
    out: Path, holds: str = HOLDS, *, force: bool = False, adds: bool = False, **files: str
) -> None:
    """Write results with their manifest."""
    with whole_results(out, holds, force=force, adds=adds) as staging:
        put(staging, **files)
        write_manifest(staging, inputs=[], seed=1)


def but_manifest(folder: Path) -> dict[str, str]:
    return {name: text for name, text in contents(folder).items() if name != MANIFEST}


def write_and_fail(out: Path, error: BaseException | type[BaseException]) -> None:
    """Begin to write results, and fail before the end."""
    with whole_results(out, HOLDS) as staging:
        put(staging, effects="new", more="x")
        raise error


def test_results_appear_in_a_new_folder_when_the_block_succeeds(tmp_path: Path) -> None:
    out = tmp_path / "new" / "results"
    with whole_results(out, HOLDS) as staging:
        put(staging, effects="1", figures__plot="2")
        # Nothing is there before the end.
        assert {path.name for path in out.iterdir()} == {staging.name}
    assert contents(out) == {"effects": "1", "figures/plot": "2"}
    assert sorted(path.name for path in out.iterdir()) == ["effects", "figures"]


def test_new_results_replace_old_ones_and_leave_other_files(tmp_path: Path) -> None:
    write(tmp_path, effects="old", figures__stale="x")
    put(tmp_path, notes="mine", figures__mine="too")
    write(tmp_path, effects="new")
    assert but_manifest(tmp_path) == {"effects": "new", "notes": "mine", "figures/mine": "too"}
    manifest = read_manifest(tmp_path)
    assert (list(manifest["files"]), manifest["holds"]) == (["effects"], HOLDS)


def test_folders_that_are_emptied_go_too(tmp_path: Path) -> None:
    write(tmp_path, effects="old", figures__deep__stale="x")
    write(tmp_path, effects="new")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["effects", MANIFEST]


def test_results_may_be_added_to_those_that_are_there(tmp_path: Path) -> None:
    write(tmp_path, first="1", both="old")
    write(tmp_path, adds=True, second="2", both="new")
    assert but_manifest(tmp_path) == {"first": "1", "both": "new", "second": "2"}
    assert set(read_manifest(tmp_path)["files"]) == {"first", "both", "second"}
    # All three are known as ours.
    write(tmp_path, third="3")
    assert but_manifest(tmp_path) == {"third": "3"}


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, InputError, SystemExit])
def test_a_failure_leaves_existing_results_untouched(
    tmp_path: Path, error: type[BaseException]
) -> None:
    write(tmp_path, effects="old")
    put(tmp_path, notes="mine")
    before = contents(tmp_path)
    with pytest.raises(error):
        write_and_fail(tmp_path, error)
    assert contents(tmp_path) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["effects", MANIFEST, "notes"]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_a_failure_leaves_no_folder_where_there_was_none(
    tmp_path: Path, error: type[BaseException]
) -> None:
    with pytest.raises(error):
        write_and_fail(tmp_path / "new" / "results", error)
    assert not list(tmp_path.iterdir())


def test_a_failure_leaves_what_others_put_there_meanwhile(tmp_path: Path) -> None:
    out = tmp_path / "results"

    def fail() -> None:
        with whole_results(out, HOLDS):
            put(out, notes="mine")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert contents(out) == {"notes": "mine"}


def test_an_unwritable_folder_is_refused_before_any_work(tmp_path: Path) -> None:
    # A path below a regular file cannot be made into a folder, whoever the user is.
    file = tmp_path / "file"
    file.write_text("text", encoding="utf-8")
    worked = False
    with pytest.raises(InputError) as caught, whole_results(file / "results", HOLDS):
        worked = True
    assert not worked
    assert "results" in str(caught.value)
    assert "--out" in str(caught.value)
    assert file.read_text(encoding="utf-8") == "text"


def test_an_error_of_the_disk_is_said_in_one_line(tmp_path: Path) -> None:
    put(tmp_path, notes="old")
    with pytest.raises(InputError, match=r"No space left on device; nothing was changed"):
        write_and_fail(tmp_path, OSError(28, "No space left on device"))
    assert contents(tmp_path) == {"notes": "old"}


def test_a_folder_in_the_way_of_a_result_leaves_every_result_as_it_was(tmp_path: Path) -> None:
    write(tmp_path, effects="old")
    put(tmp_path, summary__kept="mine")
    before = contents(tmp_path)
    for force in (False, True):
        with pytest.raises(InputError, match=r"summary is in the way .*nothing was changed"):
            write(tmp_path, force=force, effects="new", summary="new")
        assert contents(tmp_path) == before


THINGS = {
    "a file of that name": lambda out: put(out, effects="mine"),
    "a link of that name": lambda out: (out / "effects").symlink_to(out.parent / "outside"),
    "a manifest that is none": lambda out: put(out, **{MANIFEST: "[]"}),
    "a manifest that is not text": lambda out: (out / MANIFEST).write_bytes(b"\xff\xfe"),
    "a manifest of a web page": lambda out: put(out, **{MANIFEST: '{"name": "app", "files": {}}'}),
    "results of another question": lambda out: write(out, "a plan of a study", effects="theirs"),
    "results of before this was said": lambda out: (
        write(out, effects="theirs"),
        (out / MANIFEST).write_text((out / MANIFEST).read_text().replace('"holds"', '"held"')),
    ),
    "a result that was edited": lambda out: (
        write(out, effects="theirs"),
        put(out, effects="mine"),
    ),
    "a result that became a link": lambda out: (
        write(out, effects="theirs"),
        (out / "effects").unlink(),
        (out / "effects").symlink_to(out.parent / "outside"),
    ),
}


@pytest.mark.parametrize("there", THINGS)
def test_what_is_not_ours_to_replace_is_refused_by_name_or_replaced_by_force(
    tmp_path: Path, there: str
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (tmp_path / "outside").write_text("outside")
    THINGS[there](out)
    before = contents(tmp_path)
    with pytest.raises(InputError, match=r"(effects|manifest\.json|holds ).*--force"):
        write(out, effects="new")
    assert contents(tmp_path) == before
    write(out, force=True, effects="new")
    assert but_manifest(out) == {"effects": "new"}
    assert (tmp_path / "outside").read_text() == "outside"


def test_another_question_is_refused_before_any_work(tmp_path: Path) -> None:
    write(tmp_path, "a plan of a study", effects="theirs")
    worked = False
    with (
        pytest.raises(InputError, match="holds a plan of a study, and this is the analysis of a"),
        whole_results(tmp_path, HOLDS),
    ):
        worked = True
    assert not worked


@pytest.mark.parametrize("stale", [False, True])
def test_a_link_out_of_the_folder_is_never_followed(tmp_path: Path, stale: bool) -> None:
    out, outside = tmp_path / "out", tmp_path / "outside"
    write(out, figures__plot="ours")
    outside.mkdir()
    # The same file, by hash, now outside.
    os.rename(out / "figures" / "plot", outside / "plot")
    (out / "figures").rmdir()
    (out / "figures").symlink_to(outside)
    for force in (False, True):
        if stale:
            write(out, force=force or stale, effects="new")
        else:
            with pytest.raises(InputError, match=r"in the way|changed"):
                write(out, force=force, figures__plot="new")
        assert contents(outside) == {"plot": "ours"}


def test_a_manifest_from_elsewhere_removes_nothing_outside(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write(out, effects="1")
    (tmp_path / "mine").write_text("mine")
    told = json.loads((out / MANIFEST).read_text())
    told["files"] |= {"../mine": digest(tmp_path / "mine"), str(tmp_path / "mine"): "x"}
    (out / MANIFEST).write_text(json.dumps(told))
    write(out, other="2")
    assert (tmp_path / "mine").read_text() == "mine"


def test_two_runs_into_one_folder_are_kept_apart(tmp_path: Path) -> None:
    with (
        whole_results(tmp_path, HOLDS),
        pytest.raises(InputError, match="another run is writing to"),
        whole_results(tmp_path, HOLDS),
    ):
        pass
    write(tmp_path, effects="afterwards")


def test_a_disk_without_room_is_refused_before_any_work(tmp_path: Path, monkeypatch) -> None:
    from mp_bayes.storage import results

    monkeypatch.setattr(results, "_ROOM", 2**60)
    with pytest.raises(InputError, match="MB left"):
        write(tmp_path / "new", effects="1")
    assert not list(tmp_path.iterdir())


def test_an_interrupt_handler_is_back_in_its_place_afterwards(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGINT)
    write(tmp_path, effects="1")
    assert signal.getsignal(signal.SIGINT) is before


KILLED = """
import os, signal, sys
from pathlib import Path
from mp_bayes.storage import moving, whole_results, write_manifest
real, count = os.replace, 0
def replace(old, new):
    global count
    if count == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
    count += 1
    real(old, new)
os.replace = replace
with whole_results(Path(sys.argv[1]), "the analysis of a study") as staging:
    for name in ("a", "b", "figures/c", "same"):
        (staging / name).parent.mkdir(exist_ok=True)
        (staging / name).write_text("same" if name == "same" else "new")
    write_manifest(staging, inputs=[], seed=2)
"""


@pytest.mark.skipif(os.name != "posix", reason="kills a process")
@pytest.mark.parametrize("moves", range(13))
def test_a_process_that_is_killed_while_moving_leaves_old_or_new_results(
    tmp_path: Path, moves: int
) -> None:
    write(tmp_path, a="old", b="old", figures__c="old", figures__stale="old", same="same")
    put(tmp_path, notes="mine")
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), str(moves)], check=False)
    # Five old files aside, one stale, five new ones placed, after the journal.
    assert done.returncode == (-signal.SIGKILL if moves < 12 else 0)
    # The next run, whatever comes of it, finishes what was begun.
    with pytest.raises(RuntimeError):
        write_and_fail(tmp_path, RuntimeError)
    found = but_manifest(tmp_path)
    assert found.pop("notes") == "mine"
    new = {"a": "new", "b": "new", "figures/c": "new", "same": "same"}
    old = {"a": "old", "b": "old", "figures/c": "old", "figures/stale": "old", "same": "same"}
    assert found == (old if moves == 0 else new)
    assert read_manifest(tmp_path)["seed"] == (1 if moves == 0 else 2)
    hidden = [path for path in tmp_path.iterdir() if path.name.startswith(".")]
    assert not hidden


def killed(out: Path, moves: int) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(out), str(moves)], check=False)
    assert done.returncode == -signal.SIGKILL


@pytest.mark.skipif(os.name != "posix", reason="kills a process")
def test_what_a_killed_run_left_is_not_finished_by_another_question(tmp_path: Path) -> None:
    write(tmp_path, a="old", b="old")
    killed(tmp_path, 3)
    before = contents(tmp_path)
    with pytest.raises(InputError, match="holds the analysis of a study, half in place"):
        write(tmp_path, "a plan of a study", c="other")
    assert contents(tmp_path) == before
    write(tmp_path, a="again")
    assert but_manifest(tmp_path) == {"a": "again"}


@pytest.mark.skipif(os.name != "posix", reason="kills a process")
def test_a_file_that_somebody_put_there_since_is_not_replaced(tmp_path: Path) -> None:
    write(tmp_path, a="old", b="old", stale="old")
    killed(tmp_path, 4)  # the old ones are aside
    put(tmp_path, b="mine", stale="mine")
    with pytest.raises(InputError, match=r"b is in the way of results whose run was killed"):
        write(tmp_path, a="again")
    assert (tmp_path / "b").read_text() == "mine"
    (tmp_path / "b").unlink()
    write(tmp_path, a="again", b="again")
    assert but_manifest(tmp_path) == {"a": "again", "b": "again", "stale": "mine"}


@pytest.mark.parametrize("place", range(12))
def test_a_write_that_fails_leaves_everything_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: int
) -> None:
    write(tmp_path, a="old", b="old", figures__c="old", figures__stale="old")
    before = contents(tmp_path)
    real, count = os.replace, 0

    def replace(old: Path, new: Path) -> None:
        nonlocal count
        count += 1
        if count == place + 1:
            raise OSError(28, "No space left on device")
        real(old, new)

    monkeypatch.setattr(os, "replace", replace)
    if place < 10:
        with pytest.raises(InputError, match="No space left on device; nothing was changed"):
            write(tmp_path, a="new", b="new", figures__c="new")
        assert contents(tmp_path) == before
    else:
        write(tmp_path, a="new", b="new", figures__c="new")
        assert but_manifest(tmp_path) == {"a": "new", "b": "new", "figures/c": "new"}


@pytest.mark.parametrize(
    "journal",
    [
        '{"staging": "../outside", "ours": {}, "holds": "the analysis of a study"}',
        '{"staging": ".mp-bayes-unfinished-x", "ours": {"../mine": ""}, "holds": ""}',
        '{"staging": ".mp-bayes-unfinished-y", "ours": {"": "", "folder": ""}, "holds": "",'
        '"stale": ["", ".", "folder", "../mine"]}',
        "[",
        "[]",
    ],
)
def test_a_journal_from_elsewhere_moves_nothing_out_or_in(tmp_path: Path, journal: str) -> None:
    out = tmp_path / "out"
    put(tmp_path, mine="mine", outside__effects="theirs")
    out.mkdir()
    (out / ".mp-bayes-unfinished-x").symlink_to(tmp_path / "outside")
    put(out, folder__thesis="mine")
    put(out, **{".mp-bayes-unfinished-notes/notes": "mine", ".unfinished-notes/notes": "mine"})
    (out / ".mp-bayes-moving.json").write_text(journal)
    write(out, other="1")
    kept = ["folder/thesis", ".mp-bayes-unfinished-notes/notes", ".unfinished-notes/notes"]
    assert but_manifest(out) == {"other": "1", **dict.fromkeys(kept, "mine")}
    assert (tmp_path / "mine").read_text() == "mine"
    assert contents(tmp_path / "outside") == {"effects": "theirs"}


def test_a_manifest_records_hashes_of_inputs_and_files_and_the_facts_given(tmp_path: Path) -> None:
    given = tmp_path / "mine.toml"
    given.write_text("abc", encoding="utf-8")
    staging = tmp_path / "staging"
    (staging / "figures").mkdir(parents=True)
    put(staging, effects="x")
    put(staging / "figures", plot="abc")
    write_manifest(staging, inputs=[given], seed=7, quick=True)
    manifest = json.loads((staging / MANIFEST).read_text(encoding="utf-8"))
    # The SHA-256 of "abc" is FIPS 180-2's first example.
    abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert manifest["inputs"] == {"mine.toml": abc}
    assert manifest["files"] == {"effects": digest(staging / "effects"), "figures/plot": abc}
    assert (manifest["seed"], manifest["quick"]) == (7, True)
    assert {"pymc", "nutpie", "mp-bayes"} <= set(manifest["versions"])


def test_a_text_file_is_written_whole(tmp_path: Path) -> None:
    path = tmp_path / "report.md"
    write_whole(path, "first £")
    with pytest.raises(InputError, match=r"report\.md is there already: .*--force"):
        write_whole(path, "second £")
    assert contents(tmp_path) == {"report.md": "first £"}
    write_whole(path, "second £", force=True)
    assert contents(tmp_path) == {"report.md": "second £"}


def test_a_text_file_that_cannot_be_written_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "report.md"
    folder.mkdir()
    with pytest.raises(InputError, match=r"cannot write .*report\.md.*--out"):
        write_whole(folder, "text")
    assert [path.name for path in tmp_path.iterdir()] == ["report.md"]
    with pytest.raises(InputError, match="cannot write"):
        write_whole(tmp_path / "missing" / "report.md", "text")


def test_text_below_a_regular_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="cannot write"):
        write_whole(tmp_path / "file" / "report.md", "text")


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("results/panel/rereferral/fit/manifest.json", "panel/rereferral/fit/manifest.json"),
        ("mine/checks/joint/manifest.json", "checks/joint/manifest.json"),
        ("checks/mine/panel/rereferral/fit/manifest.json", "panel/rereferral/fit/manifest.json"),
        ("results/manifest.json", "results/manifest.json"),
    ],
)
def test_other_results_are_known_by_where_they_lie(path, name):
    assert _known_as(Path(path), []) == name
