locals {
  # A release begins with these two, while the services still run what they ran.
  of_a_release  = toset(["manage", "migrate"])
  release_image = try(coalesce(var.next_image, var.image), null)
  schedules = {
    retention = "30 2 * * *"
    accounted = "10 * * * *"
    reconcile = "20 */6 * * *"
  }
  # What queue-services does every minute when it is asked to.
  chores = toset(["sweeper", "catch-up"])
}

module "release_job" {
  source              = "./job"
  for_each            = { for name, each in local.jobs : name => each if local.release_image != null && contains(local.of_a_release, name) }
  project_id          = var.project_id
  location            = var.region
  deletion_protection = var.deletion_protection
  definition          = each.value
  environment         = local.environments[each.key]
  arguments           = local.arguments[each.key]
  image               = local.release_image
  secret_versions     = var.secret_versions
  depends_on = [
    google_cloud_tasks_queue_iam_member.this, google_firestore_field.this, google_project_iam_member.database,
    google_project_iam_member.firestore, google_secret_manager_secret_iam_member.reader,
    google_service_account_iam_member.act_as_cloud_tasks, google_sql_database.this,
  ]
}

module "job" {
  source              = "./job"
  for_each            = { for name, each in local.jobs : name => each if local.deployed && !contains(local.of_a_release, name) }
  project_id          = var.project_id
  location            = var.region
  deletion_protection = var.deletion_protection
  definition          = each.value
  environment         = local.environments[each.key]
  arguments           = local.arguments[each.key]
  image               = var.image
  secret_versions     = var.secret_versions
  depends_on          = [module.repair_serve_api]
}

resource "google_cloud_run_v2_job_iam_member" "scheduler" {
  for_each = local.deployed ? local.schedules : {}
  project  = var.project_id
  location = var.region
  name     = module.job[each.key].name
  role     = "roles/run.invoker"
  member   = google_service_account.this["scheduler"].member
}

resource "google_cloud_scheduler_job" "this" {
  for_each  = local.deployed ? local.schedules : {}
  project   = var.project_id
  region    = var.region
  name      = each.key
  schedule  = each.value
  time_zone = "Etc/UTC"
  http_target {
    http_method = "POST"
    uri         = "https://run.googleapis.com/v2/projects/${var.project_id}/locations/${var.region}/jobs/${module.job[each.key].name}:run"
    oauth_token {
      service_account_email = google_service_account.this["scheduler"].email
    }
  }
  depends_on = [google_cloud_run_v2_job_iam_member.scheduler]
}

resource "google_cloud_scheduler_job" "chore" {
  for_each         = local.deployed ? local.chores : []
  project          = var.project_id
  region           = var.region
  name             = each.key
  schedule         = "* * * * *"
  time_zone        = "Etc/UTC"
  attempt_deadline = "180s"
  http_target {
    http_method = "POST"
    uri         = "${local.handler.CHORES_AUDIENCE}/${each.key}"
    oidc_token {
      service_account_email = google_service_account.this["scheduler"].email
      audience              = local.handler.CHORES_AUDIENCE
    }
  }
  depends_on = [module.queue_services]
}
