resource "google_artifact_registry_repository" "this" {
  # checkov:skip=CKV_GCP_84:Google's own keys encrypt it: the image holds no secret and no personal data
  project       = var.project_id
  location      = var.region
  repository_id = "visn"
  format        = "DOCKER"
  description   = "The image of every service"
  depends_on    = [google_project_service.this]
}
