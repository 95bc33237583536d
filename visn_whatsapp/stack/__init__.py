"""The whole system on one machine: stand-ins for Google, and our services as processes.

For demonstrations and tests. Whatever was started ends with the process that started it.

    with start(Plan(folder=folder)) as stack:
        post(stack.webhook_url)
"""

from visn_whatsapp.stack.launch import Stack, StackFailed, start
from visn_whatsapp.stack.plan import ALL_IN_ONE, ONE_SERVICE_EACH, Plan, Server
from visn_whatsapp.stack.ports import PortTaken
from visn_whatsapp.stack.process import Process

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
