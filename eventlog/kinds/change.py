"""A change of a field that is not processed, as people see it."""

from collections.abc import Mapping

from eventlog.kinds.display import Display
from eventlog.kinds.said import Said

NOTHING = "Nothing has to be done for messages."
ACCOUNT = "Whoever looks after the account should look in Meta’s business manager."
TEMPLATES = "Whoever looks after templates should look in WhatsApp Manager."
APP = "It is for numbers that are used in WhatsApp’s own app as well; nothing of it is applied."
UNSUBSCRIBE = f"{NOTHING} The field need not be subscribed to in Meta’s settings."

# Webhook fields other than messages, as Meta's pages have them (developers.facebook.com/
# documentation/business-messaging/whatsapp/webhooks/reference and …/webhooks/override, pages of
# April to August 2026, compared on 2026-11-28), fields that only the settings of an app offer, one
# that was withdrawn, and what a change of messages may hold that is no item.
WORDS: Mapping[str, Said] = {
    "account_alerts": Said(
        "Account alert", "Meta warns about a number’s limits, profile or standing.", ACCOUNT
    ),
    "account_review_update": Said(
        "Account review", "Meta has reviewed the account against its policies.", ACCOUNT
    ),
    "account_settings_update": Said(
        "Account settings", "Settings of a number have changed, of its calls for one.", UNSUBSCRIBE
    ),
    "account_update": Said(
        "Account update",
        "The account itself has changed: verified, restricted, disabled, given to a partner.",
        f"{ACCOUNT} If it is restricted, messages fail.",
    ),
    "automatic_events": Said(
        "Purchase or lead",
        "Meta thinks that a chat with somebody from an advertisement led to a purchase or a lead.",
        UNSUBSCRIBE,
    ),
    "business_capability_update": Said(
        "Limits changed", "How many messages or numbers the account may have has changed.", ACCOUNT
    ),
    "business_status_update": Said(
        "Business status", "The standing of the business at Meta has changed.", ACCOUNT
    ),
    "business_username_updates": Said(
        "Business username", "The username of a number was asked for, given or lost.", UNSUBSCRIBE
    ),
    "calls": Said(
        "Call",
        "Somebody called or was called on WhatsApp; calls are not supported.",
        "If the driver called, write to them that they can be reached by message only.",
    ),
    "consumer_profile": Said(
        "Profile",
        "Something of somebody’s profile; Meta documents no more than the name of the field.",
        UNSUBSCRIBE,
    ),
    "flows": Said("Flow", "The state of a flow (a form within WhatsApp) has changed.", TEMPLATES),
    "group_lifecycle_update": Said(
        "Group", "A group was created or deleted; groups are not supported.", UNSUBSCRIBE
    ),
    "group_participants_update": Said(
        "Group members", "Somebody joined or left a group; groups are not supported.", UNSUBSCRIBE
    ),
    "group_settings_update": Said(
        "Group settings", "Settings of a group have changed; groups are not supported.", UNSUBSCRIBE
    ),
    "group_status_update": Said(
        "Group status", "A group was suspended or freed; groups are not supported.", UNSUBSCRIBE
    ),
    "history": Said("Chat history", "Old chats of a number were handed over.", APP),
    "message_echoes": Said(
        "Echo", "A message that the business sent in another way was repeated to us.", APP
    ),
    "message_template_components_update": Said(
        "Template changed", "The parts of a template have changed.", TEMPLATES
    ),
    "message_template_quality_update": Said(
        "Template quality", "Meta judges the quality of a template otherwise.", TEMPLATES
    ),
    "message_template_status_update": Said(
        "Template status",
        "A template was approved, rejected, paused or disabled.",
        f"{TEMPLATES} What is not approved cannot be sent.",
    ),
    "messaging_handovers": Said(
        "Handover",
        "Another service, such as Meta’s agent, took over a conversation or gave it back.",
        "Its messages may not come here meanwhile. See in Meta’s settings who has it.",
    ),
    "partner_solutions": Said(
        "Partner solution", "A solution of several partners has changed its state.", ACCOUNT
    ),
    "payment_configuration_update": Said(
        "Payments", "The settings for payments have changed.", ACCOUNT
    ),
    "phone_number_name_update": Said(
        "Display name", "Meta has judged the display name of a number.", ACCOUNT
    ),
    "phone_number_quality_update": Said(
        "Throughput", "How fast or how much a number may send has changed.", ACCOUNT
    ),
    "security": Said(
        "Security",
        "Settings for the security of a number have changed, such as its PIN.",
        f"{ACCOUNT} If nobody of the company did it, act at once.",
    ),
    "smb_app_state_sync": Said("Contacts", "Contacts of a number were handed over.", APP),
    "smb_message_echoes": Said(
        "Echo", "A message that the business sent from WhatsApp’s own app was repeated to us.", APP
    ),
    "standby": Said(
        "On standby",
        "A message went to another service that has the conversation, and we may only listen.",
        "If drivers’ messages are missing, see in Meta’s settings who has the conversation.",
    ),
    "template_category_update": Said(
        "Template category", "Meta has put a template into another category.", TEMPLATES
    ),
    "template_correct_category_detection": Said(
        "Template category", "Meta thinks that a template is in a wrong category.", TEMPLATES
    ),
    "tracking_events": Said(
        "Tracking", "Meta reports events of marketing messages, such as clicks.", UNSUBSCRIBE
    ),
    "user_actions": Said(
        "Click", "Somebody clicked on a marketing message.", "Nothing has to be done."
    ),
    "user_id_update": Said(
        "User id",
        "Somebody’s user id has changed, in a form that Meta has withdrawn since.",
        "See that the driver’s tracking record has the new one.",
    ),
    "user_preferences": Said(
        "Marketing wishes",
        "Somebody wants no marketing messages any more, or wants them again.",
        "Who wants none gets no marketing; other messages arrive.",
    ),
}

DISPLAY = Display(
    label="Change",
    plural="Other changes",
    symbol='<path d="M3 5h9M9.5 2.5 12 5 9.5 7.5M13 11H4M6.5 8.5 4 11l2.5 2.5"/>',
    words=WORDS,
    word_title="Field",
    unknown=Said(
        "Unknown field",
        "Something has changed in a field that this program does not know; no message is in it.",
        "Nothing has to be done, unless Meta’s settings subscribe to it by mistake.",
    ),
)
