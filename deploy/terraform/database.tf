resource "google_sql_database_instance" "this" {
  # What a check of settings would have otherwise:
  # checkov:skip=CKV_GCP_60:Cloud Run's connector reaches a public address through Google's network; no network is let in, and connectors alone are
  # checkov:skip=CKV_GCP_79:The version is the caller's; the default is the one that the tests run on
  # checkov:skip=CKV_GCP_108:Host names of connectors tell nothing, and a look-up costs each connection time
  # checkov:skip=CKV_GCP_109:Level warning is PostgreSQL's own; error would hide what it warns of
  # checkov:skip=CKV_GCP_110:An audit log of statements would hold numbers, names and texts
  # checkov:skip=CKV_GCP_111:Logged statements hold numbers, names and texts
  # checkov:skip=CKV2_GCP_13:Durations are logged with the statements that they are of
  project             = var.project_id
  region              = var.region
  name                = var.database_instance
  database_version    = var.database_version
  deletion_protection = var.deletion_protection
  settings {
    tier                        = var.database_tier
    edition                     = "ENTERPRISE"
    availability_type           = var.database_highly_available ? "REGIONAL" : "ZONAL"
    connector_enforcement       = "REQUIRED" # nobody connects but who may by IAM
    deletion_protection_enabled = var.deletion_protection
    retain_backups_on_delete    = true
    disk_autoresize             = true
    ip_configuration {
      # Cloud Run's connector reaches this address through Google's own network. No network is let in.
      ipv4_enabled = true
      ssl_mode     = "TRUSTED_CLIENT_CERTIFICATE_REQUIRED" # connectors have one of their own
    }
    backup_configuration {
      enabled                        = true
      start_time                     = "01:00" # before retention deletes
      point_in_time_recovery_enabled = true
      transaction_log_retention_days = 7
      backup_retention_settings {
        retained_backups = var.backup_days
        retention_unit   = "COUNT"
      }
    }
    final_backup_config {
      enabled        = true
      retention_days = var.backup_days
    }
    database_flags {
      name  = "max_connections"
      value = tostring(var.database_max_connections)
    }
    database_flags { # a row that was refused is not quoted
      name  = "log_error_verbosity"
      value = "terse"
    }
    database_flags {
      name  = "log_checkpoints"
      value = "on"
    }
    database_flags {
      name  = "log_connections"
      value = "on"
    }
    database_flags {
      name  = "log_disconnections"
      value = "on"
    }
    database_flags {
      name  = "log_lock_waits"
      value = "on"
    }
  }
  depends_on = [google_project_service.this]
}

# Its users are made by people: what Terraform makes, its state knows the password of.
resource "google_sql_database" "this" {
  project         = var.project_id
  instance        = google_sql_database_instance.this.name
  name            = "visn"
  deletion_policy = "ABANDON"
}
