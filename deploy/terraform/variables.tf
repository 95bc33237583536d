variable "project_id" {
  description = "The project's id. The project itself is made elsewhere, with billing and the Cloud Resource Manager API on."
  type        = string
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "This is no project's id, such as visn-example."
  }
}

variable "region" {
  description = "The region of everything that has one, such as europe-west1."
  type        = string
  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "This is no region, such as europe-west1."
  }
}

variable "image" {
  description = "What services and jobs run, by its digest: …-docker.pkg.dev/PROJECT/visn/visn-whatsapp@sha256:…. Null: everything else is made, and nothing runs."
  type        = string
  default     = null
  validation {
    condition     = var.image == null || can(regex("^[a-z0-9./:_-]+@sha256:[0-9a-f]{64}$", var.image))
    error_message = "An image is named by its digest, …@sha256:…: a tag may mean another one tomorrow."
  }
}

variable "next_image" {
  description = "What the jobs migrate and manage run while a release is under way, by its digest. Null: what everything else runs."
  type        = string
  default     = null
  validation {
    condition     = var.next_image == null || can(regex("^[a-z0-9./:_-]+@sha256:[0-9a-f]{64}$", var.next_image))
    error_message = "An image is named by its digest, …@sha256:…: a tag may mean another one tomorrow."
  }
}

variable "secret_versions" {
  description = "Versions of secrets other than the definitions name, by the secret's name (whatsapp-app-secret) or by the variable's that holds it (WHATSAPP_APP_SECRET_PREVIOUS), which goes first."
  type        = map(string)
  default     = {}
  validation {
    condition     = alltrue([for version in values(var.secret_versions) : can(regex("^[1-9][0-9]*$", version))])
    error_message = "A version is a number. With latest, instances would begin to differ before anybody has decided so."
  }
}

variable "instances" {
  description = "Fewest and most instances of a service other than its definition says, by the service's name."
  type        = map(object({ min = optional(number), max = optional(number) }))
  default     = {}
  validation {
    condition     = length(setsubtract(keys(var.instances), ["repair-serve-api", "repair-serve-callable", "queue-services", "admin"])) == 0
    error_message = "There are repair-serve-api, repair-serve-callable, queue-services and admin."
  }
}

variable "keep_days" {
  description = "After how many days the job retention deletes what was received, with the personal data in it. Null: as its definition says."
  type        = number
  default     = null
  validation {
    condition     = var.keep_days == null || try(var.keep_days >= 30 && floor(var.keep_days) == var.keep_days, false)
    error_message = "Whole days, from 30 on."
  }
}

variable "deletion_protection" {
  description = "Whether Terraform refuses to remove the database, the services and the jobs. It is turned off and applied before they can be removed."
  type        = bool
  default     = true
}

variable "database_instance" {
  description = "The name of the instance of Cloud SQL."
  type        = string
  default     = "ledger"
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,96}$", var.database_instance))
    error_message = "Small letters, digits and hyphens."
  }
}

variable "database_version" {
  description = "The version of PostgreSQL, from 14 on."
  type        = string
  default     = "POSTGRES_15"
  validation {
    condition     = can(regex("^POSTGRES_(1[4-9]|[2-9][0-9])$", var.database_version))
    error_message = "PostgreSQL from 14 on, such as POSTGRES_15."
  }
}

variable "database_tier" {
  description = "The machine of the database. Each of max_connections takes memory of it."
  type        = string
  default     = "db-custom-4-15360"
}

variable "database_max_connections" {
  description = "PostgreSQL's max_connections. The default takes every instance at its largest, twice while a release replaces another, and three for administrators: docs/deployment.md adds it up."
  type        = number
  default     = 1497
  validation {
    condition     = var.database_max_connections >= 14
    error_message = "Cloud SQL takes no fewer than 14."
  }
}

variable "database_highly_available" {
  description = "Whether the database has a standby in another zone."
  type        = bool
  default     = true
}

variable "backup_days" {
  description = "How many daily backups of the database are kept."
  type        = number
  default     = 30
  validation {
    condition     = var.backup_days >= 7 && var.backup_days <= 365
    error_message = "From 7 to 365."
  }
}

variable "create_firestore_databases" {
  description = "Whether this module makes both Firestore databases. They usually exist, and belong to others."
  type        = bool
  default     = false
}

variable "firestore_location" {
  description = "Where it makes them: a region, or a multi-region such as eur3. Null: in the region of everything else."
  type        = string
  default     = null
}

variable "domains" {
  description = "Domains at a load balancer for what people and Meta call, by the service's name: repair-serve-api, admin. A service with one takes requests through the load balancer alone."
  type        = map(string)
  default     = {}
  validation {
    condition     = length(setsubtract(keys(var.domains), ["repair-serve-api", "admin"])) == 0
    error_message = "Only repair-serve-api and admin have a domain: Cloud Tasks reaches queue-services at Cloud Run's own address alone."
  }
  validation {
    condition     = alltrue([for domain in values(var.domains) : can(regex("^([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z]{2,}$", domain))])
    error_message = "A domain is written as in hooks.visn.example."
  }
}

variable "requests_per_minute" {
  description = "With a domain: how many requests of one address a minute Cloud Armor lets through, by the service's name. Meta sends from few addresses: stay far above its peak."
  type        = map(number)
  default     = {}
  validation {
    condition     = length(setsubtract(keys(var.requests_per_minute), keys(var.domains))) == 0
    error_message = "Only a service with a domain has Cloud Armor before it."
  }
  validation {
    condition     = alltrue([for count in values(var.requests_per_minute) : count >= 1])
    error_message = "At least one a minute."
  }
}

variable "meta_client_ca" {
  description = "For mutual TLS with Meta: the certificate, in PEM, of the authority that signs Meta's client certificates. Whoever shows no certificate of it does not reach the webhook."
  type        = string
  default     = null
  validation {
    condition     = var.meta_client_ca == null || can(regex("^-----BEGIN CERTIFICATE-----\\s", var.meta_client_ca))
    error_message = "A certificate in PEM."
  }
  validation {
    condition     = var.meta_client_ca == null || contains(keys(var.domains), "repair-serve-api")
    error_message = "Mutual TLS ends at the load balancer: repair-serve-api needs a domain."
  }
}

variable "admin_groups" {
  description = "Whom the identity-aware proxy logs in to the admin, by their address or by @DOMAIN, and in which group of the event log, several by commas. Empty: the admin asks for a password."
  type        = map(string)
  default     = {}
  validation {
    condition     = length(var.admin_groups) == 0 || length(var.admin_members) > 0
    error_message = "Whom the identity-aware proxy logs in has to pass it: name admin_members."
  }
  validation {
    condition     = alltrue([for who, group in var.admin_groups : can(regex("^[^@=, ]*@[^@=, ]+$", who)) && can(regex("^[^=]+$", group))])
    error_message = "Written as in { \"ann@visn.example\" = \"On-call\", \"@visn.example\" = \"Support\" }."
  }
}

variable "admin_members" {
  description = "Who may reach the admin through the identity-aware proxy, such as group:support@visn.example. Empty: no such proxy, and the admin's own login alone."
  type        = set(string)
  default     = []
  validation {
    condition     = length(var.admin_members) == 0 || contains(keys(var.domains), "admin")
    error_message = "The identity-aware proxy stands at the load balancer: admin needs a domain."
  }
  validation {
    condition     = alltrue([for member in var.admin_members : can(regex("^(user|group|serviceAccount|domain|principal|principalSet):.", member))])
    error_message = "A member is written as in group:support@visn.example; nobody is let in as allUsers."
  }
}

variable "monitoring" {
  description = "Whether this module makes metrics, alerts, the objective, the dashboard and checks from outside. False: the team has its own."
  type        = bool
  default     = true
}

variable "alert_emails" {
  description = "Addresses that alerts are sent to. Each is a notification channel."
  type        = set(string)
  default     = []
  validation {
    condition     = alltrue([for address in var.alert_emails : can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", address))])
    error_message = "An address is written as in oncall@visn.example."
  }
}

variable "channels" {
  description = "Whether the event log tells people of problems by the channels that the secret named channels holds. It wants a version before that is applied."
  type        = bool
  default     = false
}

variable "channels_quiet" {
  description = "Hours in which only what is urgent is told by them, such as 22:00-07:00 Europe/London. Null: as the definitions say."
  type        = string
  default     = null
  validation {
    condition     = var.channels_quiet == null || can(regex("^[0-9]{2}:[0-9]{2}-[0-9]{2}:[0-9]{2}( [A-Za-z_/+-]+[0-9]*)?$", var.channels_quiet))
    error_message = "Hours are written as in 22:00-07:00 Europe/London."
  }
}

variable "channels_digest" {
  description = "When they tell what a day came to, such as 07:30 Europe/Amsterdam. Null: as the definitions say, which is never."
  type        = string
  default     = null
  validation {
    condition     = var.channels_digest == null || can(regex("^[0-9]{2}:[0-9]{2}( [A-Za-z_/+-]+[0-9]*)?$", var.channels_digest))
    error_message = "An hour is written as in 07:30 Europe/Amsterdam."
  }
}

variable "notification_channels" {
  description = "Notification channels that exist, such as of Slack or of a pager, which alerts are sent to as well: projects/PROJECT/notificationChannels/NUMBER."
  type        = set(string)
  default     = []
  validation {
    condition     = alltrue([for name in var.notification_channels : can(regex("^projects/[^/]+/notificationChannels/[^/]+$", name))])
    error_message = "A channel is named as in projects/visn-example/notificationChannels/1234567890123456789."
  }
  validation {
    condition     = !var.monitoring || length(var.alert_emails) + length(var.notification_channels) > 0
    error_message = "Alerts have to reach somebody: name alert_emails or notification_channels, or set monitoring to false."
  }
}
