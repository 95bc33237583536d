variable "project_id" {
  description = "The project's id."
  type        = string
}

variable "location" {
  description = "The region."
  type        = string
}

variable "definition" {
  description = "A service of Cloud Run as in deploy/*.yaml, filled in."
  type        = any
}

variable "image" {
  description = "What it runs, by its digest."
  type        = string
}

variable "environment" {
  description = "Values of variables in place of the definition's."
  type        = map(string)
}

variable "secret_versions" {
  description = "Versions in place of the definition's, by secret or by variable."
  type        = map(string)
}

variable "instances" {
  description = "Fewest and most instances in place of the definition's."
  type        = object({ min = optional(number), max = optional(number) })
}

variable "fronted" {
  description = "Whether a load balancer stands before it, and requests come through that alone."
  type        = bool
  default     = false
}

variable "deletion_protection" {
  description = "Whether Terraform refuses to remove it."
  type        = bool
}
