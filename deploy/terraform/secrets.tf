# Values are added by people, with `gcloud secrets versions add`: none is ever in Terraform's state.

locals {
  secrets = toset(flatten(values(local.secrets_of)))
  # Whoever is given a secret may read it, and nobody else.
  readers = merge([
    for name, secrets in local.secrets_of : {
      for secret in secrets : "${local.accounts_of[name]} ${secret}" => { account = local.accounts_of[name], secret = secret }
    }
  ]...)
}

resource "google_secret_manager_secret" "this" {
  for_each            = local.secrets
  project             = var.project_id
  secret_id           = each.key
  deletion_protection = var.deletion_protection
  replication {
    auto {}
  }
  depends_on = [google_project_service.this]
}

resource "google_secret_manager_secret_iam_member" "reader" {
  for_each  = local.readers
  project   = var.project_id
  secret_id = google_secret_manager_secret.this[each.value.secret].secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.this[each.value.account].member
}
