# A service of Cloud Run from its definition.

locals {
  pod       = var.definition.spec.template.spec
  container = local.pod.containers[0]
  service   = var.definition.metadata.annotations
  revision  = var.definition.spec.template.metadata.annotations
  ingress = {
    all                               = "INGRESS_TRAFFIC_ALL"
    internal                          = "INGRESS_TRAFFIC_INTERNAL_ONLY"
    internal-and-cloud-load-balancing = "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER"
  }
}

resource "google_cloud_run_v2_service" "this" {
  project              = var.project_id
  location             = var.location
  name                 = var.definition.metadata.name
  ingress              = local.ingress[var.fronted ? "internal-and-cloud-load-balancing" : local.service["run.googleapis.com/ingress"]]
  invoker_iam_disabled = tobool(local.service["run.googleapis.com/invoker-iam-disabled"])
  deletion_protection  = var.deletion_protection

  template {
    service_account                  = local.pod.serviceAccountName
    timeout                          = "${local.pod.timeoutSeconds}s"
    max_instance_request_concurrency = local.pod.containerConcurrency
    scaling {
      min_instance_count = coalesce(var.instances.min, tonumber(local.revision["autoscaling.knative.dev/minScale"]))
      max_instance_count = coalesce(var.instances.max, tonumber(local.revision["autoscaling.knative.dev/maxScale"]))
    }
    volumes {
      name = "cloudsql"
      cloud_sql_instance {
        instances = [local.revision["run.googleapis.com/cloudsql-instances"]]
      }
    }
    containers {
      image   = var.image
      command = try(local.container.command, null)
      args    = try(local.container.args, null)
      ports {
        container_port = local.container.ports[0].containerPort
      }
      resources {
        limits   = local.container.resources.limits
        cpu_idle = true # Cloud Run's own default, unless limits are named here
      }
      startup_probe {
        period_seconds    = local.container.startupProbe.periodSeconds
        timeout_seconds   = local.container.startupProbe.timeoutSeconds
        failure_threshold = local.container.startupProbe.failureThreshold
        http_get {
          path = local.container.startupProbe.httpGet.path
        }
      }
      liveness_probe {
        period_seconds  = local.container.livenessProbe.periodSeconds
        timeout_seconds = local.container.livenessProbe.timeoutSeconds
        http_get {
          path = local.container.livenessProbe.httpGet.path
        }
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
