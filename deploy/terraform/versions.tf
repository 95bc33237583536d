terraform {
  required_version = ">= 1.9, < 2.0" # a validation may name another variable
  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 8.7"
    }
  }
}
