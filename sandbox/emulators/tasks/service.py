"""The methods of google.cloud.tasks.v2.CloudTasks that our clients call."""

import time
from collections.abc import Mapping
from typing import Any

import grpc
from google.protobuf.empty_pb2 import Empty

from sandbox.emulators.rpc import Api, Limits, Method, Refused, invalid
from sandbox.emulators.tasks.dispatch import SERVICE, Dispatcher
from sandbox.emulators.tasks.messages import (
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
    QueueState,
    ResumeQueueRequest,
    RunTaskRequest,
    Task,
    UpdateQueueRequest,
    View,
)
from sandbox.emulators.tasks.queue import QueuedTask, TaskQueue, fill_defaults
from sandbox.emulators.tasks.requests import Intake, check_queue

LARGEST_REQUEST_BYTES = 4 * 1024 * 1024
FURTHEST_DEADLINE_SECONDS = 30.0  # of a call: Cloud Tasks refuses callers that would wait longer
LARGEST_PAGE = 1000
CHANGEABLE = ("rate_limits", "retry_config")

NO_QUEUE = (
    "Queue does not exist. If you just created the queue, wait at least a minute for the queue "
    "to initialize."
)
NAME_TAKEN = (
    "The task cannot be created because a task with this name existed too recently. For more "
    "information about task de-duplication see https://cloud.google.com/tasks/docs/reference/rest/"
    "v2/projects.locations.queues.tasks/create#body.request_body.FIELDS.task."
)


class TasksService:
    """All queues of all projects."""

    def __init__(self, *, dispatcher: Dispatcher, intake: Intake) -> None:
        self._dispatcher = dispatcher
        self._intake = intake
        self._deleted: set[str] = set()  # names of queues; Google keeps them taken for days

    def api(self) -> Api:
        """Returns the methods by their names."""
        methods: Mapping[str, Method] = {
            "CreateQueue": Method(request=CreateQueueRequest, handle=self.create_queue),
            "CreateTask": Method(request=CreateTaskRequest, handle=self.create_task),
            "DeleteQueue": Method(request=DeleteQueueRequest, handle=self.delete_queue),
            "DeleteTask": Method(request=DeleteTaskRequest, handle=self.delete_task),
            "GetQueue": Method(request=GetQueueRequest, handle=self.get_queue),
            "GetTask": Method(request=GetTaskRequest, handle=self.get_task),
            "ListQueues": Method(request=ListQueuesRequest, handle=self.list_queues),
            "ListTasks": Method(request=ListTasksRequest, handle=self.list_tasks),
            "PauseQueue": Method(request=PauseQueueRequest, handle=self.pause_queue),
            "PurgeQueue": Method(request=PurgeQueueRequest, handle=self.purge_queue),
            "ResumeQueue": Method(request=ResumeQueueRequest, handle=self.resume_queue),
            "RunTask": Method(request=RunTaskRequest, handle=self.run_task),
            "UpdateQueue": Method(request=UpdateQueueRequest, handle=self.update_queue),
        }
        return Api(
            name="google.cloud.tasks.v2.CloudTasks",
            service=SERVICE,
            methods=methods,
            limits=Limits(
                request_bytes=LARGEST_REQUEST_BYTES, deadline_seconds=FURTHEST_DEADLINE_SECONDS
            ),
        )

    def create_queue(self, request: CreateQueueRequest) -> Queue:
        """Makes a queue."""
        check_queue(request.queue)
        name = request.queue.name
        if name.rpartition("/queues/")[0] != request.parent:
            raise invalid("The queue name from request must be in the parent of the request.")
        with self._dispatcher.queues() as queues:
            if name in queues:
                raise Refused(grpc.StatusCode.ALREADY_EXISTS, "Queue already exists")
            self._check_not_deleted(name)
            config = Queue(name=name)
            _change(config, request.queue)
            queues[name] = TaskQueue(config, now=time.time())
            return _copy(config)

    def update_queue(self, request: UpdateQueueRequest) -> Queue:
        """Changes limits and retries, of the masked fields or all; makes the queue if need be."""
        check_queue(request.queue)
        name = request.queue.name
        with self._dispatcher.queues() as queues:
            self._check_not_deleted(name)
            if name not in queues:
                queues[name] = TaskQueue(Queue(name=name), now=time.time())
            config = queues[name].config
            if request.update_mask.paths:
                request.update_mask.MergeMessage(request.queue, config)
            else:
                _change(config, request.queue)
            fill_defaults(config)
            return _copy(config)

    def get_queue(self, request: GetQueueRequest) -> Queue:
        """Returns a queue."""
        with self._dispatcher.queues() as queues:
            return _copy(_queue(queues, request.name).config)

    def list_queues(self, request: ListQueuesRequest) -> ListQueuesResponse:
        """Returns the queues of one location, on one page."""
        prefix = f"{request.parent}/queues/"
        with self._dispatcher.queues() as queues:
            names = sorted(name for name in queues if name.startswith(prefix))
            return ListQueuesResponse(queues=[queues[name].config for name in names])

    def delete_queue(self, request: DeleteQueueRequest) -> Empty:
        """Removes a queue with its tasks."""
        with self._dispatcher.queues() as queues:
            queue = _queue(queues, request.name)
            queue.purge(now=time.time())
            del queues[request.name]
            self._deleted.add(request.name)
        return Empty()

    def pause_queue(self, request: PauseQueueRequest) -> Queue:
        """Stops the dispatching of a queue."""
        return self._set_state(request.name, QueueState.PAUSED)

    def resume_queue(self, request: ResumeQueueRequest) -> Queue:
        """Lets the dispatching go on."""
        return self._set_state(request.name, QueueState.RUNNING)

    def purge_queue(self, request: PurgeQueueRequest) -> Queue:
        """Removes all tasks of a queue."""
        with self._dispatcher.queues() as queues:
            queue = _queue(queues, request.name)
            queue.purge(now=time.time())
            return _copy(queue.config)

    def create_task(self, request: CreateTaskRequest) -> Task:
        """Puts a task into a queue."""
        now = time.time()
        queued = self._intake.accept(request.task, queue_name=request.parent, now=now)
        with self._dispatcher.queues() as queues:
            self._check_not_deleted(request.parent)
            if request.parent not in queues:
                raise Refused(grpc.StatusCode.FAILED_PRECONDITION, "Queue does not exist.")
            queue = queues[request.parent]
            if queued.name in queue.tasks:
                raise Refused(grpc.StatusCode.ALREADY_EXISTS, "Requested entity already exists")
            if queued.named and queue.existed_recently(queued.name, now=now):
                raise Refused(grpc.StatusCode.ALREADY_EXISTS, NAME_TAKEN)
            queue.add(queued)
            return _shown(queued, request.response_view)

    def get_task(self, request: GetTaskRequest) -> Task:
        """Returns a task."""
        with self._dispatcher.queues() as queues:
            _, queued = _task(queues, request.name)
            return _shown(queued, request.response_view)

    def list_tasks(self, request: ListTasksRequest) -> ListTasksResponse:
        """Returns one page of the tasks of a queue, in the order of their names."""
        with self._dispatcher.queues() as queues:
            tasks = _queue(queues, request.parent).tasks
            names = [name for name in sorted(tasks) if name > request.page_token]
            size = min(request.page_size or LARGEST_PAGE, LARGEST_PAGE)
            page = [_shown(tasks[name], request.response_view) for name in names[:size]]
            token = names[size - 1] if len(names) > size else ""
            return ListTasksResponse(tasks=page, next_page_token=token)

    def delete_task(self, request: DeleteTaskRequest) -> Empty:
        """Removes a task; an attempt under way goes on."""
        with self._dispatcher.queues() as queues:
            queue, queued = _task(queues, request.name)
            queue.end(queued, now=time.time())
        return Empty()

    def run_task(self, request: RunTaskRequest) -> Task:
        """Attempts a task at once, even in a paused queue."""
        with self._dispatcher.queues() as queues:
            queue, queued = _task(queues, request.name)
            queue.reschedule(queued, due=time.time())
            self._dispatcher.run_now(queue, queued)
            return _shown(queued, request.response_view)

    def _set_state(self, name: str, state: Any) -> Queue:
        with self._dispatcher.queues() as queues:
            queue = _queue(queues, name)
            queue.config.state = state
            return _copy(queue.config)

    def _check_not_deleted(self, name: str) -> None:
        if name in self._deleted:
            raise Refused(
                grpc.StatusCode.FAILED_PRECONDITION,
                "The queue no longer exists, though a queue with this name existed recently.",
            )


def _queue(queues: Mapping[str, TaskQueue], name: str) -> TaskQueue:
    if name not in queues:
        raise Refused(grpc.StatusCode.NOT_FOUND, NO_QUEUE)
    return queues[name]


def _task(queues: Mapping[str, TaskQueue], name: str) -> tuple[TaskQueue, QueuedTask]:
    queue = _queue(queues, name.rpartition("/tasks/")[0])
    if name not in queue.tasks:
        raise Refused(grpc.StatusCode.NOT_FOUND, "Requested entity was not found.")
    return queue, queue.tasks[name]


def _change(config: Queue, wanted: Queue) -> None:
    for section in CHANGEABLE:
        config.ClearField(section)
        getattr(config, section).CopyFrom(getattr(wanted, section))


def _copy(config: Queue) -> Queue:
    copy = Queue()
    copy.CopyFrom(config)
    return copy


def _shown(queued: QueuedTask, view: int) -> Task:
    """Returns the task as it is shown: without its body, unless asked for."""
    shown = Task()
    shown.CopyFrom(queued.task)
    shown.view = View.FULL if view == View.FULL else View.BASIC
    if shown.view == View.BASIC:
        shown.http_request.ClearField("body")
    return shown
