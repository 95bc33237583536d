"""What Terraform says to a provider, and hears from it: as much of its plugin protocol as is used.

The numbers are those of version 5 of the protocol (tfplugin5.proto in hashicorp/terraform). What is
not declared here stays unread, as everywhere in protocol buffers.
"""

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.descriptor_pb2 import FieldDescriptorProto
from google.protobuf.message import Message

PACKAGE = "tfplugin5"
SERVICE = f"{PACKAGE}.Provider"
VERSION = 5

# Message → field: (number, type), with [] behind what is repeated and {} behind a map from strings.
MESSAGES: dict[str, dict[str, tuple[int, str]]] = {
    "Nothing": {},
    "Value": {"msgpack": (1, "bytes"), "json": (2, "bytes")},
    "RawValue": {"json": (1, "bytes")},
    "Diagnostic": {"severity": (1, "int64"), "summary": (2, "string"), "detail": (3, "string")},
    "Attribute": {
        "name": (1, "string"),
        "type": (2, "bytes"),
        "required": (4, "bool"),
        "optional": (5, "bool"),
        "computed": (6, "bool"),
    },
    "NestedBlock": {
        "type_name": (1, "string"),
        "block": (2, "Block"),
        "nesting": (3, "int64"),
        "min_items": (4, "int64"),
        "max_items": (5, "int64"),
    },
    "Block": {"attributes": (2, "Attribute[]"), "block_types": (3, "NestedBlock[]")},
    "Schema": {"version": (1, "int64"), "block": (2, "Block")},
    "Schemas": {
        "provider": (1, "Schema"),
        "resource_schemas": (2, "Schema{}"),
        "data_source_schemas": (3, "Schema{}"),
    },
    "Prepare": {"config": (1, "Value")},
    "Prepared": {"prepared_config": (1, "Value")},
    "Validate": {"type_name": (1, "string"), "config": (2, "Value")},
    "Diagnosed": {"diagnostics": (1, "Diagnostic[]")},
    "Plan": {
        "type_name": (1, "string"),
        "prior_state": (2, "Value"),
        "proposed_new_state": (3, "Value"),
    },
    "Planned": {"planned_state": (1, "Value"), "legacy_type_system": (5, "bool")},
    "Apply": {"type_name": (1, "string"), "planned_state": (3, "Value")},
    "Applied": {"new_state": (1, "Value"), "legacy_type_system": (4, "bool")},
    "Read": {"type_name": (1, "string"), "config": (2, "Value")},
    "State": {"state": (1, "Value")},
    "Stored": {"type_name": (1, "string"), "raw_state": (3, "RawValue")},
}
# What Terraform calls → what it sends, and what it is answered with.
CALLS = {
    "GetSchema": ("Nothing", "Schemas"),
    "PrepareProviderConfig": ("Prepare", "Prepared"),
    "ValidateResourceTypeConfig": ("Validate", "Diagnosed"),
    "ValidateDataSourceConfig": ("Validate", "Diagnosed"),
    "Configure": ("Nothing", "Diagnosed"),
    "PlanResourceChange": ("Plan", "Planned"),
    "ApplyResourceChange": ("Apply", "Applied"),
    "UpgradeResourceState": ("Stored", "State"),
    "ReadResource": ("Read", "State"),
    "ReadDataSource": ("Read", "State"),
    "Stop": ("Nothing", "Nothing"),
}


def _declare() -> dict[str, type[Message]]:
    file = descriptor_pb2.FileDescriptorProto(name=f"{PACKAGE}.proto", package=PACKAGE)
    file.syntax = "proto3"
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        for field, (number, written) in fields.items():
            _field(message, field, number, written)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)  # type: ignore[no-untyped-call, unused-ignore]
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{PACKAGE}.{name}"))  # type: ignore[no-untyped-call, unused-ignore]
        for name in MESSAGES
    }


def _field(
    message: descriptor_pb2.DescriptorProto, name: str, number: int, written: str
) -> FieldDescriptorProto:
    """Adds a field; a map is a repeated message of key and value."""
    kind = written.rstrip("[]{}")
    field = message.field.add(name=name, number=number, label=FieldDescriptorProto.LABEL_OPTIONAL)
    if written != kind:
        field.label = FieldDescriptorProto.LABEL_REPEATED
    if written.endswith("{}"):
        entry = message.nested_type.add(name=f"{name.title().replace('_', '')}Entry")
        entry.options.map_entry = True
        _field(entry, "key", 1, "string")
        _field(entry, "value", 2, kind)
        kind = f"{message.name}.{entry.name}"
    if kind.islower() or kind == "int64":
        field.type = FieldDescriptorProto.Type.Value(f"TYPE_{kind.upper()}")
    else:
        field.type = FieldDescriptorProto.TYPE_MESSAGE
        field.type_name = f".{PACKAGE}.{kind}"
    return field


TYPES = _declare()
