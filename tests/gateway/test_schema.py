from pathlib import Path

import pytest
from gateway_client import Examples
from graphql import GraphQLNonNull, GraphQLObjectType, GraphQLUnionType, get_named_type

import gateway
from gateway.loaders import NODES
from gateway.schema.root import build
from services.kernel.rights import RIGHTS, Permission, Role

SCHEMA = build()
CORE = SCHEMA._schema
MUTATIONS = dict(CORE.mutation_type.fields)

NEEDS = {
    "addMember": Permission.MANAGE_MEMBERS,
    "inviteMember": Permission.MANAGE_MEMBERS,
    "revokeInvitation": Permission.MANAGE_MEMBERS,
    "addLoginProvider": Permission.MANAGE_MEMBERS,
    "changeLoginProvider": Permission.MANAGE_MEMBERS,
    "removeLoginProvider": Permission.MANAGE_MEMBERS,
    "changeRole": Permission.MANAGE_MEMBERS,
    "removeMember": Permission.MANAGE_MEMBERS,
    "endSession": Permission.VIEW,
    "endOtherSessions": Permission.VIEW,
    "createApiKey": Permission.MANAGE_KEYS,
    "rotateApiKey": Permission.MANAGE_KEYS,
    "revokeApiKey": Permission.MANAGE_KEYS,
    "renewDeviceLogin": Permission.MANAGE_KEYS,
    "createAssets": Permission.EDIT_PLANT,
    "setLabels": Permission.EDIT_PLANT,
    "putContract": Permission.EDIT_PLANT,
    "recordEvent": Permission.RECORD_EVENT,
    "recordEvents": Permission.RECORD_EVENT,
    "correctEvent": Permission.RECORD_EVENT,
    "retractEvent": Permission.RECORD_EVENT,
    "labelRange": Permission.RECORD_EVENT,
    "startRun": Permission.TRAIN,
    "cancelRun": Permission.TRAIN,
    "startShadow": Permission.PROMOTE,
    "stopShadow": Permission.PROMOTE,
    "promote": Permission.PROMOTE,
    "promoteRun": Permission.PROMOTE,
    "undoRun": Permission.PROMOTE,
    "undoPromotion": Permission.PROMOTE,
    "promoteShadows": Permission.PROMOTE,
    "undoPromotions": Permission.PROMOTE,
    "createBindingRule": Permission.EDIT_BLUEPRINTS,
    "removeBindingRule": Permission.EDIT_BLUEPRINTS,
    "createRetrainingPlan": Permission.EDIT_BLUEPRINTS,
    "changeRetrainingPlan": Permission.EDIT_BLUEPRINTS,
    "removeRetrainingPlan": Permission.EDIT_BLUEPRINTS,
    "pauseRetrainingPlan": Permission.TRAIN,
    "resumeRetrainingPlan": Permission.TRAIN,
    "startRollout": Permission.PROMOTE,
    "pauseRollout": Permission.PROMOTE,
    "resumeRollout": Permission.PROMOTE,
    "cancelRollout": Permission.PROMOTE,
    "rollBackRollout": Permission.PROMOTE,
    "acknowledgeAlarm": Permission.HANDLE_ALARM,
    "shelveAlarm": Permission.HANDLE_ALARM,
    "unshelveAlarm": Permission.HANDLE_ALARM,
    "closeCase": Permission.HANDLE_ALARM,
    "setAlarmBudget": Permission.EDIT_PLANT,
    "setMailServer": Permission.MANAGE_NOTIFICATIONS,
    "removeMailServer": Permission.MANAGE_NOTIFICATIONS,
    "createNotificationSubscription": Permission.MANAGE_NOTIFICATIONS,
    "updateNotificationSubscription": Permission.MANAGE_NOTIFICATIONS,
    "deleteNotificationSubscription": Permission.MANAGE_NOTIFICATIONS,
    "sendTestNotification": Permission.MANAGE_NOTIFICATIONS,
    "createWebhookEndpoint": Permission.MANAGE_WEBHOOKS,
    "updateWebhookEndpoint": Permission.MANAGE_WEBHOOKS,
    "pauseWebhookEndpoint": Permission.MANAGE_WEBHOOKS,
    "resumeWebhookEndpoint": Permission.MANAGE_WEBHOOKS,
    "deleteWebhookEndpoint": Permission.MANAGE_WEBHOOKS,
    "rotateWebhookSecret": Permission.MANAGE_WEBHOOKS,
    "pingWebhookEndpoint": Permission.MANAGE_WEBHOOKS,
    "redeliverWebhook": Permission.MANAGE_WEBHOOKS,
    "redeliverFailedWebhooks": Permission.MANAGE_WEBHOOKS,
    "reportHandsOn": Permission.VIEW,
    "reportEdgeTags": Permission.INGEST,
    "reportPlantEdge": Permission.INGEST,
    "askEdgeTags": Permission.EDIT_PLANT,
    "putEdgeMapping": Permission.EDIT_PLANT,
    "forgetPlantEdge": Permission.EDIT_PLANT,
    "enablePlugin": Permission.MANAGE_PLUGINS,
    "disablePlugin": Permission.MANAGE_PLUGINS,
    "putPluginSettings": Permission.MANAGE_PLUGINS,
    "registerPipeline": Permission.REGISTER_PIPELINES,
    "usePipeline": Permission.REGISTER_PIPELINES,
    "retirePipeline": Permission.REGISTER_PIPELINES,
    "openCapsule": Permission.OPEN_CAPSULES,
    "keepCapsule": Permission.OPEN_CAPSULES,
    "removeCapsule": Permission.OPEN_CAPSULES,
    "stageUpload": Permission.INGEST,
    "startImport": Permission.INGEST,
    "startExport": Permission.VIEW,
    "cancelJob": Permission.VIEW,
    "startWorkbench": Permission.USE_WORKBENCH,
    "openWorkbench": Permission.USE_WORKBENCH,
    "stopWorkbench": Permission.USE_WORKBENCH,
}
OWN_SESSIONS = {"endSession", "endOtherSessions"}
ALL = OWN_SESSIONS | {"startExport", "cancelJob", "reportHandsOn"}
BRING = {"reportEdgeTags", "reportPlantEdge", "stageUpload", "startImport"}
MAY = {
    Role.OPERATOR: ALL | {
        "recordEvent", "recordEvents", "correctEvent", "retractEvent", "labelRange",
        "pauseRetrainingPlan", "resumeRetrainingPlan",
        "startRun", "cancelRun", "startShadow", "stopShadow", "promote", "promoteRun",
        "promoteShadows", "undoPromotions",
        "undoRun", "undoPromotion", "startRollout", "pauseRollout", "resumeRollout", "cancelRollout", "rollBackRollout",
        "acknowledgeAlarm", "shelveAlarm", "unshelveAlarm", "closeCase",
    },
    Role.ENGINEER: ALL | BRING | {
        "recordEvent", "recordEvents", "correctEvent", "retractEvent", "labelRange",
        "startRun", "cancelRun", "startShadow", "stopShadow", "promote", "promoteRun",
        "promoteShadows", "undoPromotions",
        "undoRun", "undoPromotion", "startRollout", "pauseRollout", "resumeRollout", "cancelRollout", "rollBackRollout",
        "acknowledgeAlarm", "shelveAlarm", "unshelveAlarm", "closeCase", "createAssets", "forgetPlantEdge",
        "askEdgeTags", "putEdgeMapping",
        "setAlarmBudget", "registerPipeline", "usePipeline", "retirePipeline",
        "openCapsule", "keepCapsule", "removeCapsule",
        "setLabels", "putContract", "createBindingRule", "removeBindingRule",
        "createRetrainingPlan", "changeRetrainingPlan", "removeRetrainingPlan",
        "pauseRetrainingPlan", "resumeRetrainingPlan", "startWorkbench", "openWorkbench", "stopWorkbench",
    },
    Role.ADMIN: set(NEEDS),
    Role.PARTNER: ALL | BRING,
}  # fmt: skip
ERRORS = {"NotFoundError", "ForbiddenError", "InvalidError", "ConflictError", "ExhaustedError", "UnavailableError"}


def test_the_committed_schema_is_the_present_one():
    assert Path(gateway.__file__).with_name("schema.graphql").read_text() == SCHEMA.as_str() + "\n"


def test_every_mutation_names_the_right_it_needs():
    declared = {
        name: field.extensions["strawberry-definition"].metadata["permission"] for name, field in MUTATIONS.items()
    }
    assert declared == NEEDS
    for name, field in MUTATIONS.items():
        assert field.description.endswith(f"Needs `{NEEDS[name].name}`.")


@pytest.mark.parametrize("name", MUTATIONS)
def test_every_mutation_takes_one_input_and_answers_one_union(name):
    field = MUTATIONS[name]
    assert list(field.args) == ["input"]
    assert isinstance(field.args["input"].type, GraphQLNonNull)
    assert isinstance(field.type, GraphQLNonNull)
    union = get_named_type(field.type)
    assert isinstance(union, GraphQLUnionType)
    assert union.name == name[0].upper() + name[1:] + "Result"
    assert {member.name for member in union.types} > ERRORS
    assert len(union.types) == len(ERRORS) + 1


def test_every_node_is_found_by_its_id():
    node = CORE.type_map["Node"]
    assert {each.name for each in CORE.get_possible_types(node)} == set(NODES)


def test_no_field_or_argument_takes_a_tenant():
    taken = [
        (type_.name, field, argument)
        for type_ in CORE.type_map.values()
        if isinstance(type_, GraphQLObjectType)
        for field, definition in type_.fields.items()
        for argument in definition.args
    ]
    assert not [each for each in taken if "tenant" in each[2].lower()]


@pytest.mark.platform
@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("name", NEEDS)
async def test_a_role_may_what_the_table_says(members, name, role):
    query, variables = Examples(CORE).mutation(name)
    result = (await members[role].ask(query, **variables))["result"]
    assert (result["__typename"] != "ForbiddenError") == (name in MAY[role])
    assert (NEEDS[name] in RIGHTS[role]) == (name in MAY[role])
    if result["__typename"] == "ForbiddenError":
        assert result["facts"] == {"permission": NEEDS[name].value}
