locals {
  interfaces = toset(concat(
    [
      "artifactregistry", "cloudresourcemanager", "cloudscheduler", "cloudtasks", "firestore",
      "iam", "logging", "monitoring", "run", "secretmanager", "sqladmin",
    ],
    length(var.domains) > 0 ? ["compute"] : [],
    var.meta_client_ca != null ? ["certificatemanager", "networksecurity"] : [],
    length(var.admin_members) > 0 ? ["iap"] : [],
  ))
}

# Others of the project may use them too, so they stay on when this goes.
resource "google_project_service" "this" {
  for_each           = local.interfaces
  project            = var.project_id
  service            = "${each.key}.googleapis.com"
  disable_on_destroy = false
}
