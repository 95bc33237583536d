# A project of one's own: copy this folder, and write your names and the place of the module into it.

terraform {
  required_version = ">= 1.9, < 2.0"
  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "8.7.0"
    }
  }
  # What Terraform knows belongs into a bucket with versions, not onto somebody's disk:
  # backend "gcs" { bucket = "visn-example-terraform" }
}

provider "google" {
  project = "visn-example"
  region  = "europe-west1"
}

variable "image" {
  description = "What runs, by its digest. None before the first release."
  type        = string
  default     = null
}

variable "next_image" {
  description = "What migrate and manage run while a release is under way."
  type        = string
  default     = null
}

module "visn_whatsapp" {
  source     = "../"
  project_id = "visn-example"
  region     = "europe-west1"
  image      = var.image
  next_image = var.next_image

  domains = {
    repair-serve-api = "hooks.visn.example"
    admin            = "events.visn.example"
  }
  requests_per_minute = { admin = 600 }
  admin_members       = ["group:support@visn.example"]
  alert_emails        = ["oncall@visn.example"]
  admin_groups        = { "ann@visn.example" = "On-call", "@visn.example" = "Support" }
}

output "registry" {
  description = "Where the image is pushed to."
  value       = module.visn_whatsapp.registry
}

output "rest" {
  description = "Addresses, and what Meta and people are told."
  value       = module.visn_whatsapp
}
