from typing import Any, Optional, Union

from .acknowledge_alarm import (
    AcknowledgeAlarm,
    AcknowledgeAlarmAcknowledgeAlarmAlarm,
    AcknowledgeAlarmAcknowledgeAlarmConflictError,
    AcknowledgeAlarmAcknowledgeAlarmExhaustedError,
    AcknowledgeAlarmAcknowledgeAlarmForbiddenError,
    AcknowledgeAlarmAcknowledgeAlarmInvalidError,
    AcknowledgeAlarmAcknowledgeAlarmNotFoundError,
    AcknowledgeAlarmAcknowledgeAlarmUnavailableError,
)
from .alarms import Alarms, AlarmsAlarms
from .asset import Asset, AssetAsset
from .assets import Assets, AssetsAssets
from .assets_by_keys import AssetsByKeys, AssetsByKeysAssetsByKeys
from .base import Base
from .base_model import UNSET, UnsetType
from .blueprints import Blueprints, BlueprintsBlueprints
from .cancel_job import (
    CancelJob,
    CancelJobCancelJobCancelledJob,
    CancelJobCancelJobConflictError,
    CancelJobCancelJobExhaustedError,
    CancelJobCancelJobForbiddenError,
    CancelJobCancelJobInvalidError,
    CancelJobCancelJobNotFoundError,
    CancelJobCancelJobUnavailableError,
)
from .cancel_run import (
    CancelRun,
    CancelRunCancelRunConflictError,
    CancelRunCancelRunExhaustedError,
    CancelRunCancelRunForbiddenError,
    CancelRunCancelRunInvalidError,
    CancelRunCancelRunNotFoundError,
    CancelRunCancelRunRun,
    CancelRunCancelRunUnavailableError,
)
from .contract import Contract, ContractContract
from .contracts import Contracts, ContractsContracts
from .correct_event import (
    CorrectEvent,
    CorrectEventCorrectEventConflictError,
    CorrectEventCorrectEventEvent,
    CorrectEventCorrectEventExhaustedError,
    CorrectEventCorrectEventForbiddenError,
    CorrectEventCorrectEventInvalidError,
    CorrectEventCorrectEventNotFoundError,
    CorrectEventCorrectEventUnavailableError,
)
from .create_assets import (
    CreateAssets,
    CreateAssetsCreateAssetsConflictError,
    CreateAssetsCreateAssetsCreatedAssets,
    CreateAssetsCreateAssetsExhaustedError,
    CreateAssetsCreateAssetsForbiddenError,
    CreateAssetsCreateAssetsInvalidError,
    CreateAssetsCreateAssetsNotFoundError,
    CreateAssetsCreateAssetsUnavailableError,
)
from .create_webhook_endpoint import (
    CreateWebhookEndpoint,
    CreateWebhookEndpointCreateWebhookEndpointConflictError,
    CreateWebhookEndpointCreateWebhookEndpointExhaustedError,
    CreateWebhookEndpointCreateWebhookEndpointForbiddenError,
    CreateWebhookEndpointCreateWebhookEndpointInvalidError,
    CreateWebhookEndpointCreateWebhookEndpointNotFoundError,
    CreateWebhookEndpointCreateWebhookEndpointUnavailableError,
    CreateWebhookEndpointCreateWebhookEndpointWebhookEndpointWithSecret,
)
from .delete_webhook_endpoint import (
    DeleteWebhookEndpoint,
    DeleteWebhookEndpointDeleteWebhookEndpointConflictError,
    DeleteWebhookEndpointDeleteWebhookEndpointExhaustedError,
    DeleteWebhookEndpointDeleteWebhookEndpointForbiddenError,
    DeleteWebhookEndpointDeleteWebhookEndpointInvalidError,
    DeleteWebhookEndpointDeleteWebhookEndpointNotFoundError,
    DeleteWebhookEndpointDeleteWebhookEndpointUnavailableError,
    DeleteWebhookEndpointDeleteWebhookEndpointWebhookEndpoint,
)
from .enums import AlarmState, Health, JobKind, JobState
from .gates import Gates, GatesRun
from .health_counts import HealthCounts, HealthCountsHealthCounts
from .input_types import (
    AcknowledgeAlarmInput,
    CancelJobInput,
    CancelRunInput,
    CorrectEventInput,
    CreateAssetsInput,
    CreateWebhookEndpointInput,
    DeleteWebhookEndpointInput,
    LabelRangeInput,
    PingWebhookEndpointInput,
    PromoteInput,
    PromoteRunInput,
    PromoteShadowsInput,
    PutContractInput,
    RecordEventInput,
    RecordEventsInput,
    RegisterPipelineInput,
    ReportPlantEdgeInput,
    RetractEventInput,
    SetLabelsInput,
    ShelveAlarmInput,
    StageUploadInput,
    StartExportInput,
    StartImportInput,
    StartRunInput,
    StartShadowInput,
    StopShadowInput,
    UndoPromotionInput,
    UndoPromotionsInput,
    UndoRunInput,
    UnshelveAlarmInput,
)
from .job import (
    Job,
    JobJobExportJob,
    JobJobImportJob,
    JobJobJob,
    JobJobRollout,
    JobJobRun,
)
from .jobs import Jobs, JobsJobs
from .label_range import (
    LabelRange,
    LabelRangeLabelRangeConflictError,
    LabelRangeLabelRangeExhaustedError,
    LabelRangeLabelRangeForbiddenError,
    LabelRangeLabelRangeInvalidError,
    LabelRangeLabelRangeNotFoundError,
    LabelRangeLabelRangeRecordedEvents,
    LabelRangeLabelRangeUnavailableError,
)
from .ping_webhook_endpoint import (
    PingWebhookEndpoint,
    PingWebhookEndpointPingWebhookEndpointConflictError,
    PingWebhookEndpointPingWebhookEndpointExhaustedError,
    PingWebhookEndpointPingWebhookEndpointForbiddenError,
    PingWebhookEndpointPingWebhookEndpointInvalidError,
    PingWebhookEndpointPingWebhookEndpointNotFoundError,
    PingWebhookEndpointPingWebhookEndpointUnavailableError,
    PingWebhookEndpointPingWebhookEndpointWebhookDelivery,
)
from .pipelines import Pipelines, PipelinesPipelines
from .promote import (
    Promote,
    PromotePromoteConflictError,
    PromotePromoteDeployment,
    PromotePromoteExhaustedError,
    PromotePromoteForbiddenError,
    PromotePromoteInvalidError,
    PromotePromoteNotFoundError,
    PromotePromoteUnavailableError,
)
from .promote_run import (
    PromoteRun,
    PromoteRunPromoteRunConflictError,
    PromoteRunPromoteRunExhaustedError,
    PromoteRunPromoteRunForbiddenError,
    PromoteRunPromoteRunInvalidError,
    PromoteRunPromoteRunNotFoundError,
    PromoteRunPromoteRunPromotedRun,
    PromoteRunPromoteRunUnavailableError,
)
from .promote_shadows import (
    PromoteShadows,
    PromoteShadowsPromoteShadowsConflictError,
    PromoteShadowsPromoteShadowsExhaustedError,
    PromoteShadowsPromoteShadowsForbiddenError,
    PromoteShadowsPromoteShadowsInvalidError,
    PromoteShadowsPromoteShadowsNotFoundError,
    PromoteShadowsPromoteShadowsPromotedShadows,
    PromoteShadowsPromoteShadowsUnavailableError,
)
from .put_contract import (
    PutContract,
    PutContractPutContractConflictError,
    PutContractPutContractContract,
    PutContractPutContractExhaustedError,
    PutContractPutContractForbiddenError,
    PutContractPutContractInvalidError,
    PutContractPutContractNotFoundError,
    PutContractPutContractUnavailableError,
)
from .record_event import (
    RecordEvent,
    RecordEventRecordEventConflictError,
    RecordEventRecordEventEvent,
    RecordEventRecordEventExhaustedError,
    RecordEventRecordEventForbiddenError,
    RecordEventRecordEventInvalidError,
    RecordEventRecordEventNotFoundError,
    RecordEventRecordEventUnavailableError,
)
from .record_events import (
    RecordEvents,
    RecordEventsRecordEventsConflictError,
    RecordEventsRecordEventsExhaustedError,
    RecordEventsRecordEventsForbiddenError,
    RecordEventsRecordEventsInvalidError,
    RecordEventsRecordEventsNotFoundError,
    RecordEventsRecordEventsRecordedEvents,
    RecordEventsRecordEventsUnavailableError,
)
from .register_pipeline import (
    RegisterPipeline,
    RegisterPipelineRegisterPipelineConflictError,
    RegisterPipelineRegisterPipelineExhaustedError,
    RegisterPipelineRegisterPipelineForbiddenError,
    RegisterPipelineRegisterPipelineInvalidError,
    RegisterPipelineRegisterPipelineNotFoundError,
    RegisterPipelineRegisterPipelinePipelineVersion,
    RegisterPipelineRegisterPipelineUnavailableError,
)
from .rejected_rows import RejectedRows, RejectedRowsJobImportJob, RejectedRowsJobJob
from .report_plant_edge import (
    ReportPlantEdge,
    ReportPlantEdgeReportPlantEdgeConflictError,
    ReportPlantEdgeReportPlantEdgeExhaustedError,
    ReportPlantEdgeReportPlantEdgeForbiddenError,
    ReportPlantEdgeReportPlantEdgeInvalidError,
    ReportPlantEdgeReportPlantEdgeNotFoundError,
    ReportPlantEdgeReportPlantEdgePlantEdge,
    ReportPlantEdgeReportPlantEdgeUnavailableError,
)
from .retract_event import (
    RetractEvent,
    RetractEventRetractEventConflictError,
    RetractEventRetractEventEvent,
    RetractEventRetractEventExhaustedError,
    RetractEventRetractEventForbiddenError,
    RetractEventRetractEventInvalidError,
    RetractEventRetractEventNotFoundError,
    RetractEventRetractEventUnavailableError,
)
from .run import Run, RunRun
from .runs import Runs, RunsRuns
from .set_labels import (
    SetLabels,
    SetLabelsSetLabelsConflictError,
    SetLabelsSetLabelsExhaustedError,
    SetLabelsSetLabelsForbiddenError,
    SetLabelsSetLabelsInvalidError,
    SetLabelsSetLabelsLabelledAssets,
    SetLabelsSetLabelsNotFoundError,
    SetLabelsSetLabelsUnavailableError,
)
from .shelve_alarm import (
    ShelveAlarm,
    ShelveAlarmShelveAlarmAlarm,
    ShelveAlarmShelveAlarmConflictError,
    ShelveAlarmShelveAlarmExhaustedError,
    ShelveAlarmShelveAlarmForbiddenError,
    ShelveAlarmShelveAlarmInvalidError,
    ShelveAlarmShelveAlarmNotFoundError,
    ShelveAlarmShelveAlarmUnavailableError,
)
from .stage_upload import (
    StageUpload,
    StageUploadStageUploadConflictError,
    StageUploadStageUploadExhaustedError,
    StageUploadStageUploadForbiddenError,
    StageUploadStageUploadInvalidError,
    StageUploadStageUploadNotFoundError,
    StageUploadStageUploadStagedUpload,
    StageUploadStageUploadUnavailableError,
)
from .start_export import (
    StartExport,
    StartExportStartExportConflictError,
    StartExportStartExportExhaustedError,
    StartExportStartExportExportJob,
    StartExportStartExportForbiddenError,
    StartExportStartExportInvalidError,
    StartExportStartExportNotFoundError,
    StartExportStartExportUnavailableError,
)
from .start_import import (
    StartImport,
    StartImportStartImportConflictError,
    StartImportStartImportExhaustedError,
    StartImportStartImportForbiddenError,
    StartImportStartImportImportJob,
    StartImportStartImportInvalidError,
    StartImportStartImportNotFoundError,
    StartImportStartImportUnavailableError,
)
from .start_run import (
    StartRun,
    StartRunStartRunConflictError,
    StartRunStartRunExhaustedError,
    StartRunStartRunForbiddenError,
    StartRunStartRunInvalidError,
    StartRunStartRunNotFoundError,
    StartRunStartRunRun,
    StartRunStartRunUnavailableError,
)
from .start_shadow import (
    StartShadow,
    StartShadowStartShadowConflictError,
    StartShadowStartShadowDeployment,
    StartShadowStartShadowExhaustedError,
    StartShadowStartShadowForbiddenError,
    StartShadowStartShadowInvalidError,
    StartShadowStartShadowNotFoundError,
    StartShadowStartShadowUnavailableError,
)
from .stop_shadow import (
    StopShadow,
    StopShadowStopShadowConflictError,
    StopShadowStopShadowDeployment,
    StopShadowStopShadowExhaustedError,
    StopShadowStopShadowForbiddenError,
    StopShadowStopShadowInvalidError,
    StopShadowStopShadowNotFoundError,
    StopShadowStopShadowUnavailableError,
)
from .undo_promotion import (
    UndoPromotion,
    UndoPromotionUndoPromotionConflictError,
    UndoPromotionUndoPromotionDeployment,
    UndoPromotionUndoPromotionExhaustedError,
    UndoPromotionUndoPromotionForbiddenError,
    UndoPromotionUndoPromotionInvalidError,
    UndoPromotionUndoPromotionNotFoundError,
    UndoPromotionUndoPromotionUnavailableError,
)
from .undo_promotions import (
    UndoPromotions,
    UndoPromotionsUndoPromotionsConflictError,
    UndoPromotionsUndoPromotionsExhaustedError,
    UndoPromotionsUndoPromotionsForbiddenError,
    UndoPromotionsUndoPromotionsInvalidError,
    UndoPromotionsUndoPromotionsNotFoundError,
    UndoPromotionsUndoPromotionsUnavailableError,
    UndoPromotionsUndoPromotionsUndonePromotions,
)
from .undo_run import (
    UndoRun,
    UndoRunUndoRunConflictError,
    UndoRunUndoRunExhaustedError,
    UndoRunUndoRunForbiddenError,
    UndoRunUndoRunInvalidError,
    UndoRunUndoRunNotFoundError,
    UndoRunUndoRunUnavailableError,
    UndoRunUndoRunUndoneRun,
)
from .unshelve_alarm import (
    UnshelveAlarm,
    UnshelveAlarmUnshelveAlarmAlarm,
    UnshelveAlarmUnshelveAlarmConflictError,
    UnshelveAlarmUnshelveAlarmExhaustedError,
    UnshelveAlarmUnshelveAlarmForbiddenError,
    UnshelveAlarmUnshelveAlarmInvalidError,
    UnshelveAlarmUnshelveAlarmNotFoundError,
    UnshelveAlarmUnshelveAlarmUnavailableError,
)
from .webhook_endpoints import WebhookEndpoints, WebhookEndpointsWebhookEndpoints
from .who import Who


def gql(q: str) -> str:
    return q


class Api(Base):
    def job(
        self, id: str, **kwargs: Any
    ) -> Optional[
        Union[JobJobJob, JobJobExportJob, JobJobImportJob, JobJobRollout, JobJobRun]
    ]:
        query = gql("""
            query job($id: ID!) {
              job(id: $id) {
                __typename
                ... on ImportJob {
                  ...ImportFacts
                }
                ... on ExportJob {
                  ...ExportFacts
                }
                ... on Run {
                  ...RunFacts
                }
                ... on Rollout {
                  id
                  jobState
                  progress
                  message
                  cancellable
                }
              }
            }

            fragment ExportFacts on ExportJob {
              id
              jobKind
              jobState
              progress
              createdBy
              createdAt
              startedAt
              endedAt
              cancellable
              counts {
                done
                total
                unit
              }
              problem {
                code
                message
              }
              of
              contract
              format
              start
              end
              assets
              rows
              bytes
              sha256
              fileUrl
              expiresAt
            }

            fragment ImportFacts on ImportJob {
              id
              jobKind
              jobState
              progress
              createdBy
              createdAt
              startedAt
              endedAt
              cancellable
              counts {
                done
                total
                unit
              }
              problem {
                code
                message
              }
              contract
              fileFormat
              fileSha256
              fileBytes
              rows
              stored
              quarantined
              refused
              duplicates
              resultsUrl
              expiresAt
            }

            fragment RunFacts on Run {
              id
              blueprint
              blueprintVersion
              start
              end
              seed
              state
              progress
              message
              snapshotDigest
              createdBy
              createdAt
              startedAt
              endedAt
              assetCount
              borrows
              challengers
              champions
              parameters {
                key
                value
              }
            }
            """)
        variables: dict[str, object] = {"id": id}
        response = self.execute(
            query=query, operation_name="job", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return Job.model_validate(data).job

    def jobs(
        self,
        first: int,
        kinds: Union[Optional[list[JobKind]], UnsetType] = UNSET,
        states: Union[Optional[list[JobState]], UnsetType] = UNSET,
        after: Union[Optional[str], UnsetType] = UNSET,
        **kwargs: Any,
    ) -> JobsJobs:
        query = gql("""
            query jobs($kinds: [JobKind!], $states: [JobState!], $first: Int! = 50, $after: String) {
              jobs(kinds: $kinds, states: $states, first: $first, after: $after) {
                pageInfo {
                  hasNextPage
                  endCursor
                }
                edges {
                  node {
                    __typename
                    id
                    jobKind
                    jobState
                    progress
                    createdBy
                    createdAt
                    startedAt
                    endedAt
                    cancellable
                    counts {
                      done
                      total
                      unit
                    }
                    problem {
                      code
                      message
                    }
                  }
                }
              }
            }
            """)
        variables: dict[str, object] = {
            "kinds": kinds,
            "states": states,
            "first": first,
            "after": after,
        }
        response = self.execute(
            query=query, operation_name="jobs", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return Jobs.model_validate(data).jobs

    def rejected_rows(
        self,
        id: str,
        first: int,
        after: Union[Optional[str], UnsetType] = UNSET,
        **kwargs: Any,
    ) -> Optional[Union[RejectedRowsJobJob, RejectedRowsJobImportJob]]:
        query = gql("""
            query rejectedRows($id: ID!, $first: Int! = 100, $after: String) {
              job(id: $id) {
                __typename
                ... on ImportJob {
                  rejectedRows(first: $first, after: $after) {
                    pageInfo {
                      hasNextPage
                      endCursor
                    }
                    edges {
                      node {
                        row
                        outcome
                        code
                        message
                        signal
                      }
                    }
                  }
                }
              }
            }
            """)
        variables: dict[str, object] = {"id": id, "first": first, "after": after}
        response = self.execute(
            query=query, operation_name="rejectedRows", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return RejectedRows.model_validate(data).job

    def stage_upload(
        self, input: StageUploadInput, **kwargs: Any
    ) -> Union[
        StageUploadStageUploadStagedUpload,
        StageUploadStageUploadNotFoundError,
        StageUploadStageUploadForbiddenError,
        StageUploadStageUploadInvalidError,
        StageUploadStageUploadConflictError,
        StageUploadStageUploadExhaustedError,
        StageUploadStageUploadUnavailableError,
    ]:
        query = gql("""
            mutation stageUpload($input: StageUploadInput!) {
              stageUpload(input: $input) {
                __typename
                ... on StagedUpload {
                  url
                  maxBytes
                  upload {
                    id
                    state
                    expiresAt
                  }
                }
                ... on Error {
                  ...Problem
                }
              }
            }

            fragment Problem on Error {
              code
              message
              field
              facts
            }
            """)
        variables: dict[str, object] = {"input": input}
        response = self.execute(
            query=query, operation_name="stageUpload", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return StageUpload.model_validate(data).stage_upload

    def start_import(
        self, input: StartImportInput, **kwargs: Any
    ) -> Union[
        StartImportStartImportImportJob,
        StartImportStartImportNotFoundError,
        StartImportStartImportForbiddenError,
        StartImportStartImportInvalidError,
        StartImportStartImportConflictError,
        StartImportStartImportExhaustedError,
        StartImportStartImportUnavailableError,
    ]:
        query = gql("""
            mutation startImport($input: StartImportInput!) {
              startImport(input: $input) {
                __typename
                ... on ImportJob {
                  ...ImportFacts
                }
                ... on Error {
                  ...Problem
                }
              }
            }

            fragment ImportFacts on ImportJob {
              id
              jobKind
              jobState
              progress
              createdBy
              createdAt
              startedAt
              endedAt
              cancellable
              counts {
                done
                total
                unit
              }
              problem {
                code
                message
              }
              contract
              fileFormat
              fileSha256
              fileBytes
              rows
              stored
              quarantined
              refused
              duplicates
              resultsUrl
              expiresAt
            }

            fragment Problem on Error {
              code
              message
              field
              facts
            }
            """)
        variables: dict[str, object] = {"input": input}
        response = self.execute(
            query=query, operation_name="startImport", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return StartImport.model_validate(data).start_import

    def start_export(
        self, input: StartExportInput, **kwargs: Any
    ) -> Union[
        StartExportStartExportExportJob,
        StartExportStartExportNotFoundError,
        StartExportStartExportForbiddenError,
        StartExportStartExportInvalidError,
        StartExportStartExportConflictError,
        StartExportStartExportExhaustedError,
        StartExportStartExportUnavailableError,
    ]:
        query = gql("""
            mutation startExport($input: StartExportInput!) {
              startExport(input: $input) {
                __typename
                ... on ExportJob {
                  ...ExportFacts
                }
                ... on Error {
                  ...Problem
                }
              }
            }

            fragment ExportFacts on ExportJob {
              id
              jobKind
              jobState
              progress
              createdBy
              createdAt
              startedAt
              endedAt
              cancellable
              counts {
                done
                total
                unit
              }
              problem {
                code
                message
              }
              of
              contract
              format
              start
              end
              assets
              rows
              bytes
              sha256
              fileUrl
              expiresAt
            }

            fragment Problem on Error {
              code
              message
              field
              facts
            }
            """)
        variables: dict[str, object] = {"input": input}
        response = self.execute(
            query=query, operation_name="startExport", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return StartExport.model_validate(data).start_export

    def cancel_job(
        self, input: CancelJobInput, **kwargs: Any
    ) -> Union[
        CancelJobCancelJobCancelledJob,
        CancelJobCancelJobNotFoundError,
        CancelJobCancelJobForbiddenError,
        CancelJobCancelJobInvalidError,
        CancelJobCancelJobConflictError,
        CancelJobCancelJobExhaustedError,
        CancelJobCancelJobUnavailableError,
    ]:
        query = gql("""
            mutation cancelJob($input: CancelJobInput!) {
              cancelJob(input: $input) {
                __typename
                ... on CancelledJob {
                  job {
                    __typename
                    id
                    jobKind
                    jobState
                  }
                }
                ... on Error {
                  ...Problem
                }
              }
            }

            fragment Problem on Error {
              code
              message
              field
              facts
            }
            """)
        variables: dict[str, object] = {"input": input}
        response = self.execute(
            query=query, operation_name="cancelJob", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return CancelJob.model_validate(data).cancel_job

    def report_plant_edge(
        self, input: ReportPlantEdgeInput, **kwargs: Any
    ) -> Union[
        ReportPlantEdgeReportPlantEdgePlantEdge,
        ReportPlantEdgeReportPlantEdgeNotFoundError,
        ReportPlantEdgeReportPlantEdgeForbiddenError,
        ReportPlantEdgeReportPlantEdgeInvalidError,
        ReportPlantEdgeReportPlantEdgeConflictError,
        ReportPlantEdgeReportPlantEdgeExhaustedError,
        ReportPlantEdgeReportPlantEdgeUnavailableError,
    ]:
        query = gql("""
            mutation reportPlantEdge($input: ReportPlantEdgeInput!) {
              reportPlantEdge(input: $input) {
                __typename
                ... on PlantEdge {
                  id
                  name
                }
                ... on Error {
                  ...Problem
                }
              }
            }

            fragment Problem on Error {
              code
              message
              field
              facts
            }
            """)
        variables: dict[str, object] = {"input": input}
        response = self.execute(
            query=query, operation_name="reportPlantEdge", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return ReportPlantEdge.model_validate(data).report_plant_edge

    def register_pipeline(
        self, input: RegisterPipelineInput, **kwargs: Any
    ) -> Union[
        RegisterPipelineRegisterPipelinePipelineVersion,
        RegisterPipelineRegisterPipelineNotFoundError,
        RegisterPipelineRegisterPipelineForbiddenError,
        RegisterPipelineRegisterPipelineInvalidError,
        RegisterPipelineRegisterPipelineConflictError,
        RegisterPipelineRegisterPipelineExhaustedError,
        RegisterPipelineRegisterPipelineUnavailableError,
    ]:
        query = gql("""
            mutation registerPipeline($input: RegisterPipelineInput!) {
              registerPipeline(input: $input) {
                __typename
                ... on PipelineVersion {
                  ...PipelineVersionFacts
                }
                ... on Error {
                  ...Problem
                }
              }
            }

            fragment PipelineVersionFacts on PipelineVersion {
              id
              version
              number
              content
              bytes
              title
              summary
              blueprints
              registeredBy
              registeredAt
              proof {
                proven
                tolerance
                snapshot
                metrics {
                  key
                  value
                }
              }
              pipeline {
                id
                name
                version
                formerVersion
                enabled
              }
            }

            fragment Problem on Error {
              code
              message
              field
              facts
            }
            """)
        variables: dict[str, object] = {"input": input}
        response = self.execute(
            query=query,
            operation_name="registerPipeline",
            variables=variables,
            **kwargs,
        )
        data = self.get_data(response)
        return RegisterPipeline.model_validate(data).register_pipeline

    def pipelines(
        self, first: int, after: Union[Optional[str], UnsetType] = UNSET, **kwargs: Any
    ) -> PipelinesPipelines:
        query = gql("""
            query pipelines($first: Int! = 50, $after: String) {
              pipelines(first: $first, after: $after) {
                pageInfo {
                  hasNextPage
                  endCursor
                }
                edges {
                  node {
                    id
                    name
                    version
                    enabled
                    versions {
                      id
                      version
                      number
                      content
                    }
                  }
                }
              }
            }
            """)
        variables: dict[str, object] = {"first": first, "after": after}
        response = self.execute(
            query=query, operation_name="pipelines", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return Pipelines.model_validate(data).pipelines

    def who(self, **kwargs: Any) -> Who:
        query = gql("""
            query who {
              me {
                kind
                name
                role
                permissions
              }
              tenant {
                id
                slug
                name
              }
            }
            """)
        variables: dict[str, object] = {}
        response = self.execute(
            query=query, operation_name="who", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return Who.model_validate(data)

    def assets(
        self,
        first: int,
        after: Union[Optional[str], UnsetType] = UNSET,
        search: Union[Optional[str], UnsetType] = UNSET,
        health: Union[Optional[Health], UnsetType] = UNSET,
        labels: Union[Optional[str], UnsetType] = UNSET,
        contract: Union[Optional[str], UnsetType] = UNSET,
        **kwargs: Any,
    ) -> AssetsAssets:
        query = gql("""
            query assets($first: Int! = 50, $after: String, $search: String, $health: Health, $labels: String, $contract: String) {
              assets(
                first: $first
                after: $after
                search: $search
                health: $health
                labels: $labels
                contract: $contract
              ) {
                totalCount
                pageInfo {
                  hasNextPage
                  endCursor
                }
                edges {
                  node {
                    ...AssetFacts
                  }
                }
              }
            }

            fragment AssetFacts on Asset {
              id
              key
              title
              site
              line
              createdAt
              labels {
                key
                value
              }
              contract {
                id
                key
                version
              }
              health {
                health
                lastRowAt
                value
                coverage
                missing
              }
            }
            """)
        variables: dict[str, object] = {
            "first": first,
            "after": after,
            "search": search,
            "health": health,
            "labels": labels,
            "contract": contract,
        }
        response = self.execute(
            query=query, operation_name="assets", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return Assets.model_validate(data).assets

    def asset(self, key: str, **kwargs: Any) -> Optional[AssetAsset]:
        query = gql("""
            query asset($key: String!) {
              asset(key: $key) {
                ...AssetFacts
                history {
                  first
                  last
                }
                champion {
                  id
                  number
                }
                challenger {
                  id
                  number
                }
                events {
                  ...EventFacts
                }
                regimes {
                  start
                  end
                  recovery
                }
              }
            }

            fragment AssetFacts on Asset {
              id
              key
              title
              site
              line
              createdAt
              labels {
                key
                value
              }
              contract {
                id
                key
                version
              }
              health {
                health
                lastRowAt
                value
                coverage
                missing
              }
            }

            fragment EventFacts on Event {
              id
              kind
              time
              end
              note
              part
              beginsRegime
              source
              recordedBy
              recordedAt
              retractedAt
              corrections
            }
            """)
        variables: dict[str, object] = {"key": key}
        response = self.execute(
            query=query, operation_name="asset", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return Asset.model_validate(data).asset

    def assets_by_keys(
        self, keys: list[str], **kwargs: Any
    ) -> list[AssetsByKeysAssetsByKeys]:
        query = gql("""
            query assetsByKeys($keys: [String!]!) {
              assetsByKeys(keys: $keys) {
                ...AssetFacts
              }
            }

            fragment AssetFacts on Asset {
              id
              key
              title
              site
              line
              createdAt
              labels {
                key
                value
              }
              contract {
                id
                key
                version
              }
              health {
                health
                lastRowAt
                value
                coverage
                missing
              }
            }
            """)
        variables: dict[str, object] = {"keys": keys}
        response = self.execute(
            query=query, operation_name="assetsByKeys", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return AssetsByKeys.model_validate(data).assets_by_keys

    def contracts(self, **kwargs: Any) -> list[ContractsContracts]:
        query = gql("""
            query contracts {
              contracts {
                ...ContractFacts
              }
            }

            fragment ContractFacts on Contract {
              id
              key
              title
              version
              digest
              createdAt
              periodS
              signals {
                key
                title
                unit
                low
                high
                importance
                exogenous
              }
            }
            """)
        variables: dict[str, object] = {}
        response = self.execute(
            query=query, operation_name="contracts", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return Contracts.model_validate(data).contracts

    def contract(self, key: str, **kwargs: Any) -> Optional[ContractContract]:
        query = gql("""
            query contract($key: String!) {
              contract(key: $key) {
                ...ContractFacts
              }
            }

            fragment ContractFacts on Contract {
              id
              key
              title
              version
              digest
              createdAt
              periodS
              signals {
                key
                title
                unit
                low
                high
                importance
                exogenous
              }
            }
            """)
        variables: dict[str, object] = {"key": key}
        response = self.execute(
            query=query, operation_name="contract", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return Contract.model_validate(data).contract

    def put_contract(
        self, input: PutContractInput, **kwargs: Any
    ) -> Union[
        PutContractPutContractContract,
        PutContractPutContractNotFoundError,
        PutContractPutContractForbiddenError,
        PutContractPutContractInvalidError,
        PutContractPutContractConflictError,
        PutContractPutContractExhaustedError,
        PutContractPutContractUnavailableError,
    ]:
        query = gql("""
            mutation putContract($input: PutContractInput!) {
              putContract(input: $input) {
                __typename
                ... on Contract {
                  ...ContractFacts
                }
                ... on Error {
                  ...Problem
                }
              }
            }

            fragment ContractFacts on Contract {
              id
              key
              title
              version
              digest
              createdAt
              periodS
              signals {
                key
                title
                unit
                low
                high
                importance
                exogenous
              }
            }

            fragment Problem on Error {
              code
              message
              field
              facts
            }
            """)
        variables: dict[str, object] = {"input": input}
        response = self.execute(
            query=query, operation_name="putContract", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return PutContract.model_validate(data).put_contract

    def create_assets(
        self, input: CreateAssetsInput, **kwargs: Any
    ) -> Union[
        CreateAssetsCreateAssetsCreatedAssets,
        CreateAssetsCreateAssetsNotFoundError,
        CreateAssetsCreateAssetsForbiddenError,
        CreateAssetsCreateAssetsInvalidError,
        CreateAssetsCreateAssetsConflictError,
        CreateAssetsCreateAssetsExhaustedError,
        CreateAssetsCreateAssetsUnavailableError,
    ]:
        query = gql("""
            mutation createAssets($input: CreateAssetsInput!) {
              createAssets(input: $input) {
                __typename
                ... on CreatedAssets {
                  assets {
                    ...AssetFacts
                  }
                }
                ... on Error {
                  ...Problem
                }
              }
            }

            fragment AssetFacts on Asset {
              id
              key
              title
              site
              line
              createdAt
              labels {
                key
                value
              }
              contract {
                id
                key
                version
              }
              health {
                health
                lastRowAt
                value
                coverage
                missing
              }
            }

            fragment Problem on Error {
              code
              message
              field
              facts
            }
            """)
        variables: dict[str, object] = {"input": input}
        response = self.execute(
            query=query, operation_name="createAssets", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return CreateAssets.model_validate(data).create_assets

    def set_labels(
        self, input: SetLabelsInput, **kwargs: Any
    ) -> Union[
        SetLabelsSetLabelsLabelledAssets,
        SetLabelsSetLabelsNotFoundError,
        SetLabelsSetLabelsForbiddenError,
        SetLabelsSetLabelsInvalidError,
        SetLabelsSetLabelsConflictError,
        SetLabelsSetLabelsExhaustedError,
        SetLabelsSetLabelsUnavailableError,
    ]:
        query = gql("""
            mutation setLabels($input: SetLabelsInput!) {
              setLabels(input: $input) {
                __typename
                ... on LabelledAssets {
                  assets {
                    id
                    key
                    labels {
                      key
                      value
                    }
                  }
                }
                ... on Error {
                  ...Problem
                }
              }
            }

            fragment Problem on Error {
              code
              message
              field
              facts
            }
            """)
        variables: dict[str, object] = {"input": input}
        response = self.execute(
            query=query, operation_name="setLabels", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return SetLabels.model_validate(data).set_labels

    def record_event(
        self, input: RecordEventInput, **kwargs: Any
    ) -> Union[
        RecordEventRecordEventEvent,
        RecordEventRecordEventNotFoundError,
        RecordEventRecordEventForbiddenError,
        RecordEventRecordEventInvalidError,
        RecordEventRecordEventConflictError,
        RecordEventRecordEventExhaustedError,
        RecordEventRecordEventUnavailableError,
    ]:
        query = gql("""
            mutation recordEvent($input: RecordEventInput!) {
              recordEvent(input: $input) {
                __typename
                ... on Event {
                  ...EventFacts
                }
                ... on Error {
                  ...Problem
                }
              }
            }

            fragment EventFacts on Event {
              id
              kind
              time
              end
              note
              part
              beginsRegime
              source
              recordedBy
              recordedAt
              retractedAt
              corrections
            }

            fragment Problem on Error {
              code
              message
              field
              facts
            }
            """)
        variables: dict[str, object] = {"input": input}
        response = self.execute(
            query=query, operation_name="recordEvent", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return RecordEvent.model_validate(data).record_event

    def record_events(
        self, input: RecordEventsInput, **kwargs: Any
    ) -> Union[
        RecordEventsRecordEventsRecordedEvents,
        RecordEventsRecordEventsNotFoundError,
        RecordEventsRecordEventsForbiddenError,
        RecordEventsRecordEventsInvalidError,
        RecordEventsRecordEventsConflictError,
        RecordEventsRecordEventsExhaustedError,
        RecordEventsRecordEventsUnavailableError,
    ]:
        query = gql("""
            mutation recordEvents($input: RecordEventsInput!) {
              recordEvents(input: $input) {
                __typename
                ... on RecordedEvents {
                  events {
                    ...EventFacts
                  }
                }
                ... on Error {
                  ...Problem
                }
              }
            }

            fragment EventFacts on Event {
              id
              kind
              time
              end
              note
              part
              beginsRegime
              source
              recordedBy
              recordedAt
              retractedAt
              corrections
            }

            fragment Problem on Error {
              code
              message
              field
              facts
            }
            """)
        variables: dict[str, object] = {"input": input}
        response = self.execute(
            query=query, operation_name="recordEvents", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return RecordEvents.model_validate(data).record_events

    def correct_event(
        self, input: CorrectEventInput, **kwargs: Any
    ) -> Union[
        CorrectEventCorrectEventEvent,
        CorrectEventCorrectEventNotFoundError,
        CorrectEventCorrectEventForbiddenError,
        CorrectEventCorrectEventInvalidError,
        CorrectEventCorrectEventConflictError,
        CorrectEventCorrectEventExhaustedError,
        CorrectEventCorrectEventUnavailableError,
    ]:
        query = gql("""
            mutation correctEvent($input: CorrectEventInput!) {
              correctEvent(input: $input) {
                __typename
                ... on Event {
                  ...EventFacts
                }
                ... on Error {
                  ...Problem
                }
              }
            }

            fragment EventFacts on Event {
              id
              kind
              time
              end
              note
              part
              beginsRegime
              source
              recordedBy
              recordedAt
              retractedAt
              corrections
            }

            fragment Problem on Error {
              code
              message
              field
              facts
            }
            """)
        variables: dict[str, object] = {"input": input}
        response = self.execute(
            query=query, operation_name="correctEvent", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return CorrectEvent.model_validate(data).correct_event

    def label_range(
        self, input: LabelRangeInput, **kwargs: Any
    ) -> Union[
        LabelRangeLabelRangeRecordedEvents,
        LabelRangeLabelRangeNotFoundError,
        LabelRangeLabelRangeForbiddenError,
        LabelRangeLabelRangeInvalidError,
        LabelRangeLabelRangeConflictError,
        LabelRangeLabelRangeExhaustedError,
        LabelRangeLabelRangeUnavailableError,
    ]:
        query = gql("""
            mutation labelRange($input: LabelRangeInput!) {
              labelRange(input: $input) {
                __typename
                ... on RecordedEvents {
                  events {
                    ...EventFacts
                  }
                }
                ... on Error {
                  ...Problem
                }
              }
            }

            fragment EventFacts on Event {
              id
              kind
              time
              end
              note
              part
              beginsRegime
              source
              recordedBy
              recordedAt
              retractedAt
              corrections
            }

            fragment Problem on Error {
              code
              message
              field
              facts
            }
            """)
        variables: dict[str, object] = {"input": input}
        response = self.execute(
            query=query, operation_name="labelRange", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return LabelRange.model_validate(data).label_range

    def retract_event(
        self, input: RetractEventInput, **kwargs: Any
    ) -> Union[
        RetractEventRetractEventEvent,
        RetractEventRetractEventNotFoundError,
        RetractEventRetractEventForbiddenError,
        RetractEventRetractEventInvalidError,
        RetractEventRetractEventConflictError,
        RetractEventRetractEventExhaustedError,
        RetractEventRetractEventUnavailableError,
    ]:
        query = gql("""
            mutation retractEvent($input: RetractEventInput!) {
              retractEvent(input: $input) {
                __typename
                ... on Event {
                  ...EventFacts
                }
                ... on Error {
                  ...Problem
                }
              }
            }

            fragment EventFacts on Event {
              id
              kind
              time
              end
              note
              part
              beginsRegime
              source
              recordedBy
              recordedAt
              retractedAt
              corrections
            }

            fragment Problem on Error {
              code
              message
              field
              facts
            }
            """)
        variables: dict[str, object] = {"input": input}
        response = self.execute(
            query=query, operation_name="retractEvent", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return RetractEvent.model_validate(data).retract_event

    def promote(
        self, input: PromoteInput, **kwargs: Any
    ) -> Union[
        PromotePromoteDeployment,
        PromotePromoteNotFoundError,
        PromotePromoteForbiddenError,
        PromotePromoteInvalidError,
        PromotePromoteConflictError,
        PromotePromoteExhaustedError,
        PromotePromoteUnavailableError,
    ]:
        query = gql("""
            mutation promote($input: PromoteInput!) {
              promote(input: $input) {
                __typename
                ... on Deployment {
                  ...DeploymentFacts
                }
                ... on Error {
                  ...Problem
                }
              }
            }

            fragment DeploymentFacts on Deployment {
              promotedAt
              wantedGeneration
              appliedGeneration
              refusal
              settled
              asset {
                id
                key
              }
              champion {
                id
                number
              }
              previous {
                id
                number
              }
            }

            fragment Problem on Error {
              code
              message
              field
              facts
            }
            """)
        variables: dict[str, object] = {"input": input}
        response = self.execute(
            query=query, operation_name="promote", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return Promote.model_validate(data).promote

    def promote_run(
        self, input: PromoteRunInput, **kwargs: Any
    ) -> Union[
        PromoteRunPromoteRunPromotedRun,
        PromoteRunPromoteRunNotFoundError,
        PromoteRunPromoteRunForbiddenError,
        PromoteRunPromoteRunInvalidError,
        PromoteRunPromoteRunConflictError,
        PromoteRunPromoteRunExhaustedError,
        PromoteRunPromoteRunUnavailableError,
    ]:
        query = gql("""
            mutation promoteRun($input: PromoteRunInput!) {
              promoteRun(input: $input) {
                __typename
                ... on PromotedRun {
                  wantedGeneration
                  promoted
                }
                ... on Error {
                  ...Problem
                }
              }
            }

            fragment Problem on Error {
              code
              message
              field
              facts
            }
            """)
        variables: dict[str, object] = {"input": input}
        response = self.execute(
            query=query, operation_name="promoteRun", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return PromoteRun.model_validate(data).promote_run

    def undo_promotion(
        self, input: UndoPromotionInput, **kwargs: Any
    ) -> Union[
        UndoPromotionUndoPromotionDeployment,
        UndoPromotionUndoPromotionNotFoundError,
        UndoPromotionUndoPromotionForbiddenError,
        UndoPromotionUndoPromotionInvalidError,
        UndoPromotionUndoPromotionConflictError,
        UndoPromotionUndoPromotionExhaustedError,
        UndoPromotionUndoPromotionUnavailableError,
    ]:
        query = gql("""
            mutation undoPromotion($input: UndoPromotionInput!) {
              undoPromotion(input: $input) {
                __typename
                ... on Deployment {
                  ...DeploymentFacts
                }
                ... on Error {
                  ...Problem
                }
              }
            }

            fragment DeploymentFacts on Deployment {
              promotedAt
              wantedGeneration
              appliedGeneration
              refusal
              settled
              asset {
                id
                key
              }
              champion {
                id
                number
              }
              previous {
                id
                number
              }
            }

            fragment Problem on Error {
              code
              message
              field
              facts
            }
            """)
        variables: dict[str, object] = {"input": input}
        response = self.execute(
            query=query, operation_name="undoPromotion", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return UndoPromotion.model_validate(data).undo_promotion

    def undo_run(
        self, input: UndoRunInput, **kwargs: Any
    ) -> Union[
        UndoRunUndoRunUndoneRun,
        UndoRunUndoRunNotFoundError,
        UndoRunUndoRunForbiddenError,
        UndoRunUndoRunInvalidError,
        UndoRunUndoRunConflictError,
        UndoRunUndoRunExhaustedError,
        UndoRunUndoRunUnavailableError,
    ]:
        query = gql("""
            mutation undoRun($input: UndoRunInput!) {
              undoRun(input: $input) {
                __typename
                ... on UndoneRun {
                  wantedGeneration
                  undone
                  firstChampions
                }
                ... on Error {
                  ...Problem
                }
              }
            }

            fragment Problem on Error {
              code
              message
              field
              facts
            }
            """)
        variables: dict[str, object] = {"input": input}
        response = self.execute(
            query=query, operation_name="undoRun", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return UndoRun.model_validate(data).undo_run

    def start_shadow(
        self, input: StartShadowInput, **kwargs: Any
    ) -> Union[
        StartShadowStartShadowDeployment,
        StartShadowStartShadowNotFoundError,
        StartShadowStartShadowForbiddenError,
        StartShadowStartShadowInvalidError,
        StartShadowStartShadowConflictError,
        StartShadowStartShadowExhaustedError,
        StartShadowStartShadowUnavailableError,
    ]:
        query = gql("""
            mutation startShadow($input: StartShadowInput!) {
              startShadow(input: $input) {
                __typename
                ... on Deployment {
                  ...DeploymentFacts
                }
                ... on Error {
                  ...Problem
                }
              }
            }

            fragment DeploymentFacts on Deployment {
              promotedAt
              wantedGeneration
              appliedGeneration
              refusal
              settled
              asset {
                id
                key
              }
              champion {
                id
                number
              }
              previous {
                id
                number
              }
            }

            fragment Problem on Error {
              code
              message
              field
              facts
            }
            """)
        variables: dict[str, object] = {"input": input}
        response = self.execute(
            query=query, operation_name="startShadow", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return StartShadow.model_validate(data).start_shadow

    def stop_shadow(
        self, input: StopShadowInput, **kwargs: Any
    ) -> Union[
        StopShadowStopShadowDeployment,
        StopShadowStopShadowNotFoundError,
        StopShadowStopShadowForbiddenError,
        StopShadowStopShadowInvalidError,
        StopShadowStopShadowConflictError,
        StopShadowStopShadowExhaustedError,
        StopShadowStopShadowUnavailableError,
    ]:
        query = gql("""
            mutation stopShadow($input: StopShadowInput!) {
              stopShadow(input: $input) {
                __typename
                ... on Deployment {
                  ...DeploymentFacts
                }
                ... on Error {
                  ...Problem
                }
              }
            }

            fragment DeploymentFacts on Deployment {
              promotedAt
              wantedGeneration
              appliedGeneration
              refusal
              settled
              asset {
                id
                key
              }
              champion {
                id
                number
              }
              previous {
                id
                number
              }
            }

            fragment Problem on Error {
              code
              message
              field
              facts
            }
            """)
        variables: dict[str, object] = {"input": input}
        response = self.execute(
            query=query, operation_name="stopShadow", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return StopShadow.model_validate(data).stop_shadow

    def promote_shadows(
        self, input: PromoteShadowsInput, **kwargs: Any
    ) -> Union[
        PromoteShadowsPromoteShadowsPromotedShadows,
        PromoteShadowsPromoteShadowsNotFoundError,
        PromoteShadowsPromoteShadowsForbiddenError,
        PromoteShadowsPromoteShadowsInvalidError,
        PromoteShadowsPromoteShadowsConflictError,
        PromoteShadowsPromoteShadowsExhaustedError,
        PromoteShadowsPromoteShadowsUnavailableError,
    ]:
        query = gql("""
            mutation promoteShadows($input: PromoteShadowsInput!) {
              promoteShadows(input: $input) {
                __typename
                ... on PromotedShadows {
                  wantedGeneration
                  promoted
                }
                ... on Error {
                  ...Problem
                }
              }
            }

            fragment Problem on Error {
              code
              message
              field
              facts
            }
            """)
        variables: dict[str, object] = {"input": input}
        response = self.execute(
            query=query, operation_name="promoteShadows", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return PromoteShadows.model_validate(data).promote_shadows

    def undo_promotions(
        self, input: UndoPromotionsInput, **kwargs: Any
    ) -> Union[
        UndoPromotionsUndoPromotionsUndonePromotions,
        UndoPromotionsUndoPromotionsNotFoundError,
        UndoPromotionsUndoPromotionsForbiddenError,
        UndoPromotionsUndoPromotionsInvalidError,
        UndoPromotionsUndoPromotionsConflictError,
        UndoPromotionsUndoPromotionsExhaustedError,
        UndoPromotionsUndoPromotionsUnavailableError,
    ]:
        query = gql("""
            mutation undoPromotions($input: UndoPromotionsInput!) {
              undoPromotions(input: $input) {
                __typename
                ... on UndonePromotions {
                  wantedGeneration
                  undone
                  changedSince
                  firstChampions
                }
                ... on Error {
                  ...Problem
                }
              }
            }

            fragment Problem on Error {
              code
              message
              field
              facts
            }
            """)
        variables: dict[str, object] = {"input": input}
        response = self.execute(
            query=query, operation_name="undoPromotions", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return UndoPromotions.model_validate(data).undo_promotions

    def blueprints(
        self, contract: Union[Optional[str], UnsetType] = UNSET, **kwargs: Any
    ) -> list[BlueprintsBlueprints]:
        query = gql("""
            query blueprints($contract: String) {
              blueprints(contract: $contract) {
                key
                title
                version
                contract
                parameters {
                  key
                  title
                  default
                  low
                  high
                  whole
                }
              }
            }
            """)
        variables: dict[str, object] = {"contract": contract}
        response = self.execute(
            query=query, operation_name="blueprints", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return Blueprints.model_validate(data).blueprints

    def run(self, id: str, **kwargs: Any) -> Optional[RunRun]:
        query = gql("""
            query run($id: ID!) {
              run(id: $id) {
                ...RunFacts
              }
            }

            fragment RunFacts on Run {
              id
              blueprint
              blueprintVersion
              start
              end
              seed
              state
              progress
              message
              snapshotDigest
              createdBy
              createdAt
              startedAt
              endedAt
              assetCount
              borrows
              challengers
              champions
              parameters {
                key
                value
              }
            }
            """)
        variables: dict[str, object] = {"id": id}
        response = self.execute(
            query=query, operation_name="run", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return Run.model_validate(data).run

    def runs(
        self, first: int, after: Union[Optional[str], UnsetType] = UNSET, **kwargs: Any
    ) -> RunsRuns:
        query = gql("""
            query runs($first: Int! = 50, $after: String) {
              runs(first: $first, after: $after) {
                pageInfo {
                  hasNextPage
                  endCursor
                }
                edges {
                  node {
                    ...RunFacts
                  }
                }
              }
            }

            fragment RunFacts on Run {
              id
              blueprint
              blueprintVersion
              start
              end
              seed
              state
              progress
              message
              snapshotDigest
              createdBy
              createdAt
              startedAt
              endedAt
              assetCount
              borrows
              challengers
              champions
              parameters {
                key
                value
              }
            }
            """)
        variables: dict[str, object] = {"first": first, "after": after}
        response = self.execute(
            query=query, operation_name="runs", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return Runs.model_validate(data).runs

    def gates(
        self,
        run: str,
        first: int,
        stopped: bool,
        after: Union[Optional[str], UnsetType] = UNSET,
        **kwargs: Any,
    ) -> Optional[GatesRun]:
        query = gql("""
            query gates($run: ID!, $first: Int! = 100, $after: String, $stopped: Boolean! = false) {
              run(id: $run) {
                assets(first: $first, after: $after, stopped: $stopped) {
                  pageInfo {
                    hasNextPage
                    endCursor
                  }
                  edges {
                    node {
                      problem
                      asset {
                        id
                        key
                      }
                      gates {
                        key
                        title
                        passed
                        value
                        limit
                        sentence
                      }
                    }
                  }
                }
              }
            }
            """)
        variables: dict[str, object] = {
            "run": run,
            "first": first,
            "after": after,
            "stopped": stopped,
        }
        response = self.execute(
            query=query, operation_name="gates", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return Gates.model_validate(data).run

    def start_run(
        self, input: StartRunInput, **kwargs: Any
    ) -> Union[
        StartRunStartRunRun,
        StartRunStartRunNotFoundError,
        StartRunStartRunForbiddenError,
        StartRunStartRunInvalidError,
        StartRunStartRunConflictError,
        StartRunStartRunExhaustedError,
        StartRunStartRunUnavailableError,
    ]:
        query = gql("""
            mutation startRun($input: StartRunInput!) {
              startRun(input: $input) {
                __typename
                ... on Run {
                  ...RunFacts
                }
                ... on Error {
                  ...Problem
                }
              }
            }

            fragment Problem on Error {
              code
              message
              field
              facts
            }

            fragment RunFacts on Run {
              id
              blueprint
              blueprintVersion
              start
              end
              seed
              state
              progress
              message
              snapshotDigest
              createdBy
              createdAt
              startedAt
              endedAt
              assetCount
              borrows
              challengers
              champions
              parameters {
                key
                value
              }
            }
            """)
        variables: dict[str, object] = {"input": input}
        response = self.execute(
            query=query, operation_name="startRun", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return StartRun.model_validate(data).start_run

    def cancel_run(
        self, input: CancelRunInput, **kwargs: Any
    ) -> Union[
        CancelRunCancelRunRun,
        CancelRunCancelRunNotFoundError,
        CancelRunCancelRunForbiddenError,
        CancelRunCancelRunInvalidError,
        CancelRunCancelRunConflictError,
        CancelRunCancelRunExhaustedError,
        CancelRunCancelRunUnavailableError,
    ]:
        query = gql("""
            mutation cancelRun($input: CancelRunInput!) {
              cancelRun(input: $input) {
                __typename
                ... on Run {
                  ...RunFacts
                }
                ... on Error {
                  ...Problem
                }
              }
            }

            fragment Problem on Error {
              code
              message
              field
              facts
            }

            fragment RunFacts on Run {
              id
              blueprint
              blueprintVersion
              start
              end
              seed
              state
              progress
              message
              snapshotDigest
              createdBy
              createdAt
              startedAt
              endedAt
              assetCount
              borrows
              challengers
              champions
              parameters {
                key
                value
              }
            }
            """)
        variables: dict[str, object] = {"input": input}
        response = self.execute(
            query=query, operation_name="cancelRun", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return CancelRun.model_validate(data).cancel_run

    def alarms(
        self,
        first: int,
        states: Union[Optional[list[AlarmState]], UnsetType] = UNSET,
        after: Union[Optional[str], UnsetType] = UNSET,
        **kwargs: Any,
    ) -> AlarmsAlarms:
        query = gql("""
            query alarms($states: [AlarmState!], $first: Int! = 50, $after: String) {
              alarms(states: $states, first: $first, after: $after) {
                pageInfo {
                  hasNextPage
                  endCursor
                }
                edges {
                  node {
                    ...AlarmFacts
                  }
                }
              }
            }

            fragment AlarmFacts on Alarm {
              id
              rule
              state
              raisedAt
              clearedAt
              clearedBecause
              shelvedUntil
              peak
              acknowledgedBy
              acknowledgedAt
              top {
                signal
                share
              }
              asset {
                id
                key
              }
            }
            """)
        variables: dict[str, object] = {
            "states": states,
            "first": first,
            "after": after,
        }
        response = self.execute(
            query=query, operation_name="alarms", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return Alarms.model_validate(data).alarms

    def health_counts(self, **kwargs: Any) -> list[HealthCountsHealthCounts]:
        query = gql("""
            query healthCounts {
              healthCounts {
                health
                assets
              }
            }
            """)
        variables: dict[str, object] = {}
        response = self.execute(
            query=query, operation_name="healthCounts", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return HealthCounts.model_validate(data).health_counts

    def acknowledge_alarm(
        self, input: AcknowledgeAlarmInput, **kwargs: Any
    ) -> Union[
        AcknowledgeAlarmAcknowledgeAlarmAlarm,
        AcknowledgeAlarmAcknowledgeAlarmNotFoundError,
        AcknowledgeAlarmAcknowledgeAlarmForbiddenError,
        AcknowledgeAlarmAcknowledgeAlarmInvalidError,
        AcknowledgeAlarmAcknowledgeAlarmConflictError,
        AcknowledgeAlarmAcknowledgeAlarmExhaustedError,
        AcknowledgeAlarmAcknowledgeAlarmUnavailableError,
    ]:
        query = gql("""
            mutation acknowledgeAlarm($input: AcknowledgeAlarmInput!) {
              acknowledgeAlarm(input: $input) {
                __typename
                ... on Alarm {
                  ...AlarmFacts
                }
                ... on Error {
                  ...Problem
                }
              }
            }

            fragment AlarmFacts on Alarm {
              id
              rule
              state
              raisedAt
              clearedAt
              clearedBecause
              shelvedUntil
              peak
              acknowledgedBy
              acknowledgedAt
              top {
                signal
                share
              }
              asset {
                id
                key
              }
            }

            fragment Problem on Error {
              code
              message
              field
              facts
            }
            """)
        variables: dict[str, object] = {"input": input}
        response = self.execute(
            query=query,
            operation_name="acknowledgeAlarm",
            variables=variables,
            **kwargs,
        )
        data = self.get_data(response)
        return AcknowledgeAlarm.model_validate(data).acknowledge_alarm

    def shelve_alarm(
        self, input: ShelveAlarmInput, **kwargs: Any
    ) -> Union[
        ShelveAlarmShelveAlarmAlarm,
        ShelveAlarmShelveAlarmNotFoundError,
        ShelveAlarmShelveAlarmForbiddenError,
        ShelveAlarmShelveAlarmInvalidError,
        ShelveAlarmShelveAlarmConflictError,
        ShelveAlarmShelveAlarmExhaustedError,
        ShelveAlarmShelveAlarmUnavailableError,
    ]:
        query = gql("""
            mutation shelveAlarm($input: ShelveAlarmInput!) {
              shelveAlarm(input: $input) {
                __typename
                ... on Alarm {
                  ...AlarmFacts
                }
                ... on Error {
                  ...Problem
                }
              }
            }

            fragment AlarmFacts on Alarm {
              id
              rule
              state
              raisedAt
              clearedAt
              clearedBecause
              shelvedUntil
              peak
              acknowledgedBy
              acknowledgedAt
              top {
                signal
                share
              }
              asset {
                id
                key
              }
            }

            fragment Problem on Error {
              code
              message
              field
              facts
            }
            """)
        variables: dict[str, object] = {"input": input}
        response = self.execute(
            query=query, operation_name="shelveAlarm", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return ShelveAlarm.model_validate(data).shelve_alarm

    def unshelve_alarm(
        self, input: UnshelveAlarmInput, **kwargs: Any
    ) -> Union[
        UnshelveAlarmUnshelveAlarmAlarm,
        UnshelveAlarmUnshelveAlarmNotFoundError,
        UnshelveAlarmUnshelveAlarmForbiddenError,
        UnshelveAlarmUnshelveAlarmInvalidError,
        UnshelveAlarmUnshelveAlarmConflictError,
        UnshelveAlarmUnshelveAlarmExhaustedError,
        UnshelveAlarmUnshelveAlarmUnavailableError,
    ]:
        query = gql("""
            mutation unshelveAlarm($input: UnshelveAlarmInput!) {
              unshelveAlarm(input: $input) {
                __typename
                ... on Alarm {
                  ...AlarmFacts
                }
                ... on Error {
                  ...Problem
                }
              }
            }

            fragment AlarmFacts on Alarm {
              id
              rule
              state
              raisedAt
              clearedAt
              clearedBecause
              shelvedUntil
              peak
              acknowledgedBy
              acknowledgedAt
              top {
                signal
                share
              }
              asset {
                id
                key
              }
            }

            fragment Problem on Error {
              code
              message
              field
              facts
            }
            """)
        variables: dict[str, object] = {"input": input}
        response = self.execute(
            query=query, operation_name="unshelveAlarm", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return UnshelveAlarm.model_validate(data).unshelve_alarm

    def webhook_endpoints(
        self, **kwargs: Any
    ) -> list[WebhookEndpointsWebhookEndpoints]:
        query = gql("""
            query webhookEndpoints {
              webhookEndpoints {
                ...EndpointFacts
              }
            }

            fragment EndpointFacts on WebhookEndpoint {
              id
              url
              description
              types
              state
              reason
              createdAt
            }
            """)
        variables: dict[str, object] = {}
        response = self.execute(
            query=query,
            operation_name="webhookEndpoints",
            variables=variables,
            **kwargs,
        )
        data = self.get_data(response)
        return WebhookEndpoints.model_validate(data).webhook_endpoints

    def create_webhook_endpoint(
        self, input: CreateWebhookEndpointInput, **kwargs: Any
    ) -> Union[
        CreateWebhookEndpointCreateWebhookEndpointWebhookEndpointWithSecret,
        CreateWebhookEndpointCreateWebhookEndpointNotFoundError,
        CreateWebhookEndpointCreateWebhookEndpointForbiddenError,
        CreateWebhookEndpointCreateWebhookEndpointInvalidError,
        CreateWebhookEndpointCreateWebhookEndpointConflictError,
        CreateWebhookEndpointCreateWebhookEndpointExhaustedError,
        CreateWebhookEndpointCreateWebhookEndpointUnavailableError,
    ]:
        query = gql("""
            mutation createWebhookEndpoint($input: CreateWebhookEndpointInput!) {
              createWebhookEndpoint(input: $input) {
                __typename
                ... on WebhookEndpointWithSecret {
                  secret
                  endpoint {
                    ...EndpointFacts
                  }
                }
                ... on Error {
                  ...Problem
                }
              }
            }

            fragment EndpointFacts on WebhookEndpoint {
              id
              url
              description
              types
              state
              reason
              createdAt
            }

            fragment Problem on Error {
              code
              message
              field
              facts
            }
            """)
        variables: dict[str, object] = {"input": input}
        response = self.execute(
            query=query,
            operation_name="createWebhookEndpoint",
            variables=variables,
            **kwargs,
        )
        data = self.get_data(response)
        return CreateWebhookEndpoint.model_validate(data).create_webhook_endpoint

    def delete_webhook_endpoint(
        self, input: DeleteWebhookEndpointInput, **kwargs: Any
    ) -> Union[
        DeleteWebhookEndpointDeleteWebhookEndpointWebhookEndpoint,
        DeleteWebhookEndpointDeleteWebhookEndpointNotFoundError,
        DeleteWebhookEndpointDeleteWebhookEndpointForbiddenError,
        DeleteWebhookEndpointDeleteWebhookEndpointInvalidError,
        DeleteWebhookEndpointDeleteWebhookEndpointConflictError,
        DeleteWebhookEndpointDeleteWebhookEndpointExhaustedError,
        DeleteWebhookEndpointDeleteWebhookEndpointUnavailableError,
    ]:
        query = gql("""
            mutation deleteWebhookEndpoint($input: DeleteWebhookEndpointInput!) {
              deleteWebhookEndpoint(input: $input) {
                __typename
                ... on WebhookEndpoint {
                  ...EndpointFacts
                }
                ... on Error {
                  ...Problem
                }
              }
            }

            fragment EndpointFacts on WebhookEndpoint {
              id
              url
              description
              types
              state
              reason
              createdAt
            }

            fragment Problem on Error {
              code
              message
              field
              facts
            }
            """)
        variables: dict[str, object] = {"input": input}
        response = self.execute(
            query=query,
            operation_name="deleteWebhookEndpoint",
            variables=variables,
            **kwargs,
        )
        data = self.get_data(response)
        return DeleteWebhookEndpoint.model_validate(data).delete_webhook_endpoint

    def ping_webhook_endpoint(
        self, input: PingWebhookEndpointInput, **kwargs: Any
    ) -> Union[
        PingWebhookEndpointPingWebhookEndpointWebhookDelivery,
        PingWebhookEndpointPingWebhookEndpointNotFoundError,
        PingWebhookEndpointPingWebhookEndpointForbiddenError,
        PingWebhookEndpointPingWebhookEndpointInvalidError,
        PingWebhookEndpointPingWebhookEndpointConflictError,
        PingWebhookEndpointPingWebhookEndpointExhaustedError,
        PingWebhookEndpointPingWebhookEndpointUnavailableError,
    ]:
        query = gql("""
            mutation pingWebhookEndpoint($input: PingWebhookEndpointInput!) {
              pingWebhookEndpoint(input: $input) {
                __typename
                ... on WebhookDelivery {
                  id
                  state
                }
                ... on Error {
                  ...Problem
                }
              }
            }

            fragment Problem on Error {
              code
              message
              field
              facts
            }
            """)
        variables: dict[str, object] = {"input": input}
        response = self.execute(
            query=query,
            operation_name="pingWebhookEndpoint",
            variables=variables,
            **kwargs,
        )
        data = self.get_data(response)
        return PingWebhookEndpoint.model_validate(data).ping_webhook_endpoint
