"""What the google provider takes, as its bindings for CDK Terrain publish it.

The package is generated from the provider's own schema. What it does not say is whether a list
counts its order and which argument the provider fills in by itself: every optional one counts as
such. Computed values within blocks are not read.
"""

import json
import re
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

ASSEMBLY = "@cdktn/provider-google"
_NAME = re.compile(r"#([a-z0-9_]+)\}")
_VALUES = re.compile(r"Possible values: \[([^\]]*)\]")
Described = Mapping[str, Any]  # of the package's


@dataclass(frozen=True, kw_only=True)
class Attribute:
    """An argument, or what the provider tells."""

    type: Any  # as Terraform writes types in JSON: "string", ["list", "string"]
    required: bool = False
    settable: bool = True
    values: frozenset[str] = frozenset()  # empty: any


@dataclass(frozen=True, kw_only=True)
class Block:
    """A resource, or a block within one."""

    attributes: dict[str, Attribute] = field(default_factory=dict)
    blocks: dict[str, "Nested"] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Nested:
    """How a block stands within another."""

    block: Block
    least: int
    most: int  # 0: any number
    alone: bool = False  # an object, and no list of one


@dataclass(frozen=True)
class Published:
    """The package's description of everything."""

    types: Described
    version: str  # of the provider

    def provider(self) -> Block:
        """Returns what the provider itself is configured with."""
        return self._block(f"{ASSEMBLY}.provider.GoogleProviderConfig")

    def resource(self, name: str) -> Block | None:
        """Returns what a resource such as `google_project_service` takes; None: there is none."""
        return self._whole(_camel(name.removeprefix("google_")))

    def data(self, name: str) -> Block | None:
        """Returns what a data source takes."""
        return self._whole(f"Data{_camel(name)}")

    def _whole(self, name: str) -> Block | None:
        path = f"{ASSEMBLY}.{name[:1].lower()}{name[1:]}.{name}"
        if f"{path}Config" not in self.types:
            return None
        block = self._block(f"{path}Config")
        taken = {*block.attributes, *block.blocks}
        told = {name: kind for name, kind in self._told(path) if name not in taken}
        return Block(attributes=block.attributes | told, blocks=block.blocks)

    def _told(self, path: str) -> Iterator[tuple[str, Attribute]]:
        """Yields what is only ever read of it."""
        for each in self.types[path]["properties"]:
            if not each.get("static") and not each["name"].endswith("Input"):
                name = re.sub(r"([A-Z])", r"_\1", each["name"]).lower()
                kind = _simple(each["type"]) or "dynamic"
                yield name, Attribute(type=kind, settable=False)

    def _block(self, path: str) -> Block:
        block = Block()
        for each in self.types[path].get("properties", ()):
            text = json.dumps(each["docs"])
            found = _NAME.search(text)
            assert found, each
            required = not each.get("optional", False)
            inner, most = _nested(each["type"])
            if inner is None:
                values = frozenset(re.findall(r"[\w.-]+", "".join(_VALUES.findall(text))))
                kind = _simple(each["type"]) or "dynamic"
                block.attributes[found[1]] = Attribute(type=kind, required=required, values=values)
            else:
                block.blocks[found[1]] = Nested(
                    block=self._block(inner),
                    least=int(required),
                    most=most,
                    alone=found[1] == "timeouts",
                )
        return block


def _camel(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


def _alternatives(kind: Described) -> list[Described]:
    found: list[Described] = kind["union"]["types"] if "union" in kind else [kind]
    return [each for each in found if not each.get("fqn", "").endswith(".IResolvable")]


def _nested(kind: Described) -> tuple[str | None, int]:
    """Returns the description of a block's content, if it is one, and how many there may be."""
    for each in _alternatives(kind):
        if each.get("fqn", "").startswith(ASSEMBLY):
            return each["fqn"], 1
        inner = each.get("collection", {}).get("elementtype", {}).get("fqn", "")
        if inner.startswith(ASSEMBLY):
            return inner, 0
    return None, 0


def _simple(kind: Described) -> Any:
    names = {"string": "string", "number": "number", "boolean": "bool"}
    for each in _alternatives(kind):
        if each.get("primitive") in names:
            return names[each["primitive"]]
        if "collection" in each:
            inner = _simple(each["collection"]["elementtype"]) or "dynamic"
            return [{"array": "list"}.get(each["collection"]["kind"], "map"), inner]
    return None


@cache
def published(packages: Path) -> Published:
    """Reads the package that is installed among these."""
    [archive] = packages.glob("cdktn_provider_google/_jsii/*.tgz")
    with tarfile.open(archive) as files:
        assembly, about = (
            files.extractfile("package/.jsii"),
            files.extractfile("package/package.json"),
        )
        assert assembly
        assert about
        types, told = json.load(assembly)["types"], json.load(about)
    return Published(types, told["cdktf"]["provider"]["version"])
