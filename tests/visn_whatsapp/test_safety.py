"""The rules that settings must fulfil, each broken in every way that it knows."""

from types import SimpleNamespace

import pytest

from visn_whatsapp.roles import ALL_SERVICES, required
from visn_whatsapp.safety import RULES, violations

QUEUE = "queue-services-123456789012.europe-west1.run.app"
SECRET = "0123456789abcdef0123456789abcdef"
POSTGRESQL = {"default": {"ENGINE": "django.db.backends.postgresql"}}
SQLITE = {"default": {"ENGINE": "django.db.backends.sqlite3"}}
SAFE: dict[str, object] = {
    "DEPLOYED": True,
    "DEBUG": False,
    "SERVICES": ALL_SERVICES,
    "SECRET_KEY": SECRET * 2,
    "ALLOWED_HOSTS": ["whatsapp.visn.example", ".run.app"],
    "CSRF_TRUSTED_ORIGINS": ["https://whatsapp.visn.example"],
    "DATABASES": POSTGRESQL,
    "WEBHOOK_VERSIONS": ("v1", "v2.1"),
    "WEBHOOK_MAX_BYTES": 4_000_000,
    "DATA_UPLOAD_MAX_MEMORY_SIZE": 4_000_000,
    "THREADS": 32,
    "WHATSAPP_APP_SECRET": SECRET,
    "WHATSAPP_APP_SECRET_PREVIOUS": "",
    "WHATSAPP_VERIFY_TOKEN": SECRET,
    "WHATSAPP_APP_ID": "300000000000003",
    "WHATSAPP_ACCOUNTS": ("102290129340398",),
    "WHATSAPP_ACCESS_TOKEN": f"EAAJ{SECRET}",
    "GRAPH_API_URL": "https://graph.facebook.com",
    "ADMIN_URL": "https://whatsapp.visn.example/admin/",
    "CHANNELS": ("ops=slack://a/b/c", "hook=signeds://secret@visn.example/", "mailtos://x"),
    "CHANNELS_QUIET": "22:00-07:00 Europe/London",
    "CHANNELS_DIGEST": "07:30 Europe/Amsterdam",
    "CALLABLE_URL": "",
    "CALLABLE_AUDIENCE": "https://callable.visn.example",
    "CALLABLE_CALLERS": ("gateway@visn.iam.gserviceaccount.com",),
    "CHORES_AUDIENCE": f"https://{QUEUE}/chores",
    "CHORES_CALLERS": ("scheduler@visn.iam.gserviceaccount.com",),
    "FORWARD_TIMEOUT_SECONDS": 3.0,
    "API_AUDIENCE": "https://admin.visn.example/api/v1",
    "API_CALLERS": ("reader@visn.iam.gserviceaccount.com",),
    "API_REVEALERS": ("reader@visn.iam.gserviceaccount.com",),
    "API_REPLAYERS": (),
    "API_CALLS_PER_MINUTE": 120,
    "IAP_AUDIENCE": "/projects/123456789012/global/backendServices/4567890123456789012",
    "IAP_GROUPS": ("ann@visn.example=On-call", "@visn.example=Support"),
    "IAP_KEYS_URL": "https://www.gstatic.com/iap/verify/public_key",
    "GOOGLE_CLOUD_PROJECT": "visn",
    "FIRESTORE_DATABASE": "(default)",
    "FIRESTORE_ANCILLARY_DATABASE": "ancillary",
    "FIRESTORE_EMULATOR_HOST": "",
    "TASKS_LOCATION": "europe-west1",
    "TASKS_QUEUE": "whatsapp-messages-queue",
    "TASKS_SERVICE_ACCOUNT": "1234-compute@developer.gserviceaccount.com",
    "TASKS_EMULATOR_HOST": "",
    "TASK_HANDLER_URL": f"https://{QUEUE}/webhook-listeners/whatsapp",
    "TASK_HANDLER_AUDIENCE": f"https://{QUEUE}",
    "TASK_HANDLER_INGRESS": "internal",
    "ON_CLOUD_RUN": True,
    "CLOUD_RUN_SERVICE": "queue-services",
    "TOKEN_ISSUERS": ("https://accounts.google.com", "accounts.google.com"),
    "TOKEN_CERTS_URL": "https://www.googleapis.com/oauth2/v1/certs",
    "GCE_METADATA_HOST": "",
    "GCE_METADATA_IP": "",
    "GCE_METADATA_ROOT": "",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector.visn.example:4318",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "",
    "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "",
    "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
    "OTEL_TRACES_EXPORTER": "otlp",
    "OTEL_METRICS_EXPORTER": "none",
    "OTEL_SDK_DISABLED": False,
    "SECURE_SSL_REDIRECT": True,
    "SESSION_COOKIE_SECURE": True,
    "CSRF_COOKIE_SECURE": True,
}

OWN_DOMAIN: dict[str, object] = {
    "TASK_HANDLER_URL": "https://queue.visn.example/webhook-listeners/whatsapp",
    "ALLOWED_HOSTS": ["queue.visn.example"],
}


def _addressed(host: str) -> dict[str, object]:
    """The task handler, at this host."""
    return {
        "TASK_HANDLER_URL": f"https://{host}/webhook-listeners/whatsapp",
        "ALLOWED_HOSTS": [".run.app"],
    }


DANGERS: list[tuple[str, dict[str, object]]] = [
    ("E001", {"SERVICES": ("queue-service",)}),
    ("E002", {"WHATSAPP_APP_SECRET": ""}),
    ("E002", {"WHATSAPP_VERIFY_TOKEN": ""}),
    ("E002", {"FIRESTORE_ANCILLARY_DATABASE": "  "}),
    ("E002", {"TASK_HANDLER_AUDIENCE": ""}),
    ("E002", {"CALLABLE_CALLERS": ()}),
    ("E002", {"CHORES_AUDIENCE": ""}),
    ("E002", {"CHORES_CALLERS": (), "SERVICES": ("queue-services",)}),
    ("E002", {"DATABASES": {}}),
    ("E002", {"SERVICES": ("repair-serve-api",)}),
    ("E003", {"DEBUG": True}),
    ("E004", {"FIRESTORE_EMULATOR_HOST": "127.0.0.1:8080"}),
    ("E004", {"TASKS_EMULATOR_HOST": "127.0.0.1:8081"}),
    ("E004", {"GCE_METADATA_HOST": "127.0.0.1:8082"}),
    ("E004", {"GCE_METADATA_IP": "127.0.0.1:8082"}),
    ("E004", {"GCE_METADATA_ROOT": "127.0.0.1:8082"}),
    ("E005", {"TOKEN_ISSUERS": ()}),
    ("E005", {"TOKEN_ISSUERS": ("accounts.google.com", "https://issuer.example")}),
    ("E005", {"TOKEN_CERTS_URL": "https://issuer.example/certs"}),
    ("E006", {"DATABASES": SQLITE}),
    ("E006", {"DATABASES": POSTGRESQL | {"other": SQLITE["default"]}}),
    ("E007", {"SECRET_KEY": SECRET}),
    ("E007", {"SECRET_KEY": "insecure-" + SECRET * 2}),
    ("E007", {"WHATSAPP_APP_SECRET": "test_app_secret"}),
    ("E007", {"WHATSAPP_APP_SECRET": "a" * 32}),
    ("E007", {"WHATSAPP_APP_SECRET": SECRET + "\n"}),
    ("E007", {"WHATSAPP_APP_SECRET_PREVIOUS": "old"}),
    ("E007", {"WHATSAPP_VERIFY_TOKEN": "hello"}),
    ("E008", {"ALLOWED_HOSTS": ["*"]}),
    ("E009", {"TASK_HANDLER_URL": f"http://{QUEUE}/webhook-listeners/whatsapp"}),
    ("E009", {"CALLABLE_URL": "http://callable.visn.example/callable/whatsapp/events"}),
    ("E009", {"CSRF_TRUSTED_ORIGINS": ["http://whatsapp.visn.example"]}),
    ("E010", {"TASK_HANDLER_URL": f"https://{QUEUE}/"}),
    ("E010", {"CALLABLE_URL": "https://callable.visn.example"}),
    ("E011", {"CALLABLE_AUDIENCE": f"https://{QUEUE}"}),
    ("E011", {"CHORES_AUDIENCE": f"https://{QUEUE}"}),
    ("E011", {"CHORES_AUDIENCE": "https://callable.visn.example"}),
    ("E012", {"TASKS_SERVICE_ACCOUNT": "somebody@gmail.com"}),
    ("E012", {"CHORES_CALLERS": ("me@visn.example",)}),
    ("E012", {"CALLABLE_CALLERS": ("gateway@visn.iam.gserviceaccount.com", "me@visn.example")}),
    ("E012", {"CALLABLE_CALLERS": ("x@gserviceaccount.com.evil.example",)}),
    ("E013", {"WEBHOOK_MAX_BYTES": 2_621_440}),
    ("E013", {"DATA_UPLOAD_MAX_MEMORY_SIZE": 2_621_440}),
    ("E013", {"THREADS": 0}),
    ("E013", {"FORWARD_TIMEOUT_SECONDS": 0}),
    ("E013", {"FORWARD_TIMEOUT_SECONDS": 30}),
    ("E014", {"WEBHOOK_VERSIONS": ("v1", "/v2")}),
    ("E015", {"SESSION_COOKIE_SECURE": False}),
    ("E015", {"CSRF_COOKIE_SECURE": False}),
    ("E015", {"SECURE_SSL_REDIRECT": False}),
    ("E016", {"GOOGLE_SDK_PYTHON_LOGGING_SCOPE": "google.cloud.firestore_v1"}),
    ("E017", {"TASK_HANDLER_INGRESS": "Internal"}),
    ("E017", OWN_DOMAIN),
    ("E017", OWN_DOMAIN | {"SERVICES": ("repair-serve-callable",)}),
    ("E018", {"ALLOWED_HOSTS": ["whatsapp.visn.example"]}),
    ("E018", {"CLOUD_RUN_SERVICE": "queue"}),
    ("E018", {"CLOUD_RUN_SERVICE": "queue", **_addressed(f"blue---{QUEUE}")}),
    ("E018", OWN_DOMAIN | {"ON_CLOUD_RUN": False, "ALLOWED_HOSTS": ["whatsapp.visn.example"]}),
    # What a definition says of which a part was left empty, or was not filled in at all.
    ("E020", _addressed("queue-services-.europe-west1.run.app")),
    ("E020", _addressed("queue-services-123456789012..run.app")),
    ("E020", _addressed("queue-services-<NUMBER>.europe-west1.run.app")),
    ("E020", {"TASK_HANDLER_AUDIENCE": "https://queue-services-<NUMBER>.<REGION>.run.app"}),
    ("E020", {"CALLABLE_URL": "https://callable-.run.app/callable/whatsapp/events"}),
    ("E020", {"CALLABLE_AUDIENCE": "https://"}),
    ("E020", {"CALLABLE_CALLERS": ("gateway@<PROJECT>.iam.gserviceaccount.com",)}),
    ("E020", {"CHORES_AUDIENCE": "https://queue-services-.europe-west1.run.app/chores"}),
    ("E020", {"CHORES_CALLERS": ("scheduler@.iam.gserviceaccount.com",)}),
    ("E020", {"TASKS_SERVICE_ACCOUNT": "cloud-tasks@.iam.gserviceaccount.com"}),
    ("E020", {"GOOGLE_CLOUD_PROJECT": "<PROJECT>"}),
    ("E020", {"TASKS_LOCATION": "<REGION>"}),
    ("E020", {"ALLOWED_HOSTS": [".run.app", "admin-<NUMBER>.europe-west1.run.app"]}),
    ("E024", {"WHATSAPP_APP_ID": "the app"}),
    ("E024", {"WHATSAPP_APP_ID": ""}),
    ("E024", {"WHATSAPP_ACCOUNTS": ()}),
    ("E024", {"WHATSAPP_ACCOUNTS": ("102290129340398/x",)}),
    ("E024", {"WHATSAPP_ACCESS_TOKEN": "short"}),
    ("E024", {"WHATSAPP_ACCESS_TOKEN": f"EAAJ{SECRET}\n"}),
    ("E024", {"WHATSAPP_ACCESS_TOKEN": f"Bearer EAAJ{SECRET}"}),
    ("E025", {"GRAPH_API_URL": "https://graph.example"}),
    ("E025", {"GRAPH_API_URL": "http://graph.facebook.com"}),
    ("E029", {"ADMIN_URL": "http://whatsapp.visn.example/admin/"}),
    ("E029", {"CHANNELS": ("hook=signed://secret@visn.example/",)}),
    ("E029", {"CHANNELS": ("ops=slack://a/b/c", "json://secret@visn.example/?x=1")}),
    ("E029", {"CHANNELS": ("mail=mailto://visn.example/?to=a@visn.example&mode=insecure",)}),
    ("E030", {"CHANNELS_QUIET": "at night"}),
    ("E030", {"CHANNELS_QUIET": "22:00-07:00 Europe/Nowhere"}),
    ("E030", {"CHANNELS_DIGEST": "22:00-07:00"}),
    ("E028", {"API_AUDIENCE": ""}),
    ("E028", {"API_CALLERS": (), "API_REVEALERS": ()}),
    ("E028", {"API_REVEALERS": ("other@visn.iam.gserviceaccount.com",)}),
    ("E028", {"API_REPLAYERS": ("other@visn.iam.gserviceaccount.com",)}),
    ("E028", {"API_CALLS_PER_MINUTE": 0}),
    ("E011", {"API_AUDIENCE": "https://callable.visn.example"}),
    ("E012", {"API_CALLERS": ("me@visn.example",), "API_REVEALERS": ()}),
    ("E020", {"API_AUDIENCE": "https://admin-<NUMBER>.<REGION>.run.app/api/v1"}),
    ("E026", {"IAP_AUDIENCE": ""}),
    ("E026", {"IAP_AUDIENCE": "https://admin.visn.example"}),
    ("E026", {"IAP_AUDIENCE": "/projects/visn/global/backendServices/4567"}),
    ("E026", {"IAP_AUDIENCE": "/projects/123456789012/global/backendServices/4567\n"}),
    ("E026", {"IAP_GROUPS": ()}),
    ("E026", {"IAP_GROUPS": ("ann@visn.example",)}),
    ("E026", {"IAP_GROUPS": ("ann@visn.example=",)}),
    ("E026", {"IAP_GROUPS": ("ann@visn.example=Support", "*=Support")}),
    ("E027", {"IAP_KEYS_URL": "https://keys.example"}),
    ("E027", {"IAP_KEYS_URL": "https://www.googleapis.com/oauth2/v1/certs"}),
    ("E021", {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}),
    ("E021", {"OTEL_TRACES_EXPORTER": "otlp,console"}),
    ("E021", {"OTEL_METRICS_EXPORTER": "prometheus"}),
]
WHOLE: list[dict[str, object]] = [
    {"ALLOWED_HOSTS": [".run.app", "localhost", "127.0.0.1", "[::1]", "visn_api"]},
    {"GOOGLE_CLOUD_PROJECT": "visn.example:repairs"},
    {"CALLABLE_AUDIENCE": "repair-serve-callable"},
    {"CALLABLE_URL": "https://[2001:db8::1]:8443/callable/whatsapp/events"},
    {"CLOUD_RUN_SERVICE": ""},
    # The other form of Cloud Run's addresses, with a name that may be cut short.
    {"TASK_HANDLER_URL": "https://queue-serv-a1b2c3-ew.a.run.app/webhook-listeners/whatsapp"},
]
# Where stand-ins are refused, how they are spelled is nobody's concern.
ODD_STAND_INS: list[dict[str, object]] = [
    {"FIRESTORE_EMULATOR_HOST": "http://127.0.0.1:8080"},
    {"TASKS_EMULATOR_HOST": "grpc://127.0.0.1:8081"},
    {"GCE_METADATA_HOST": "http://127.0.0.1:8082"},
    {"GCE_METADATA_IP": "127.0.0.1:8082/"},
    {"GCE_METADATA_ROOT": "http://127.0.0.1:8082"},
    {"FIRESTORE_EMULATOR_HOST": "127.0.0.1"},
    {"FIRESTORE_EMULATOR_HOST": "127.0.0.1:"},
    {"FIRESTORE_EMULATOR_HOST": ":8080"},
    {"FIRESTORE_EMULATOR_HOST": "127.0.0.1:port"},
    {"FIRESTORE_EMULATOR_HOST": "127.0.0.1:80800"},
    {"FIRESTORE_EMULATOR_HOST": "127.0.0.1:8080 "},
    {"FIRESTORE_EMULATOR_HOST": "127.0.0.1:8080\n"},
    {"FIRESTORE_EMULATOR_HOST": "user@127.0.0.1:8080"},
    {"TASKS_EMULATOR_HOST": "localhost"},
    {"TASKS_EMULATOR_HOST": "::1:8081"},
]
PLAIN_STAND_INS: list[dict[str, object]] = [
    {"FIRESTORE_EMULATOR_HOST": "localhost:8080", "TASKS_EMULATOR_HOST": "[::1]:8081"},
    {"FIRESTORE_EMULATOR_HOST": "firestore-emulator:8080", "GCE_METADATA_IP": "127.0.0.1"},
    {"GCE_METADATA_HOST": "metadata.google.internal", "GCE_METADATA_ROOT": "127.0.0.1:8082"},
]
FOR_ONE_MACHINE = {
    *("E003", "E004", "E005", "E006", "E007", "E008", "E009", "E012", "E015", "E016"),
    *("E017", "E018", "E020", "E025", "E027", "E029"),
}


def broken(**changes: object) -> set[str]:
    """Returns the numbers of the rules that the safe settings break with these changes."""
    found = violations(SimpleNamespace(**(SAFE | changes)))
    return {violation.id.removeprefix("visn_whatsapp.") for violation in found}


def test_safe_settings_break_no_rule() -> None:
    assert broken() == set()


@pytest.mark.parametrize(("number", "changes"), DANGERS)
def test_each_danger_breaks_its_rule(number: str, changes: dict[str, object]) -> None:
    assert broken(**changes) == {number}


def test_every_rule_has_its_danger() -> None:
    numbers = {number for number, _ in DANGERS} | {"E019"}
    assert numbers == {rule.number for rule in RULES}


@pytest.mark.parametrize("changes", ODD_STAND_INS)
def test_a_stand_in_is_named_by_host_and_port(changes: dict[str, object]) -> None:
    assert broken(DEPLOYED=False, **changes) == {"E019"}


@pytest.mark.parametrize("changes", PLAIN_STAND_INS)
def test_a_metadata_server_alone_needs_no_port(changes: dict[str, object]) -> None:
    assert broken(DEPLOYED=False, **changes) == set()


@pytest.mark.parametrize("changes", WHOLE)
def test_whatever_is_an_address_is_whole(changes: dict[str, object]) -> None:
    assert broken(**changes) == set()


def test_meta_need_not_be_asked() -> None:
    without: dict[str, object] = {"WHATSAPP_ACCOUNTS": (), "WHATSAPP_ACCESS_TOKEN": ""}
    assert broken(**without) == set()
    assert broken(**without, WHATSAPP_APP_ID="") == set()


def test_people_may_come_by_cloud_runs_own_proxy_or_by_none() -> None:
    service = "/projects/123456789012/locations/europe-west1/services/admin"
    assert broken(IAP_AUDIENCE=service) == set()
    assert broken(IAP_AUDIENCE="", IAP_GROUPS=()) == set()


@pytest.mark.parametrize("ingress", ["all", "internal-and-cloud-load-balancing"])
def test_a_task_handler_that_takes_more_may_have_a_domain(ingress: str) -> None:
    assert broken(**OWN_DOMAIN, TASK_HANDLER_INGRESS=ingress) == set()


def test_elsewhere_a_task_handler_may_have_a_domain() -> None:
    assert broken(**OWN_DOMAIN, ON_CLOUD_RUN=False) == set()


@pytest.mark.parametrize(("number", "changes"), DANGERS)
def test_one_machine_may_use_stand_ins_but_never_do_without_secrets(
    number: str, changes: dict[str, object]
) -> None:
    expected = set() if number in FOR_ONE_MACHINE else {number}
    assert broken(DEPLOYED=False, **changes) == expected


def test_a_settings_module_that_does_not_say_is_deployed() -> None:
    settings = SimpleNamespace(**(SAFE | {"DEBUG": True}))
    del settings.DEPLOYED
    assert [violation.id for violation in violations(settings)] == ["visn_whatsapp.E003"]


@pytest.mark.parametrize("name", sorted(required(ALL_SERVICES)))
def test_whatever_is_required_is_missed(name: str) -> None:
    setting = {"DATABASE_URL": "DATABASES"}.get(name, name)
    blank = type(SAFE[setting])()  # "", (), [] or {}
    [complaint] = [
        violation.complaint
        for violation in violations(SimpleNamespace(**(SAFE | {setting: blank})))
        if violation.id == "visn_whatsapp.E002"
    ]
    assert complaint.startswith(f"{name} missing")


def test_complaints_hold_no_values() -> None:
    complaints = [
        violation.complaint
        for _, changes in DANGERS
        for violation in violations(SimpleNamespace(**(SAFE | changes)))
    ]
    secrets = ["0123456789abcdef", "test_app_secret", "hello", "gmail.com", "issuer.example"]
    assert [text for text in complaints if any(secret in text for secret in secrets)] == []


def test_forwarding_needs_an_address_only_between_processes() -> None:
    apart = required(["repair-serve-api"])
    together = required(["repair-serve-api", "repair-serve-callable"])
    assert "CALLABLE_URL" in apart
    assert "CALLABLE_URL" not in together
    assert "CALLABLE_URL" not in required(["queue-services"])
