"""Simulations that the page starts: the real command, one after the other, in the background."""

import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections import deque
from pathlib import Path

from mp_bayes.errors import InputError

#: Simulations that may wait, and that are kept once done.
MOST_WAITING, MOST_KEPT = 10, 50
_SHARE = re.compile(r"(?P<share>\d+)%(?:, about (?P<left>.*) left)?")
_GRACE = 15.0


class Job:
    """One simulation: waiting, running, done, stopped or failed."""

    def __init__(self, folder: Path, study: str, link: str) -> None:
        self.name = secrets.token_urlsafe(12)
        self.folder, self.study, self.link = folder, study, link
        self.state, self.share, self.left, self.message = "waiting", 0, "", ""
        self.process: subprocess.Popen[str] | None = None

    @property
    def results(self) -> Path:
        """Where its results are once it is done."""
        return self.folder / "plan"

    def told(self) -> dict[str, object]:
        """Return what the page shows of it."""
        return {"state": self.state, "share": self.share, "left": self.left, "error": self.message}


class Jobs:
    """A queue, and a thread that works it off."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="mp-bayes-app-"))
        self._jobs: dict[str, Job] = {}
        self._waiting: deque[Job] = deque()
        self._changed = threading.Condition()
        threading.Thread(target=self._work, daemon=True).start()

    def start(self, scenario: str, study: str, link: str) -> Job:
        """Put a simulation at the end of the queue.

        Raises
        ------
        InputError
            If too many wait.
        """
        with self._changed:
            self._room()
            job = Job(Path(tempfile.mkdtemp(dir=self.folder)), study, link)
            (job.folder / "scenario.toml").write_text(scenario, encoding="utf-8")
            self._jobs[job.name] = job
            self._forget()
            self._enqueue(job)
        return job

    def get(self, name: str) -> Job | None:
        """Return a simulation by its name."""
        return self._jobs.get(name)

    def stop(self, job: Job) -> None:
        """Stop one; what it has finished is kept."""
        with self._changed:
            if job in self._waiting:
                self._waiting.remove(job)
                job.state = "stopped"
            elif job.state == "running" and job.process:
                job.state = "stopped"
                job.process.send_signal(signal.SIGTERM)

    def resume(self, job: Job) -> None:
        """Take a stopped one up again, from what it has finished.

        Raises
        ------
        InputError
            If too many wait.
        """
        with self._changed:
            self._room()
            if job.state in ("stopped", "failed") and (
                not job.process or job.process.poll() is not None
            ):
                self._enqueue(job)

    def close(self) -> None:
        """Stop all, and remove what they wrote."""
        for job in list(self._jobs.values()):
            self.stop(job)
            if job.process:
                try:
                    job.process.wait(_GRACE)
                except subprocess.TimeoutExpired:
                    job.process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _room(self) -> None:
        if len(self._waiting) >= MOST_WAITING:
            raise InputError("too many simulations are waiting; try again later")

    def _enqueue(self, job: Job) -> None:
        job.state, job.message = "waiting", ""
        self._waiting.append(job)
        self._changed.notify()

    def _forget(self) -> None:
        """Remove the oldest that are over."""
        over = [job for job in self._jobs.values() if job.state in ("done", "failed", "stopped")]
        for job in over[: max(0, len(self._jobs) - MOST_KEPT)]:
            del self._jobs[job.name]
            shutil.rmtree(job.folder, ignore_errors=True)

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting)
                job = self._waiting.popleft()
                job.state = "running"
                job.process = subprocess.Popen(
                    [
                        *(sys.executable, "-m", "mp_bayes", "plan"),
                        *("--scenario", "scenario.toml", "--study", job.study, "--out", "plan"),
                    ],
                    cwd=job.folder,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    text=True,
                    encoding="utf-8",
                )
            self._follow(job, job.process)

    def _follow(self, job: Job, process: "subprocess.Popen[str]") -> None:
        """Read what the command says of its progress, and how it ends."""
        assert process.stderr is not None
        last = ""
        for line in process.stderr:
            last = line.strip() or last
            if match := _SHARE.search(line):
                job.share, job.left = int(match["share"]), match["left"] or ""
        status = process.wait()
        with self._changed:
            if job.state == "running":
                job.state = "failed" if status else "done"
                job.message = last.removeprefix("mp-bayes: ") if status else ""
