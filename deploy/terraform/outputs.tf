output "registry" {
  description = "Where the image is pushed to."
  value       = "${var.region}-docker.pkg.dev/${var.project_id}/${google_artifact_registry_repository.this.repository_id}/visn-whatsapp"
}

output "secrets" {
  description = "The secrets that want a version before there is an image."
  value       = sort([for each in google_secret_manager_secret.this : each.secret_id])
}

output "database_connection" {
  description = "What stands behind /cloudsql/ in the two database URLs."
  value       = "${var.project_id}:${var.region}:${google_sql_database_instance.this.name}"
}

output "callback_url" {
  description = "What Meta's App Dashboard wants as callback URL."
  value       = "https://${split(",", merge(local.variables_of["repair-serve-api"], local.environments["repair-serve-api"]).ALLOWED_HOSTS)[0]}/v1/webhooks/whatsapp/webhook"
}

output "admin_url" {
  description = "Where people log in."
  value       = "https://${split(",", merge(local.variables_of["admin"], local.environments["admin"]).ALLOWED_HOSTS)[0]}/admin/"
}

output "addresses" {
  description = "By domain, the address that its A record names."
  value       = { for name, domain in var.domains : domain => google_compute_global_address.this[name].address }
}

output "alerts" {
  description = "What somebody is told of."
  value       = sort([for each in google_monitoring_alert_policy.this : each.display_name])
  precondition {
    condition     = length(local.unnamed) == 0
    error_message = "Nothing in deploy/*.yaml has a name like this, so a filter would match nothing: ${join(", ", local.unnamed)}."
  }
}
