"""One child process: in a group of its own, its output in a file, ended with all it began."""

import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from sandbox.stack.guard import Guard, kill_group

STOP_SECONDS = 10.0  # granian lets requests under way end first


class Process:
    """A command that can be started again after it has ended."""

    def __init__(
        self,
        *,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        guard: Guard,
        log: Path | None,
        folder: Path,
    ) -> None:
        """Starts it in a folder. `log` collects what it prints, or it prints where we do."""
        self.name = name
        self.log = log
        self._command = tuple(command)
        self._environment = dict(environment)
        self._guard = guard
        self._folder = folder
        self._is_listed = False
        self._child = self._start()

    @property
    def pid(self) -> int:
        """The process's id, which is also its group's."""
        return self._child.pid

    @property
    def status(self) -> int | None:
        """The exit status, negative for a signal; None while it runs."""
        return self._child.poll()

    def wait(self) -> int:
        """Waits until it ends by itself, and returns its exit status."""
        return self._child.wait()

    def ask_to_stop(self, number: int = signal.SIGTERM) -> None:
        """Sends a signal to the process itself, which tells its workers."""
        if self.status is None:
            self._child.send_signal(number)

    def stop(self) -> None:
        """Lets it end in order, and kills it where that takes too long."""
        self.ask_to_stop()
        try:
            self._child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            pass
        finally:
            self.kill()

    def kill(self) -> None:
        """Kills it and everything that it has started, as a crash of the machine would."""
        if self._is_listed:  # afterwards the system may give its number to others
            kill_group(self.pid)
            self._child.wait()
            self._guard.forget(self.pid)
            self._is_listed = False

    def restart(self, **variables: str) -> None:
        """Starts it again, after it has ended or by killing it; its log goes on.

        From then on these variables have other values.
        """
        self.kill()
        self._environment.update(variables)
        self._child = self._start()

    def output(self) -> str:
        """Returns everything that it has printed so far."""
        return self.log.read_text(errors="replace") if self.log and self.log.exists() else ""

    def _start(self) -> subprocess.Popen[bytes]:
        if self.log is None:
            return self._spawn(None)
        with self.log.open("ab") as log:
            return self._spawn(log.fileno())

    def _spawn(self, output: int | None) -> subprocess.Popen[bytes]:
        child = subprocess.Popen(
            self._command,
            env=self._environment,
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if output is not None else None,
            start_new_session=True,
        )
        self._guard.watch(child.pid)
        self._is_listed = True
        return child
