"""The whole system on one machine: stand-ins for Google, and our services as processes.

For demonstrations and tests. Whatever was started ends with the process that started it.

    with start(Plan(folder=folder)) as stack:
        post(stack.webhook_url)
"""

from sandbox.stack.launch import Stack, StackFailed, start
from sandbox.stack.plan import ALL_IN_ONE, ONE_SERVICE_EACH, Plan, Server
from sandbox.stack.ports import PortTaken
from sandbox.stack.process import Process

__all__ = [
    "ALL_IN_ONE",
    "ONE_SERVICE_EACH",
    "Plan",
    "PortTaken",
    "Process",
    "Server",
    "Stack",
    "StackFailed",
    "start",
]
