# What stands in deploy/monitoring/, filled in. The shell's way of docs/deployment.md makes the same
# files, so what is watched, and how, is written once.

locals {
  # Files name services, jobs, hosts and the queue by what deploy/*.yaml calls them.
  named = merge(
    local.values,
    { "<QUEUE>" = local.handler.TASKS_QUEUE },
    { for name, each in local.definitions : "<${name}>" => each.metadata.name },
    { for name, given in local.variables_of : "<${name}/host>" => split(",", merge(given, local.environments[name]).ALLOWED_HOSTS)[0] },
    { for later in ["<CHANNEL>", "<EMAIL>"] : later => later },
  )
  watching = { for file in fileset("${local.folder}/monitoring", "**/*.json") : trimsuffix(file, ".json") => file("${local.folder}/monitoring/${file}") }
  watched = {
    for name, text in local.watching :
    name => jsondecode(join("", [for piece in regexall("<[^>]*>|[^<]+", text) : lookup(local.named, piece, piece)]))
  }
  unnamed = flatten([
    for name, text in local.watching : [
      for found in setsubtract(regexall("<[^>]*>", text), keys(local.named)) : "${found} in ${name}.json"
    ]
  ])
  # Google's checks have no certificate of Meta's authority, and pass no identity-aware proxy.
  unseen  = concat(local.mutual ? [local.webhook] : [], length(var.admin_members) > 0 ? ["admin"] : [])
  metrics = { for name, each in local.watched : trimprefix(name, "metrics/") => each if startswith(name, "metrics/") && var.monitoring }
  # Of what runs, once it runs.
  uptimes = { for name, each in local.watched : trimprefix(name, "uptime/") => each if startswith(name, "uptime/") && var.monitoring && local.deployed && !contains(local.unseen, trimprefix(name, "uptime/")) }
  alerts = {
    for name, each in local.watched : trimprefix(name, "alerts/") => each
    if startswith(name, "alerts/") && var.monitoring && local.deployed && !anytrue([for host in local.unseen : strcontains(local.watching[name], "<${host}/host>")])
  }
  objective = toset(var.monitoring && local.deployed ? ["documents-in-time"] : [])
  channels  = concat([for each in google_monitoring_notification_channel.this : each.name], tolist(var.notification_channels))
}

resource "google_monitoring_notification_channel" "this" {
  for_each     = var.monitoring ? var.alert_emails : []
  project      = var.project_id
  type         = local.watched.channel.type
  display_name = local.watched.channel.displayName
  labels       = { for name, value in local.watched.channel.labels : name => value == "<EMAIL>" ? each.key : value }
  user_labels  = local.watched.channel.userLabels
  lifecycle {
    create_before_destroy = true # Google removes none that an alert still names
  }
  depends_on = [google_project_service.this]
}

resource "google_logging_metric" "this" {
  for_each         = local.metrics
  project          = var.project_id
  name             = each.value.name
  description      = each.value.description
  filter           = each.value.filter
  value_extractor  = try(each.value.valueExtractor, null)
  label_extractors = try(each.value.labelExtractors, null)
  metric_descriptor {
    metric_kind = each.value.metricDescriptor.metricKind
    value_type  = each.value.metricDescriptor.valueType
    unit        = each.value.metricDescriptor.unit
    dynamic "labels" {
      for_each = try(each.value.metricDescriptor.labels, [])
      content {
        key        = labels.value.key
        value_type = labels.value.valueType
      }
    }
  }
  dynamic "bucket_options" {
    for_each = try([each.value.bucketOptions], [])
    content {
      explicit_buckets {
        bounds = bucket_options.value.explicitBuckets.bounds
      }
    }
  }
  depends_on = [google_project_service.this]
}

resource "google_monitoring_uptime_check_config" "this" {
  for_each     = local.uptimes
  project      = var.project_id
  display_name = each.value.displayName
  period       = each.value.period
  timeout      = each.value.timeout
  user_labels  = each.value.userLabels
  monitored_resource {
    type   = each.value.monitoredResource.type
    labels = each.value.monitoredResource.labels
  }
  http_check {
    request_method = each.value.httpCheck.requestMethod
    path           = each.value.httpCheck.path
    port           = each.value.httpCheck.port
    use_ssl        = each.value.httpCheck.useSsl
    validate_ssl   = each.value.httpCheck.validateSsl
  }
  depends_on = [module.admin]
}

resource "google_monitoring_custom_service" "this" {
  for_each     = local.objective
  project      = var.project_id
  service_id   = "visn-whatsapp"
  display_name = local.watched.service.displayName
  depends_on   = [google_project_service.this]
}

resource "google_monitoring_slo" "this" {
  for_each            = local.objective
  project             = var.project_id
  service             = google_monitoring_custom_service.this[each.key].service_id
  slo_id              = each.key
  display_name        = local.watched.slo.displayName
  goal                = local.watched.slo.goal
  rolling_period_days = tonumber(trimsuffix(local.watched.slo.rollingPeriod, "s")) / 86400
  request_based_sli {
    distribution_cut {
      distribution_filter = local.watched.slo.serviceLevelIndicator.requestBased.distributionCut.distributionFilter
      range {
        min = local.watched.slo.serviceLevelIndicator.requestBased.distributionCut.range.min
        max = local.watched.slo.serviceLevelIndicator.requestBased.distributionCut.range.max
      }
    }
  }
  depends_on = [google_logging_metric.this]
}

resource "google_monitoring_alert_policy" "this" {
  for_each              = local.alerts
  project               = var.project_id
  display_name          = each.value.displayName
  severity              = each.value.severity
  user_labels           = each.value.userLabels
  combiner              = each.value.combiner
  notification_channels = flatten([for channel in each.value.notificationChannels : channel == "<CHANNEL>" ? local.channels : [channel]])
  documentation {
    subject   = each.value.documentation.subject
    content   = each.value.documentation.content
    mime_type = each.value.documentation.mimeType
  }
  dynamic "conditions" {
    for_each = each.value.conditions
    content {
      display_name = conditions.value.displayName
      dynamic "condition_threshold" {
        for_each = try([conditions.value.conditionThreshold], [])
        content {
          filter          = condition_threshold.value.filter
          comparison      = condition_threshold.value.comparison
          threshold_value = condition_threshold.value.thresholdValue
          duration        = condition_threshold.value.duration
          dynamic "aggregations" {
            for_each = try(condition_threshold.value.aggregations, [])
            content {
              alignment_period     = aggregations.value.alignmentPeriod
              per_series_aligner   = aggregations.value.perSeriesAligner
              cross_series_reducer = try(aggregations.value.crossSeriesReducer, null)
              group_by_fields      = try(aggregations.value.groupByFields, null)
            }
          }
          trigger {
            count = condition_threshold.value.trigger.count
          }
        }
      }
      dynamic "condition_absent" {
        for_each = try([conditions.value.conditionAbsent], [])
        content {
          filter   = condition_absent.value.filter
          duration = condition_absent.value.duration
          dynamic "aggregations" {
            for_each = condition_absent.value.aggregations
            content {
              alignment_period     = aggregations.value.alignmentPeriod
              per_series_aligner   = aggregations.value.perSeriesAligner
              cross_series_reducer = aggregations.value.crossSeriesReducer
            }
          }
          trigger {
            count = condition_absent.value.trigger.count
          }
        }
      }
      dynamic "condition_matched_log" {
        for_each = try([conditions.value.conditionMatchedLog], [])
        content {
          filter = condition_matched_log.value.filter
        }
      }
    }
  }
  alert_strategy {
    auto_close = each.value.alertStrategy.autoClose
    dynamic "notification_rate_limit" {
      for_each = try([each.value.alertStrategy.notificationRateLimit], [])
      content {
        period = notification_rate_limit.value.period
      }
    }
  }
  lifecycle {
    precondition {
      condition     = length(each.value.notificationChannels) > 0
      error_message = "The alert ${each.key} tells nobody: its file names <CHANNEL>."
    }
    precondition {
      condition     = length(setsubtract([for found in regexall("logging\\.googleapis\\.com/user/(\\w+)", jsonencode(each.value)) : found[0]], keys(local.metrics))) == 0
      error_message = "The alert ${each.key} looks at a metric that no file of metrics/ makes."
    }
  }
  depends_on = [google_logging_metric.this, google_monitoring_slo.this, google_monitoring_uptime_check_config.this]
}

resource "google_monitoring_dashboard" "this" {
  for_each       = local.objective
  project        = var.project_id
  dashboard_json = jsonencode(local.watched.dashboard)
  depends_on     = [google_logging_metric.this, google_monitoring_slo.this]
}
