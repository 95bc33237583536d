variable "project_id" {
  description = "The project's id."
  type        = string
}

variable "location" {
  description = "The region."
  type        = string
}

variable "definition" {
  description = "A job of Cloud Run as in deploy/*.yaml, filled in."
  type        = any
}

variable "image" {
  description = "What it runs, by its digest."
  type        = string
}

variable "arguments" {
  description = "What stands behind its command."
  type        = list(string)
}

variable "environment" {
  description = "Values of variables in place of the definition's."
  type        = map(string)
}

variable "secret_versions" {
  description = "Versions in place of the definition's, by secret or by variable."
  type        = map(string)
}

variable "deletion_protection" {
  description = "Whether Terraform refuses to remove it."
  type        = bool
}
