"""A stand-in for the google provider: it has its schema, and makes nothing of what it is asked for.

Terraform itself checks names, types, required arguments and references against the schema, and
evaluates every expression. What nobody can know before it exists is unknown, as with the real one;
an argument that is left out stays so.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import msgspec
from google.protobuf.message import Message

from tests.deploy.terraform.protocol import CALLS, SERVICE, TYPES, VERSION
from tests.deploy.terraform.schema import Block, Nested, Published

ADDRESS = "registry.terraform.io/hashicorp/google"
UNKNOWN = msgspec.msgpack.Ext(0, b"\x00")  # as Terraform encodes it
SINGLE, LIST = 1, 2
ERROR = 1
MADE_UP = {"string": "made-up", "number": 0, "bool": False}
# What follows from the arguments, as the real provider fills it in.
_EMAIL = "{account_id}@{project}.iam.gserviceaccount.com"
DERIVED = {
    "google_service_account": {
        "email": _EMAIL,
        "member": f"serviceAccount:{_EMAIL}",
        "name": f"projects/{{project}}/serviceAccounts/{_EMAIL}",
    }
}


class Provider:
    """Answers Terraform for these resources and data sources."""

    def __init__(
        self,
        schema: Published,
        resources: set[str],
        data: Mapping[str, Mapping[str, str]],  # what each source tells
    ) -> None:
        self._provider = schema.provider()
        found = {name: schema.resource(name) for name in resources}
        self._resources = {name: block for name, block in found.items() if block}
        self._data = {name: block for name in data if (block := schema.data(name))}
        self._told = data

    def answer(self, call: str, asked: Any) -> Message:
        """Answers one call of the protocol."""
        calls: dict[str, Callable[[Any], dict[str, Any]]] = {
            "GetSchema": self._schemas,
            "PrepareProviderConfig": lambda asked: {"prepared_config": asked.config},
            "ValidateResourceTypeConfig": self._validate,
            "PlanResourceChange": self._plan,
            "ApplyResourceChange": self._apply,
            "UpgradeResourceState": lambda asked: {"state": {"json": asked.raw_state.json}},
            "ReadResource": lambda asked: {"state": asked.config},  # it is as it was made
            "ReadDataSource": self._read,
        }
        answer = calls[call](asked) if call in calls else {}
        return TYPES[CALLS[call][1]](**answer)

    def _schemas(self, _: Any) -> dict[str, Any]:
        return {
            "provider": _schema(self._provider),
            "resource_schemas": {name: _schema(each) for name, each in self._resources.items()},
            "data_source_schemas": {name: _schema(each) for name, each in self._data.items()},
        }

    def _validate(self, asked: Any) -> dict[str, Any]:
        """Says what the provider refuses; everything else Terraform sees itself."""
        config = msgspec.msgpack.decode(asked.config.msgpack)
        wrong = _refused(self._resources[asked.type_name], config)
        return {"diagnostics": [{"severity": ERROR, "summary": words} for words in wrong]}

    def _plan(self, asked: Any) -> dict[str, Any]:
        proposed = msgspec.msgpack.decode(asked.proposed_new_state.msgpack)
        if msgspec.msgpack.decode(asked.prior_state.msgpack) is None:  # it is to be made
            derived = DERIVED.get(asked.type_name, {})
            for name, attribute in self._resources[asked.type_name].attributes.items():
                if name in derived:
                    proposed[name] = derived[name].format_map(proposed)
                elif proposed[name] is None and (name == "id" or not attribute.settable):
                    proposed[name] = UNKNOWN
        packed = {"msgpack": msgspec.msgpack.encode(proposed)}
        return {"planned_state": packed, "legacy_type_system": True}

    def _apply(self, asked: Any) -> dict[str, Any]:
        """Makes up what is only known of what exists."""
        made = msgspec.msgpack.decode(asked.planned_state.msgpack)
        if made is not None:  # it is not removed
            for name, attribute in self._resources[asked.type_name].attributes.items():
                if isinstance(made[name], msgspec.msgpack.Ext):
                    made[name] = MADE_UP.get(str(attribute.type))
        return {"new_state": {"msgpack": msgspec.msgpack.encode(made)}, "legacy_type_system": True}

    def _read(self, asked: Any) -> dict[str, Any]:
        state = msgspec.msgpack.decode(asked.config.msgpack) | self._told[asked.type_name]
        return {"state": {"msgpack": msgspec.msgpack.encode(state)}}


def _schema(block: Block) -> dict[str, Any]:
    return {"block": _block(block)}


def _block(block: Block) -> dict[str, Any]:
    attributes = [
        {
            "name": name,
            "type": json.dumps(each.type).encode(),
            "required": each.required,
            "optional": each.settable and not each.required,
            "computed": not each.required,
        }
        for name, each in block.attributes.items()
    ]
    nested = [_nested(name, each) for name, each in block.blocks.items()]
    return {"attributes": attributes, "block_types": nested}


def _nested(name: str, each: Nested) -> dict[str, Any]:
    bounds = {} if each.alone else {"min_items": each.least, "max_items": each.most}
    nesting = SINGLE if each.alone else LIST
    return {"type_name": name, "block": _block(each.block), "nesting": nesting, **bounds}


def _refused(block: Block, config: Mapping[str, Any]) -> Iterator[str]:
    for name, attribute in block.attributes.items():
        value = config[name]
        if not attribute.settable and value is not None:
            yield f"{name} is what the provider says, and is not set"
        if attribute.values and isinstance(value, str) and value not in attribute.values:
            yield f"{name} is {value}, and may be {', '.join(sorted(attribute.values))}"
    for name, nested in block.blocks.items():
        found = config[name]
        for inner in found if isinstance(found, list) else [found]:
            if isinstance(inner, dict):  # neither absent nor unknown yet
                yield from _refused(nested.block, inner)


@contextmanager
def serving(provider: Provider, folder: Path) -> Iterator[dict[str, str]]:
    """Serves it on a socket in a folder; yields the variables by which Terraform finds it."""
    socket = folder / "provider"
    server = grpc.server(ThreadPoolExecutor(4), options=[("grpc.max_receive_message_length", -1)])
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler(SERVICE, dict(_handlers(provider))),)
    )
    server.add_insecure_port(f"unix:{socket}")
    server.start()
    place = {"Network": "unix", "String": str(socket)}
    reattached = {"Protocol": "grpc", "ProtocolVersion": VERSION, "Pid": os.getpid(), "Test": True}
    try:
        yield {"TF_REATTACH_PROVIDERS": json.dumps({ADDRESS: reattached | {"Addr": place}})}
    finally:
        server.stop(None).wait()


def _handlers(
    provider: Provider,
) -> Iterator[tuple[str, "grpc.RpcMethodHandler[Message, Message]"]]:
    def behaviour(call: str) -> Callable[[Message, object], Message]:
        return lambda asked, _: provider.answer(call, asked)

    for call, (asked, _) in CALLS.items():
        yield (
            call,
            grpc.unary_unary_rpc_method_handler(
                behaviour(call),
                request_deserializer=TYPES[asked].FromString,
                response_serializer=lambda answer: answer.SerializeToString(),
            ),
        )
