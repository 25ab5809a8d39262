/** Types of the Kubernetes provider without `_v1` and its like, in the form of aws.ts. */
export const kubernetesKinds = `
data: a volume: persistent_volume persistent_volume_claim
data: a namespace and everything in it: namespace
data: a service with volumes: stateful_set
data, calm: a secret: secret
data: a definition and every resource of it: custom_resource_definition

address: a service and its address: service
address: configuration of applications: config_map

traffic: the way in: ingress gateway http_route grpc_route
traffic: endpoints: endpoints endpoint_slice api_service
work: pods: deployment daemonset daemon_set replica_set replication_controller pod
work: a job: cron_job
work, calm: a job: job
work: scaling: horizontal_pod_autoscaler

access: an account of pods: service_account default_service_account
access: a role: role cluster_role
access, calm: permissions: role_binding cluster_role_binding
access: a certificate of a client: certificate_signing_request token_request

guard: the filter of a network: network_policy
guard: admission of requests: validating_webhook_configuration mutating_webhook_configuration validating_admission_policy pod_security_policy
guard: a limit of disruptions: pod_disruption_budget
guard: limits of resources: resource_quota limit_range

watch: an alarm: prometheus_rule alertmanager_config alertmanager service_monitor pod_monitor probe

glue: nothing of its own: storage_class ingress_class gateway_class priority_class runtime_class csi_driver annotations labels env node_taint config_map_data secret_data backend_tls_policy reference_grant listener_set
`
