# A load balancer for each service with a domain: an address, a certificate and a proxy of its own,
# so that what Meta has to show does not bind the people who use the admin.

locals {
  webhook = "repair-serve-api"
  mutual  = var.meta_client_ca != null
}

resource "google_compute_global_address" "this" {
  for_each   = var.domains
  project    = var.project_id
  name       = "visn-${each.key}"
  depends_on = [google_project_service.this]
}

resource "google_compute_region_network_endpoint_group" "this" {
  for_each              = var.domains
  project               = var.project_id
  region                = var.region
  name                  = "visn-${each.key}"
  network_endpoint_type = "SERVERLESS"
  cloud_run {
    service = each.key
  }
  depends_on = [google_project_service.this]
}

resource "google_compute_security_policy" "this" {
  # checkov:skip=CKV_GCP_73:There is no Java here
  for_each    = var.requests_per_minute
  project     = var.project_id
  name        = "visn-${each.key}"
  description = "So many requests of one address a minute"
  rule {
    priority    = 1000
    description = "Too many are answered with 429"
    action      = "throttle"
    match {
      versioned_expr = "SRC_IPS_V1"
      config {
        src_ip_ranges = ["*"]
      }
    }
    rate_limit_options {
      conform_action = "allow"
      exceed_action  = "deny(429)"
      enforce_on_key = "IP"
      rate_limit_threshold {
        count        = each.value
        interval_sec = 60
      }
    }
  }
  rule {
    priority    = 2147483647
    description = "Everybody else"
    action      = "allow"
    match {
      versioned_expr = "SRC_IPS_V1"
      config {
        src_ip_ranges = ["*"]
      }
    }
  }
  depends_on = [google_project_service.this]
}

resource "google_compute_backend_service" "this" {
  for_each              = var.domains
  project               = var.project_id
  name                  = "visn-${each.key}"
  protocol              = "HTTPS"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  security_policy       = one([for name, policy in google_compute_security_policy.this : policy.id if name == each.key])
  backend {
    group = google_compute_region_network_endpoint_group.this[each.key].id
  }
  dynamic "iap" {
    for_each = each.key == "admin" && length(var.admin_members) > 0 ? [true] : []
    content {
      enabled = true
    }
  }
  log_config {
    enable = false # it would write query strings, and Meta's handshake has the verify token in its own
  }
}

resource "google_iap_web_backend_service_iam_member" "admin" {
  for_each            = var.admin_members
  project             = var.project_id
  web_backend_service = google_compute_backend_service.this["admin"].name
  role                = "roles/iap.httpsResourceAccessor"
  member              = each.key
}

resource "google_compute_url_map" "this" {
  for_each        = var.domains
  project         = var.project_id
  name            = "visn-${each.key}"
  default_service = google_compute_backend_service.this[each.key].id
}

resource "google_compute_managed_ssl_certificate" "this" {
  for_each = var.domains
  project  = var.project_id
  name     = "visn-${each.key}-${substr(sha256(each.value), 0, 8)}" # another domain is another certificate
  managed {
    domains = [each.value]
  }
  lifecycle {
    create_before_destroy = true
  }
  depends_on = [google_project_service.this]
}

resource "google_compute_ssl_policy" "this" {
  count           = length(var.domains) > 0 ? 1 : 0
  project         = var.project_id
  name            = "visn"
  profile         = "MODERN"
  min_tls_version = "TLS_1_2"
  depends_on      = [google_project_service.this]
}

resource "google_certificate_manager_trust_config" "meta" {
  count       = local.mutual ? 1 : 0
  project     = var.project_id
  location    = "global"
  name        = "visn-meta"
  description = "Who signs Meta's client certificates"
  trust_stores {
    trust_anchors {
      pem_certificate = var.meta_client_ca
    }
  }
  depends_on = [google_project_service.this]
}

resource "google_network_security_server_tls_policy" "meta" {
  count       = local.mutual ? 1 : 0
  project     = var.project_id
  location    = "global"
  name        = "visn-meta"
  description = "Only Meta's client certificates"
  allow_open  = false
  mtls_policy {
    client_validation_mode         = "REJECT_INVALID"
    client_validation_trust_config = "projects/${data.google_project.this.number}/locations/global/trustConfigs/${one(google_certificate_manager_trust_config.meta).name}"
  }
}

resource "google_compute_target_https_proxy" "this" {
  for_each          = var.domains
  project           = var.project_id
  name              = "visn-${each.key}"
  url_map           = google_compute_url_map.this[each.key].id
  ssl_certificates  = [google_compute_managed_ssl_certificate.this[each.key].id]
  ssl_policy        = one(google_compute_ssl_policy.this).id
  server_tls_policy = each.key == local.webhook ? one(google_network_security_server_tls_policy.meta[*].id) : null
}

# Port 443 alone: who calls without TLS is not answered.
resource "google_compute_global_forwarding_rule" "this" {
  for_each              = var.domains
  project               = var.project_id
  name                  = "visn-${each.key}"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  ip_address            = google_compute_global_address.this[each.key].id
  port_range            = "443"
  target                = google_compute_target_https_proxy.this[each.key].id
}
