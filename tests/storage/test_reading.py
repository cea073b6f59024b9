"""Files that others made are read within bounds, and remembered as they were read."""

import os
import threading
import time
import tracemalloc
from pathlib import Path

import pytest

from mp_bayes.errors import InputError
from mp_bayes.priors import load_priors
from mp_bayes.storage import reading, write_manifest
from mp_bayes.storage.manifest import digest
from mp_bayes.studies.read import SHIPPED, read_study

EXAMPLE = SHIPPED / "example"
POSIX = pytest.mark.skipif(os.name != "posix", reason="makes a pipe, or a device")


def refusal(path: Path, **how: int) -> str:
    with pytest.raises(InputError) as told:
        reading.read_text(path, "table", **how)
    return str(told.value)


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\xef\xbb\xbfa\r\nb")
    assert reading.read_text(tmp_path / "a", "table") == "a\r\nb"


def test_what_is_no_text_is_told_by_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"a\nb\n\xff\xfe")
    assert refusal(tmp_path / "a.csv").startswith("a.csv, line 3: is not UTF-8 text")
    (tmp_path / "a.csv").write_bytes(b"a\nb\0")
    assert refusal(tmp_path / "a.csv").startswith("a.csv, line 2: holds a NUL byte")


def test_what_is_too_large_is_not_taken_in(tmp_path: Path) -> None:
    with (tmp_path / "large").open("wb") as file:
        file.truncate(2**33)  # without using a disk
    tracemalloc.start()
    begun = time.monotonic()
    assert "is larger than 64 MB" in refusal(tmp_path / "large")
    assert tracemalloc.get_traced_memory()[1] < 200 * 2**20
    assert time.monotonic() - begun < 20
    tracemalloc.stop()


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    assert "it is a folder, not a file" in refusal(tmp_path)
    assert "No such file" in refusal(tmp_path / "nothing")
    assert "File name too long" in refusal(tmp_path / ("x" * 5000))
    assert "cannot read" in refusal(Path("with\0nul"))


@POSIX
def test_a_device_is_refused() -> None:
    for name in ("/dev/zero", "/dev/random", "/dev/null"):
        assert "it is a device, not a file" in refusal(Path(name))


@POSIX
def test_a_pipe_is_read_once_and_known_afterwards(tmp_path: Path) -> None:
    pipe = tmp_path / "priors.toml"
    os.mkfifo(pipe)

    def give() -> None:
        with pipe.open("wb") as end:
            end.write(b"[default]\nsd_effect = 0.123\n")

    writer = threading.Thread(target=give)
    keeper = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)  # the writer need not wait for a reader
    writer.start()
    writer.join()
    study = read_study("example")
    # Twice, as commands do: the second time what the first has read.
    for _ in range(2):
        chosen = load_priors(study, pipe).select(study.outcome("rereferral"), shock="none")
        assert str(chosen["sd_effect"]) == "0.123"
    os.close(keeper)


@POSIX
def test_a_pipe_that_never_ends_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "PATIENCE", 0.3)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    both = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)  # a writer that writes nothing
    assert "is a pipe that did not end within" in refusal(pipe)
    os.close(both)


def test_the_manifest_knows_a_file_as_it_was_read(tmp_path: Path) -> None:
    file, staging = tmp_path / "mine.toml", tmp_path / "staging"
    staging.mkdir()
    file.write_text("a = 1")
    before = digest(file)
    reading.read_text(file, "prior file")
    file.write_text("a = 2")  # by somebody else, while the job runs
    write_manifest(staging, inputs=[file])
    assert before in (staging / "manifest.json").read_text()
