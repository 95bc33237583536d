# The databases are shared. Only fields of ours are named here, a resource each, so that indexes,
# exemptions and policies of other teams are nothing that Terraform knows of.

locals {
  # The same file is for teams who deploy indexes with the Firebase tools.
  indexes = jsondecode(file("${local.folder}/firestore.indexes.json")).fieldOverrides
}

resource "google_firestore_database" "this" {
  for_each                          = var.create_firestore_databases ? local.firestore_databases : []
  project                           = var.project_id
  name                              = each.key
  location_id                       = coalesce(var.firestore_location, var.region)
  type                              = "FIRESTORE_NATIVE"
  point_in_time_recovery_enablement = "POINT_IN_TIME_RECOVERY_ENABLED"
  delete_protection_state           = "DELETE_PROTECTION_ENABLED"
  deletion_policy                   = "ABANDON"
  depends_on                        = [google_project_service.this]
}

resource "google_firestore_field" "this" {
  for_each   = { for each in local.indexes : each.fieldPath => each }
  project    = var.project_id
  database   = local.handler.FIRESTORE_DATABASE
  collection = each.value.collectionGroup
  field      = each.key
  # A field that leaves the file keeps its index: a release of before may still ask for it.
  deletion_policy = "ABANDON"
  index_config { # without indexes, the field is exempt
    dynamic "indexes" {
      for_each = each.value.indexes
      content {
        query_scope  = indexes.value.queryScope
        order        = try(indexes.value.order, null)
        array_config = try(indexes.value.arrayConfig, null)
      }
    }
  }
  depends_on = [google_firestore_database.this, google_project_service.this]
}
