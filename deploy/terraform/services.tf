# A release reaches the services in the direction of the events' end: what the new code sends, no
# old code is sent.

locals {
  deployed = var.image != null
}

module "queue_services" {
  source              = "./service"
  count               = local.deployed ? 1 : 0
  project_id          = var.project_id
  location            = var.region
  deletion_protection = var.deletion_protection
  definition          = local.definitions["queue-services"]
  environment         = local.environments["queue-services"]
  image               = var.image
  secret_versions     = var.secret_versions
  instances           = try(var.instances["queue-services"], {})
  depends_on = [
    google_cloud_tasks_queue.this, google_firestore_field.this, google_project_iam_member.database,
    google_project_iam_member.firestore, google_secret_manager_secret_iam_member.reader, google_sql_database.this,
  ]
}

module "repair_serve_callable" {
  source              = "./service"
  count               = local.deployed ? 1 : 0
  project_id          = var.project_id
  location            = var.region
  deletion_protection = var.deletion_protection
  definition          = local.definitions["repair-serve-callable"]
  environment         = local.environments["repair-serve-callable"]
  image               = var.image
  secret_versions     = var.secret_versions
  instances           = try(var.instances["repair-serve-callable"], {})
  depends_on = [
    module.queue_services, google_cloud_tasks_queue_iam_member.this, google_service_account_iam_member.act_as_cloud_tasks,
  ]
}

module "repair_serve_api" {
  source              = "./service"
  count               = local.deployed ? 1 : 0
  project_id          = var.project_id
  location            = var.region
  deletion_protection = var.deletion_protection
  definition          = local.definitions["repair-serve-api"]
  environment         = local.environments["repair-serve-api"]
  image               = var.image
  secret_versions     = var.secret_versions
  instances           = try(var.instances["repair-serve-api"], {})
  fronted             = contains(keys(var.domains), "repair-serve-api")
  depends_on          = [module.repair_serve_callable]
}

module "admin" {
  source              = "./service"
  count               = local.deployed ? 1 : 0
  project_id          = var.project_id
  location            = var.region
  deletion_protection = var.deletion_protection
  definition          = local.definitions["admin"]
  environment         = local.environments["admin"]
  image               = var.image
  secret_versions     = var.secret_versions
  instances           = try(var.instances["admin"], {})
  fronted             = contains(keys(var.domains), "admin")
  depends_on          = [module.repair_serve_api]
}
