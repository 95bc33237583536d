locals {
  accounts = {
    repair-serve-api      = "Takes Meta's webhooks"
    repair-serve-callable = "Takes forwarded events"
    queue-services        = "Takes tasks, and runs the jobs"
    event-log             = "The admin"
    cloud-tasks           = "Cloud Tasks calls queue-services as it; it may do nothing"
    scheduler             = "Cloud Scheduler starts jobs and chores as it"
  }
  # Whoever enqueues also says that Cloud Tasks shall call as cloud-tasks@.
  enqueuers = toset(["repair-serve-callable", "queue-services", "event-log"])
  # Firestore knows roles of a project alone: a condition keeps them to our databases.
  firestore_roles = {
    for pair in setproduct(["queue-services", "event-log"], local.firestore_databases) :
    "${pair[0]} ${pair[1]}" => {
      account  = pair[0]
      database = pair[1]
      role     = pair[0] == "queue-services" ? "roles/datastore.user" : "roles/datastore.viewer"
    }
  }
}

resource "google_service_account" "this" {
  for_each     = local.accounts
  project      = var.project_id
  account_id   = each.key
  display_name = each.value
  depends_on   = [google_project_service.this]
}

resource "google_project_iam_member" "database" {
  for_each = toset(values(local.accounts_of))
  project  = var.project_id
  role     = "roles/cloudsql.client"
  member   = google_service_account.this[each.key].member
}

resource "google_project_iam_member" "firestore" {
  for_each = local.firestore_roles
  project  = var.project_id
  role     = each.value.role
  member   = google_service_account.this[each.value.account].member
  condition {
    title      = "database ${each.value.database}"
    expression = "resource.name==\"projects/${var.project_id}/databases/${each.value.database}\""
  }
}

resource "google_service_account_iam_member" "act_as_cloud_tasks" {
  for_each           = local.enqueuers
  service_account_id = google_service_account.this["cloud-tasks"].name
  role               = "roles/iam.serviceAccountUser"
  member             = google_service_account.this[each.key].member
}
