"""The protobuf messages of google.cloud.tasks.v2, without the wrappers of the client.

The raw classes are made at run time and have no types; the wrappers have the same fields.
"""

from typing import TYPE_CHECKING, Any

from google.cloud.tasks_v2 import types

if TYPE_CHECKING:
    from google.cloud.tasks_v2.types import (
        Attempt,
        CreateQueueRequest,
        CreateTaskRequest,
        DeleteQueueRequest,
        DeleteTaskRequest,
        GetQueueRequest,
        GetTaskRequest,
        ListQueuesRequest,
        ListQueuesResponse,
        ListTasksRequest,
        ListTasksResponse,
        PauseQueueRequest,
        PurgeQueueRequest,
        Queue,
        ResumeQueueRequest,
        RetryConfig,
        RunTaskRequest,
        Task,
        UpdateQueueRequest,
    )
else:
    Attempt = types.Attempt.pb()
    CreateQueueRequest = types.CreateQueueRequest.pb()
    CreateTaskRequest = types.CreateTaskRequest.pb()
    DeleteQueueRequest = types.DeleteQueueRequest.pb()
    DeleteTaskRequest = types.DeleteTaskRequest.pb()
    GetQueueRequest = types.GetQueueRequest.pb()
    GetTaskRequest = types.GetTaskRequest.pb()
    ListQueuesRequest = types.ListQueuesRequest.pb()
    ListQueuesResponse = types.ListQueuesResponse.pb()
    ListTasksRequest = types.ListTasksRequest.pb()
    ListTasksResponse = types.ListTasksResponse.pb()
    PauseQueueRequest = types.PauseQueueRequest.pb()
    PurgeQueueRequest = types.PurgeQueueRequest.pb()
    Queue = types.Queue.pb()
    ResumeQueueRequest = types.ResumeQueueRequest.pb()
    RetryConfig = types.RetryConfig.pb()
    RunTaskRequest = types.RunTaskRequest.pb()
    Task = types.Task.pb()
    UpdateQueueRequest = types.UpdateQueueRequest.pb()

# Raw messages hold the plain numbers of these.
HttpMethod: Any = types.HttpMethod
QueueState: Any = types.Queue.State
View: Any = types.Task.View

__all__ = [
    "Attempt",
    "CreateQueueRequest",
    "CreateTaskRequest",
    "DeleteQueueRequest",
    "DeleteTaskRequest",
    "GetQueueRequest",
    "GetTaskRequest",
    "HttpMethod",
    "ListQueuesRequest",
    "ListQueuesResponse",
    "ListTasksRequest",
    "ListTasksResponse",
    "PauseQueueRequest",
    "PurgeQueueRequest",
    "Queue",
    "QueueState",
    "ResumeQueueRequest",
    "RetryConfig",
    "RunTaskRequest",
    "Task",
    "UpdateQueueRequest",
    "View",
]
