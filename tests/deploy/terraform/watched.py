"""What watches the services, said alike by what Google's interfaces take and by Terraform."""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.deploy.terraform.facts import leaves

Said = dict[str, str]  # value by its place
CHANNEL = "projects/visn-example/notificationChannels/made-up"  # whose name Google makes up
# A resource → where its like is made, and the argument that is its name there.
KINDS = {
    "google_logging_metric": ("metrics", "name"),
    "google_monitoring_notification_channel": ("notificationChannels", "display_name"),
    "google_monitoring_uptime_check_config": ("uptimeCheckConfigs", "display_name"),
    "google_monitoring_custom_service": ("services", "service_id"),
    "google_monitoring_slo": ("serviceLevelObjectives", "slo_id"),
    "google_monitoring_alert_policy": ("alertPolicies", "display_name"),
}
DASHBOARD = "google_monitoring_dashboard"
ELSEWHERE = {"project", "service_id", "slo_id", "service"}  # in an address, where Google is asked
RENAMED = {"requestBasedSli": "serviceLevelIndicator/requestBased"}
DAY = 86_400


def posted(address: str, body: str) -> tuple[str, Said]:
    """Returns what a request makes: its kind and name, and what is said of it."""
    url = urlsplit(address)
    given = json.loads(body)
    [asked] = parse_qs(url.query).get(f"{_one(url.path)}Id", [""])
    name = asked or given.get("name") or given["displayName"]
    return f"{url.path.rpartition('/')[2]} {name}", _said(given)


def planned(kind: str, values: Mapping[str, Any]) -> tuple[str, Said]:
    """Returns the same of a resource."""
    if kind == DASHBOARD:
        given = json.loads(values["dashboard_json"])
        return f"dashboards {given['displayName']}", _said(given)
    collection, name = KINDS[kind]
    said = {place: value for place, value in values.items() if place not in ELSEWHERE}
    if "notification_channels" in said:
        # The name of one that is still to be made is not known.
        said["notification_channels"] = [each or CHANNEL for each in said["notification_channels"]]
    if days := said.pop("rolling_period_days", None):
        said["rolling_period"] = f"{days * DAY}s"
    return f"{collection} {values[name]}", _said(said)


def _one(path: str) -> str:
    """Returns what one of a collection is called: `/v3/projects/p/services` → `service`."""
    return path.rpartition("/")[2].removesuffix("s")


def _said(given: Mapping[str, Any]) -> Said:
    """Returns each value; a list of one counts as what it holds, as a block of Terraform is one."""
    found = {}
    for place, value in leaves(given):
        short = re.sub(r"_([a-z])", lambda word: word[1].upper(), re.sub(r"/0(?=/|$)", "", place))
        first, *rest = short.split("/")
        found["/".join([RENAMED.get(first, first), *rest])] = value
    return found
