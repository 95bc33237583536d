# A job of Cloud Run from its definition.

locals {
  template  = var.definition.spec.template
  pod       = local.template.spec.template.spec
  container = local.pod.containers[0]
}

resource "google_cloud_run_v2_job" "this" {
  project             = var.project_id
  location            = var.location
  name                = var.definition.metadata.name
  deletion_protection = var.deletion_protection

  template {
    task_count = local.template.spec.taskCount
    template {
      service_account = local.pod.serviceAccountName
      max_retries     = local.pod.maxRetries
      timeout         = "${local.pod.timeoutSeconds}s"
      volumes {
        name = "cloudsql"
        cloud_sql_instance {
          instances = [local.template.metadata.annotations["run.googleapis.com/cloudsql-instances"]]
        }
      }
      containers {
        image   = var.image
        command = local.container.command
        args    = var.arguments
        resources {
          limits = local.container.resources.limits
        }
        volume_mounts {
          name       = "cloudsql"
          mount_path = "/cloudsql"
        }
        dynamic "env" {
          for_each = local.container.env
          content {
            name  = env.value.name
            value = try(var.environment[env.value.name], env.value.value, null)
            dynamic "value_source" {
              for_each = try([env.value.valueFrom.secretKeyRef], [])
              content {
                secret_key_ref {
                  secret  = value_source.value.name
                  version = try(var.secret_versions[env.value.name], var.secret_versions[value_source.value.name], value_source.value.key)
                }
              }
            }
          }
        }
      }
    }
  }
}
