# What stands in deploy/*.yaml, filled in. The shell's way of docs/deployment.md deploys the same
# files, so what a service is given is written once.

data "google_project" "this" {
  project_id = var.project_id
}

locals {
  folder = "${path.module}/.."
  values = {
    "<PROJECT>"  = var.project_id
    "<NUMBER>"   = data.google_project.this.number
    "<REGION>"   = var.region
    "<INSTANCE>" = var.database_instance
  }
  written = { for file in fileset(local.folder, "*.yaml") : trimsuffix(file, ".yaml") => file("${local.folder}/${file}") }
  # A secret that does not exist would stop what names it, so it is a comment until there are channels.
  texts = { for name, text in local.written : name => var.channels ? replace(text, "#channels ", "") : text }
  definitions = {
    for name, text in local.texts :
    name => yamldecode(join("", [
      # What is no placeholder stays as it is.
      for piece in regexall("<[A-Z]+>|[^<]+|<", text) : lookup(local.values, piece, piece)
    ]))
  }
  jobs = { for name, each in local.definitions : name => each if each.kind == "Job" }

  pods = {
    for name, each in local.definitions :
    name => try(each.spec.template.spec.template.spec, each.spec.template.spec) # of a job, of a service
  }
  accounts_of  = { for name, pod in local.pods : name => split("@", pod.serviceAccountName)[0] }
  variables_of = { for name, pod in local.pods : name => { for each in pod.containers[0].env : each.name => try(each.value, null) } }
  secrets_of   = { for name, pod in local.pods : name => distinct([for each in pod.containers[0].env : each.valueFrom.secretKeyRef.name if can(each.valueFrom)]) }

  # The queue and the databases of Firestore, by the names that processes are given.
  handler             = local.variables_of["queue-services"]
  firestore_databases = toset([local.handler.FIRESTORE_DATABASE, local.handler.FIRESTORE_ANCILLARY_DATABASE])

  # What a domain changes: the host that a service answers to, where people find the event log, how
  # many proxies stand before it, and whom the last of them logs in. And what is chosen.
  environments = {
    for name, given in local.variables_of :
    name => merge(
      { for host in [lookup(var.domains, given.SERVICES, "")] : "ALLOWED_HOSTS" => "${host},${given.ALLOWED_HOSTS}" if host != "" },
      { for domain in [lookup(var.domains, "admin", "")] : "ADMIN_URL" => "https://${domain}/admin/" if domain != "" && contains(keys(given), "ADMIN_URL") },
      {
        for variable, hours in { CHANNELS_QUIET = var.channels_quiet, CHANNELS_DIGEST = var.channels_digest } :
        variable => hours if hours != null && contains(keys(given), variable)
      },
      { for proxies in ["2"] : "TRUSTED_PROXIES" => proxies if contains(keys(var.domains), name) && contains(keys(given), "TRUSTED_PROXIES") },
      {
        for service, each in google_compute_backend_service.this :
        "IAP_AUDIENCE" => "/projects/${data.google_project.this.number}/global/backendServices/${each.generated_id}"
        if name == "admin" && service == "admin" && length(var.admin_groups) > 0
      },
      {
        for groups in [join(",", flatten([for who, names in var.admin_groups : [for group in split(",", names) : "${who}=${trimspace(group)}"]]))] :
        "IAP_GROUPS" => groups if name == "admin" && groups != ""
      },
    )
  }
  arguments = merge(
    { for name, pod in local.pods : name => try(pod.containers[0].args, []) },
    { for days in [var.keep_days] : "retention" => ["prune_ledger", "--days=${days}"] if days != null },
  )
}
