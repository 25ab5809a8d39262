/** Types of other providers, in full, in the form of aws.ts. */
export const otherKinds = `
data: secrets, and the engine that holds them: vault_mount vault_*_secret_backend vault_*_secrets_mount
data: a secret: vault_generic_secret vault_kv_secret vault_kv_secret_v2 vault_generic_endpoint vault_cubbyhole_secret onepassword_item bitwarden_item_* akeyless_*_secret akeyless_dynamic_secret_* conjur_secret infisical_secret doppler_secret
data: a key, and everything encrypted with it: vault_transit_secret_backend_key vault_keymgmt_* vault_pki_secret_backend_root_* vault_pki_secret_backend_key
data: a namespace and everything in it: vault_namespace
data: a store of secrets: hcp_vault_cluster doppler_project doppler_environment infisical_project conjur_policy
data: users: keycloak_realm auth0_connection auth0_tenant okta_org_configuration
address: an application that users sign in to: keycloak_*_client auth0_client okta_app_*
access, part: a way to sign in: vault_auth_backend vault_*_auth_backend vault_*_auth_backend_* vault_*_secret_backend_*role vault_*_role vault_token vault_token_auth_backend_role vault_identity_* vault_policy vault_*_policy
guard: records of access: vault_audit

access: a role: azuread_directory_role azuread_custom_directory_role
access: an application: azuread_application azuread_application_registration azuread_service_principal
access: users: azuread_user azuread_group
access, calm: permissions: azuread_directory_role_* azuread_app_role_assignment azuread_group_member azuread_*_permission_grant azuread_application_api_access
guard: a condition of every sign-in: okta_policy_* okta_app_signon_policy okta_app_signon_policy_rule okta_app_access_policy_assignment okta_auth_server_policy okta_auth_server_policy_rule okta_authenticator okta_network_zone okta_threat_insight_settings auth0_guardian auth0_attack_protection azuread_conditional_access_policy azuread_authentication_strength_policy

guard, part: the protection of a branch: github_branch_protection github_branch_protection_v3 github_repository_ruleset github_organization_ruleset gitlab_branch_protection gitlab_tag_protection bitbucket_branch_restriction

watch: an alarm: datadog_monitor* datadog_synthetics_* datadog_service_level_objective datadog_logs_metric datadog_security_monitoring_* datadog_downtime_schedule pagerduty_service* pagerduty_escalation_policy pagerduty_schedule* pagerduty_event_* pagerduty_ruleset* pagerduty_*_integration pagerduty_webhook_subscription opsgenie_* victorops_* squadcast_* incident_* rootly_* grafana_rule_group grafana_contact_point grafana_notification_policy grafana_message_template grafana_mute_timing grafana_alert_notification grafana_oncall_* grafana_synthetic_monitoring_* grafana_slo grafana_machine_learning_* grafana_data_source newrelic_*alert* newrelic_nrql_* newrelic_notification_* newrelic_workflow newrelic_synthetics_* newrelic_service_level signalfx_detector signalfx_*_alert_* signalfx_*_integration dynatrace_alerting* dynatrace_*_anomalies* dynatrace_metric_events dynatrace_*_notification dynatrace_http_monitor dynatrace_browser_monitor honeycombio_trigger honeycombio_burn_alert honeycombio_*_recipient sentry_*alert* sentry_*_monitor statuscake_* pingdom_check uptimerobot_monitor betteruptime_* checkly_check* checkly_alert_channel site24x7_* logzio_alert* sumologic_monitor sumologic_monitor_folder splunk_saved_searches wavefront_alert rollbar_notification coralogix_alert elasticstack_kibana_alerting_rule cloudflare_notification_policy

work: a group of instances: spotinst_elastigroup_* spotinst_ocean_*
traffic: a distribution: akamai_property fastly_service_* cloudflare_worker* netlify_*
work: a release and everything in it: helm_release
work: instances of an application: heroku_formation fly_machine
access: a private key: tls_private_key
glue: nothing of its own: terraform_data null_* random_* time_* local_* tls_* archive_* http_* external_* template_* cloudinit_* wait_* null_resource assert_* utils_* grafana_dashboard grafana_folder grafana_playlist datadog_dashboard* datadog_metric_metadata newrelic_one_dashboard* signalfx_*_chart signalfx_dashboard* sops_* pagerduty_tag pagerduty_addon pagerduty_maintenance_window vault_raft_* vault_quota_*
`
