resource "google_cloud_tasks_queue" "this" {
  project  = var.project_id
  location = var.region
  name     = local.handler.TASKS_QUEUE
  rate_limits {
    max_dispatches_per_second = 500
    max_concurrent_dispatches = local.at_once # as many as the threads of all instances of queue-services
  }
  retry_config {
    max_attempts  = 12
    min_backoff   = "1s"
    max_backoff   = "300s"
    max_doublings = 8
  }
  # Somebody who has paused it wants it paused: nothing here says that it runs.
  lifecycle {
    ignore_changes = [desired_state]
  }
  depends_on = [google_project_service.this]
}

locals {
  handler_instances = coalesce(
    try(var.instances["queue-services"].max, null),
    tonumber(local.definitions["queue-services"].spec.template.metadata.annotations["autoscaling.knative.dev/maxScale"]),
  )
  at_once = local.handler_instances * local.pods["queue-services"].containerConcurrency
  # The doctor also looks at the queue, and takes back the task that it sent through.
  queue_roles = merge(
    { for account in local.enqueuers : "${account} cloudtasks.enqueuer" => { account = account, role = "cloudtasks.enqueuer" } },
    { for role in ["cloudtasks.viewer", "cloudtasks.taskDeleter"] : "queue-services ${role}" => { account = "queue-services", role = role } },
  )
}

resource "google_cloud_tasks_queue_iam_member" "this" {
  for_each = local.queue_roles
  project  = var.project_id
  location = var.region
  name     = google_cloud_tasks_queue.this.name
  role     = "roles/${each.value.role}"
  member   = google_service_account.this[each.value.account].member
}
