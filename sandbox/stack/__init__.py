"""The whole system on one machine: stand-ins for Google, and our services as processes.

For demonstrations and tests. Whatever was started ends with the process that started it.

    with start(Spec(folder=folder)) as stack:
        post(stack.webhook_url)
"""

from sandbox.stack.launch import Stack, StackFailed, start
from sandbox.stack.ports import PortTaken
from sandbox.stack.process import Process
from sandbox.stack.spec import ALL_IN_ONE, ONE_SERVICE_EACH, Server, Spec

__all__ = [
    "ALL_IN_ONE",
    "ONE_SERVICE_EACH",
    "PortTaken",
    "Process",
    "Server",
    "Spec",
    "Stack",
    "StackFailed",
    "start",
]
