/**
 * Types of the AWS provider without `aws_`, by what their destroy does: `role, flags: label: types`.
 * The first line with a type decides, and `*` stands for any text. kinds.ts explains roles and flags.
 */
export const awsKinds = `
data: a bucket: s3_bucket s3_directory_bucket s3control_bucket lightsail_bucket
data: a table bucket: s3tables_table_bucket
data: a database: db_instance rds_cluster rds_global_cluster docdb_cluster docdb_global_cluster docdbelastic_cluster dsql_cluster neptune_cluster neptune_global_cluster neptunegraph_graph redshift_cluster redshiftserverless_namespace timestreaminfluxdb_db_instance timestreamwrite_database lightsail_database memorydb_cluster memorydb_multi_region_cluster simpledb_domain finspace_kx_environment finspace_kx_cluster finspace_kx_database rds_shard_group opsworks_rds_db_instance keyspaces_keyspace
data: a table: dynamodb_table dynamodb_global_table keyspaces_table
data, part: a table: timestreamwrite_table s3tables_table
data, part: a replica of a table: dynamodb_table_replica
data: a ledger: qldb_ledger
data: a snapshot: db_snapshot db_cluster_snapshot db_snapshot_copy rds_cluster_snapshot_copy docdb_cluster_snapshot neptune_cluster_snapshot redshift_cluster_snapshot redshiftserverless_snapshot memorydb_snapshot ebs_snapshot ebs_snapshot_copy ebs_snapshot_import fsx_openzfs_snapshot kinesisanalyticsv2_application_snapshot
data: an image of a machine: ami ami_copy ami_from_instance
data: backups: backup_vault backup_logically_air_gapped_vault fsx_backup
data: users: cognito_user_pool directory_service_directory
data: identities: cognito_identity_pool
data: a disk: ebs_volume lightsail_disk storagegateway_cached_iscsi_volume storagegateway_stored_iscsi_volume
data: files: efs_file_system fsx_lustre_file_system fsx_windows_file_system fsx_ontap_file_system fsx_openzfs_file_system
data: files: fsx_ontap_volume fsx_ontap_storage_virtual_machine fsx_openzfs_volume finspace_kx_volume
data: tapes: storagegateway_tape_pool
data: images: ecr_repository
data: packages: codeartifact_repository codeartifact_domain
data: a repository: codecommit_repository codecatalyst_source_repository
data: a cache: elasticache_replication_group elasticache_global_replication_group
data: a stream: kinesis_stream kinesis_video_stream msk_cluster msk_serverless_cluster
data: a message broker: mq_broker
data: a key, and everything encrypted with it: kms_key kms_external_key kms_replica_key kms_replica_external_key kms_custom_key_store paymentcryptography_key cloudhsm_v2_cluster
data: an index: opensearch_domain opensearchserverless_collection elasticsearch_domain cloudsearch_domain kendra_index rekognition_collection
data: a knowledge base: bedrockagent_knowledge_base
data: a model: bedrock_custom_model
data: a zone and its name servers: route53_zone
data: a zone: lightsail_domain service_discovery_private_dns_namespace service_discovery_public_dns_namespace
data: a domain: route53domains_domain
data: name servers: route53_delegation_set
data: a secret: secretsmanager_secret
data: an archive: glacier_vault cloudwatch_event_archive media_store_container
data: audit records: cloudtrail_event_data_store securitylake_data_lake
data: metrics: prometheus_workspace
data: features of machine learning: sagemaker_feature_group
data: notebooks and their files: sagemaker_domain sagemaker_notebook_instance
data: a desktop: workspaces_workspace
data: profiles: customerprofiles_domain
data: a contact center: connect_instance
data: policies and identities: verifiedpermissions_policy_store
data: a data domain: datazone_domain
data: an account: organizations_account organizations_organization
data: a certificate authority: acmpca_certificate_authority
data: a subnet and everything in it: subnet
data: a network: vpc

address, part calm: an object: s3_object s3_bucket_object s3_object_copy
address, part: an item: dynamodb_table_item
address, part calm: the value of a secret: secretsmanager_secret_version
address: a parameter: ssm_parameter
address: logs: cloudwatch_log_group
address, part: logs: cloudwatch_log_stream
address: messages: sqs_queue
address: a topic and its subscriptions: sns_topic
address: a bus and its rules: cloudwatch_event_bus
address: a delivery stream: kinesis_firehose_delivery_stream
address, handover: a certificate: acm_certificate iam_server_certificate lightsail_certificate lightsail_lb_certificate iot_certificate iot_ca_certificate transfer_certificate
address: a load balancer and its name: lb alb elb lightsail_lb
address: a distribution and its name: cloudfront_distribution lightsail_distribution
address: an accelerator and its addresses: globalaccelerator_accelerator globalaccelerator_custom_routing_accelerator
address: an API and its address: api_gateway_rest_api apigatewayv2_api appsync_graphql_api
address: a domain of an API: api_gateway_domain_name apigatewayv2_domain_name appsync_domain_name
address: the address of a function: lambda_function_url
address: a public address that others may allow: eip lightsail_static_ip
address: a network interface and its address: network_interface
address, part: a DNS name: route53_record lightsail_domain_entry route53_records_exclusive
address: DNS names: route53_traffic_policy_instance service_discovery_http_namespace route53_resolver_endpoint route53profiles_profile
address: a cluster: ecs_cluster eks_cluster emr_cluster dax_cluster
address: a cache: elasticache_cluster elasticache_serverless_cache fsx_file_cache
address: a catalog: glue_catalog_database athena_database athena_data_catalog glue_registry schemas_registry
address, part: a table of a catalog: glue_catalog_table
address: query results: athena_workgroup
address: images: ecrpublic_repository
address: a machine and its disk: instance spot_instance_request lightsail_instance opsworks_instance ec2_host
address: the route to the internet: internet_gateway egress_only_internet_gateway ec2_carrier_gateway
address: the outbound route, and its public address: nat_gateway
address: a connection between networks: vpc_peering_connection vpn_connection vpn_gateway customer_gateway ec2_transit_gateway ec2_transit_gateway_vpc_attachment ec2_transit_gateway_peering_attachment ec2_transit_gateway_connect dx_connection dx_gateway dx_gateway_association dx_lag dx_*_virtual_interface ec2_client_vpn_endpoint networkmanager_core_network networkmanager_global_network networkmanager_*_attachment dx_hosted_connection
address: a service endpoint for other networks: vpc_endpoint_service vpclattice_service vpclattice_service_network
address: a telephone number: connect_phone_number pinpointsmsvoicev2_phone_number chime_voice_connector
address: a sending identity: ses_domain_identity ses_email_identity sesv2_email_identity
address: an application of messages: pinpoint_app sns_platform_application
address: a file server: transfer_server storagegateway_gateway storagegateway_nfs_file_share storagegateway_smb_file_share
address: an address plan: vpc_ipam vpc_ipam_pool
address: a managed list of addresses: ec2_managed_prefix_list
address, part: a user: cognito_user
address: a directory of services: service_discovery_service
address: a set of data: dataexchange_data_set location_geofence_collection location_tracker
address: configuration of applications: appconfig_application appconfig_environment appconfig_configuration_profile
address, part calm: configuration of applications: appconfig_hosted_configuration_version cloudfrontkeyvaluestore_key
address: a development environment: cloud9_environment_ec2 codecatalyst_dev_environment sagemaker_space sagemaker_user_profile sagemaker_mlflow_tracking_server
address: a directory of desktops: workspaces_directory

traffic, part: a listener: lb_listener alb_listener globalaccelerator_listener globalaccelerator_custom_routing_listener vpclattice_listener
traffic, part: a listener rule: lb_listener_rule alb_listener_rule vpclattice_listener_rule
traffic, part: the targets of a load balancer: lb_target_group_attachment alb_target_group_attachment elb_attachment autoscaling_attachment autoscaling_traffic_source_attachment globalaccelerator_endpoint_group globalaccelerator_custom_routing_endpoint_group vpclattice_target_group_attachment lightsail_lb_attachment
traffic, part calm: a certificate of a listener: lb_listener_certificate alb_listener_certificate
traffic, part: a stage of an API: api_gateway_stage apigatewayv2_stage
traffic, part: a route of an API: apigatewayv2_route api_gateway_method api_gateway_resource api_gateway_integration apigatewayv2_integration appsync_resolver appsync_datasource appsync_function appsync_type
traffic, part: the domain of an API: api_gateway_base_path_mapping apigatewayv2_api_mapping appsync_domain_name_api_association api_gateway_vpc_link apigatewayv2_vpc_link
traffic, part: a mount point of files: efs_mount_target efs_access_point s3_access_point s3control_multi_region_access_point s3control_object_lambda_access_point
traffic, part: the attachment of a disk: volume_attachment lightsail_disk_attachment
traffic, part: the attachment of an address: eip_association lightsail_static_ip_attachment network_interface_attachment internet_gateway_attachment vpn_gateway_attachment
traffic, part: a subscription of a topic: kinesis_stream_consumer
traffic, part: a proxy of a database: db_proxy db_proxy_target db_proxy_endpoint db_proxy_default_target_group
traffic, part: an endpoint of a database: rds_cluster_endpoint neptune_cluster_endpoint redshift_endpoint_access redshiftserverless_endpoint_access opensearch_vpc_endpoint elasticsearch_vpc_endpoint opensearchserverless_vpc_endpoint
traffic: a service mesh: appmesh_*
traffic: name resolution: route53_zone_association route53_resolver_rule route53_resolver_rule_association vpc_dhcp_options_association service_discovery_instance
traffic: a function at the edge: cloudfront_function cloudfront_key_value_store cloudfront_vpc_origin
traffic: a static web site: s3_bucket_website_configuration
traffic, part: a client of users: cognito_user_pool_client cognito_user_pool_domain cognito_identity_provider
traffic: a switch of traffic: route53recoverycontrolconfig_cluster route53recoverycontrolconfig_routing_control route53recoverycontrolconfig_control_panel
traffic, part: a rule of incoming mail: ses_receipt_rule ses_receipt_rule_set ses_active_receipt_rule_set
traffic, part: a queue or flow of calls: connect_queue connect_contact_flow

work, part instance: a database instance: rds_cluster_instance docdb_cluster_instance neptune_cluster_instance
work: a service: ecs_service apprunner_service lightsail_container_service
work: a set of tasks: ecs_task_set
work: a group of instances: autoscaling_group ec2_fleet spot_fleet_request gamelift_fleet gamelift_game_server_group appstream_fleet codebuild_fleet
work: nodes of a cluster: eks_node_group eks_fargate_profile emr_instance_group emr_instance_fleet
work: capacity of a cluster: ecs_capacity_provider
work, part: capacity of a cluster: ecs_cluster_capacity_providers
work: an add-on of a cluster: eks_addon
work: a function: lambda_function
work, part: an alias of a function: lambda_alias
work, part: prepared concurrency: lambda_provisioned_concurrency_config
work: a state machine: sfn_state_machine
work: a job: glue_job batch_job_queue batch_compute_environment emrserverless_application emrcontainers_virtual_cluster datapipeline_pipeline datasync_task dms_replication_task dms_replication_instance dms_replication_config appflow_flow
work: a stream application: kinesis_analytics_application kinesisanalyticsv2_application mskconnect_connector msk_replicator osis_pipeline pipes_pipe
work: an environment: elastic_beanstalk_environment elastic_beanstalk_application mwaa_environment m2_environment m2_application grafana_workspace opsworks_stack opsworks_*_layer redshiftserverless_workgroup
work: an application: amplify_app amplify_branch evidently_project evidently_launch
work: a stack: cloudformation_stack cloudformation_stack_set cloudformation_stack_set_instance cloudformation_stack_instances serverlessapplicationrepository_cloudformation_stack servicecatalog_provisioned_product cloudcontrolapi_resource
work: a pipeline: codepipeline codebuild_project codedeploy_app codedeploy_deployment_group sagemaker_pipeline
work: a model that is served: sagemaker_endpoint bedrock_provisioned_model_throughput bedrockagent_agent lex_bot lexv2models_bot
work: reserved capacity: ec2_capacity_reservation ec2_capacity_block_reservation athena_capacity_reservation
work: scaling: appautoscaling_target appautoscaling_policy appautoscaling_scheduled_action autoscaling_policy autoscaling_schedule autoscalingplans_scaling_plan
work, part: an alias of a state machine: sfn_alias
work: a crawler or workflow: glue_crawler glue_workflow transfer_workflow imagebuilder_workflow
work: an integration of databases: rds_integration redshift_integration
work: a fleet of desktops: appstream_stack
work, part: a module of keys: cloudhsm_v2_hsm
work: a channel of media: medialive_channel media_package_channel ivs_channel

access: a role: iam_role iam_service_linked_role
access: an instance profile: iam_instance_profile
access: a policy: iam_policy
access: a user: iam_user identitystore_user transfer_user opsworks_user_profile connect_user appstream_user finspace_kx_user quicksight_user elasticache_user memorydb_user
access: a group of users: iam_group identitystore_group cognito_user_group
access, part calm: permissions: iam_role_policy iam_user_policy iam_group_policy iam_*_policy_attachment iam_policy_attachment ssoadmin_managed_policy_attachment ssoadmin_permission_set_inline_policy ssoadmin_customer_managed_policy_attachment
access: an access key: iam_access_key key_pair lightsail_key_pair lightsail_bucket_access_key grafana_workspace_api_key grafana_workspace_service_account_token iam_service_specific_credential transfer_ssh_key api_gateway_api_key appsync_api_key iam_user_ssh_key
access: a trusted identity provider: iam_openid_connect_provider iam_saml_provider eks_identity_provider_config rolesanywhere_trust_anchor
access, part: the alias of a key: kms_alias paymentcryptography_key_alias
access: users of a cache: elasticache_user_group memorydb_acl
access, part: users of a stream: msk_scram_secret_association msk_single_scram_secret_association
access: access without a network: verifiedaccess_endpoint verifiedaccess_group verifiedaccess_instance ec2_instance_connect_endpoint
access: trust between directories: directory_service_trust directory_service_shared_directory
access, part calm: permissions: iam_group_membership iam_user_group_membership identitystore_group_membership kms_grant s3control_access_grant iot_policy iot_policy_attachment iot_role_alias
access: a permission set: ssoadmin_permission_set ssoadmin_application
access, part: access to a cluster: eks_access_entry eks_access_policy_association eks_pod_identity_association
access, calm: the assignment of an account: ssoadmin_account_assignment
access: access by a share: ram_resource_share ram_resource_association ram_principal_association
access: permissions of a data lake: lakeformation_permissions
access: a connection to a repository: codestarconnections_connection codeconnections_connection apprunner_connection
access: rotation of a secret: secretsmanager_secret_rotation

guard: a web ACL: wafv2_web_acl waf_web_acl wafregional_web_acl
guard: rules of a firewall: wafv2_rule_group waf_rule_group wafregional_rule_group networkfirewall_rule_group route53_resolver_firewall_rule_group
guard: a firewall: networkfirewall_firewall networkfirewall_firewall_policy route53_resolver_firewall_rule_group_association route53_resolver_firewall_rule
guard: protection from floods: shield_protection shield_protection_group shield_subscription
guard, part: a schedule of backups: backup_plan backup_selection dlm_lifecycle_policy db_instance_automated_backups_replication redshift_snapshot_schedule redshift_snapshot_copy backup_region_settings
guard, part: the lock of backups: backup_vault_lock_configuration glacier_vault_lock s3_bucket_object_lock_configuration rbin_rule
guard, part: replication: s3_bucket_replication_configuration efs_replication_configuration ecr_replication_configuration drs_replication_configuration_template
guard, part: automatic backups of files: efs_backup_policy
guard: a detector of threats: guardduty_detector securityhub_account inspector2_enabler macie2_account accessanalyzer_analyzer detective_graph guardduty_malware_protection_plan config_config_rule config_conformance_pack config_organization_*_rule config_organization_conformance_pack controltower_control controltower_landing_zone securityhub_standards_subscription fms_policy
guard: a guardrail: bedrock_guardrail
guard: deletion limits of names: route53recoverycontrolconfig_safety_rule
guard, part: signatures of a zone: route53_hosted_zone_dnssec route53_key_signing_key
guard: a health check: route53_health_check
guard: the password policy: iam_account_password_policy

watch: an alarm: cloudwatch_metric_alarm cloudwatch_composite_alarm budgets_budget synthetics_canary prometheus_alert_manager_definition prometheus_rule_group_namespace ce_anomaly_monitor ce_anomaly_subscription cloudwatch_log_metric_filter internetmonitor_monitor networkmonitor_monitor rum_app_monitor sagemaker_monitoring_schedule cloudwatch_metric_stream rds_cluster_activity_stream
watch, part: a trigger: cloudwatch_event_rule cloudwatch_event_target scheduler_schedule lambda_event_source_mapping lambda_permission sns_topic_subscription sqs_queue_policy s3_bucket_notification cloudwatch_log_subscription_filter iot_topic_rule glue_trigger ssm_maintenance_window ssm_association ssm_maintenance_window_task redshift_scheduled_action timestreamquery_scheduled_query

glue: nothing of its own: acmpca_certificate acmpca_certificate_authority_certificate api_gateway_client_certificate dms_certificate gamelift_game_session_queue iam_signing_certificate media_convert_queue networkmanager_transit_gateway_peering rds_certificate redshift_hsm_client_certificate route53_query_log route53domains_delegation_signer_record ses_identity_notification_topic vpclattice_resource_gateway api_gateway_deployment apigatewayv2_deployment appconfig_deployment apprunner_deployment chimesdkvoice_sip_media_application devicefarm_device_pool glue_user_defined_function m2_deployment macie2_classification_job opsworks_application sagemaker_app servicecatalogappregistry_application sesv2_dedicated_ip_pool signer_signing_job api_gateway_usage_plan_key cloudfront_public_key wafv2_api_key chime_voice_connector_termination_credentials cleanrooms_membership cloud9_environment_membership codebuild_source_credential iot_thing_group_membership licensemanager_grant quicksight_folder_membership quicksight_group_membership quicksight_role_membership redshift_snapshot_copy_grant auditmanager_framework_share servicecatalog_portfolio_share chimesdkvoice_voice_profile_domain ec2_transit_gateway_multicast_domain route53domains_registered_domain cleanrooms_configured_table default_route_table ec2_transit_gateway_policy_table ec2_transit_gateway_route_table pinpoint_event_stream codecatalyst_project datazone_project devicefarm_project devicefarm_test_grid_project rekognition_project sagemaker_project codeconnections_host codestarconnections_host cognito_resource_server s3control_access_grants_instance vpc_route_server datasync_location_azure_blob datasync_location_fsx_lustre_file_system datasync_location_fsx_ontap_file_system datasync_location_fsx_openzfs_file_system datasync_location_fsx_windows_file_system elasticache_reserved_cache_node rds_reserved_instance default_network_acl glue_data_quality_ruleset s3_bucket_acl default_subnet default_vpc devopsguru_resource_collection route53_cidr_collection ebs_default_kms_key ec2_client_vpn_route ec2_local_gateway_route ec2_transit_gateway_route quicksight_refresh_schedule quicksight_namespace s3tables_namespace sagemaker_code_repository
glue: nothing of its own: lb_target_group alb_target_group vpclattice_target_group ecs_task_definition batch_job_definition launch_template launch_configuration lambda_layer_version sagemaker_endpoint_configuration sagemaker_model *_parameter_group *_subnet_group *_option_group *_event_subscription
glue: nothing of its own: *_policy *_policies *_policies_exclusive *_attachments_exclusive *_association *_associations *_attachment *_configuration *_configurations *_config *_settings *_setting *_preferences *_permission *_permissions *_accepter *_membership *_member *_authorization *_tag *_tags *_options *_notification *_notifications *_template *_version *_account *_alias *_status *_logging *_encryption *_public_access *_public_access_block *_access *_validation *_verification *_deployment *_invocation *_state *_defaults *_default *_set *_filter *_propagation *_confirmation *_proposal *_link *_profile *_webhook *_subscription *_subscriber *_destination *_destination_* *_source *_response *_model *_description *_usage_plan *_usage_plan_key *_delivery *_assignment *_administrator *_enabler *_limit *_schedule *_job *_export *_task *_trigger
glue: nothing of its own: default_* route route_table network_acl network_acl_rule security_group security_group_rule vpc_* ec2_* ebs_* iam_* s3_* s3control_* s3tables_* s3outposts_* lambda_* kms_* logs_* cloudwatch_* cloudtrail* flow_log placement_group rds_* db_* redshift_* redshiftdata_* elasticache_* dms_* dax_* ecr_* ecs_* eks_* efs_* eip_domain_name dynamodb_* kinesis_* msk_* mskconnect_* mq_* qldb_stream
glue: nothing of its own: guardduty_* securityhub_* securitylake_* macie2_* inspector_* inspector2_* detective_* fms_* auditmanager_* accessanalyzer_* config_* organizations_* ssoadmin_* sns_* sqs_* ses_* sesv2_* ssm_* ssmcontacts_* ssmincidents_* ssmquicksetup_* oam_* cur_* ce_* budgets_* backup_* resourcegroups_* resourceexplorer2_* resiliencehub_* servicecatalog_* servicecatalogappregistry_* servicequotas_* xray_* rum_* networkmonitor_* networkmanager_* notifications_* notificationscontacts_* chatbot_* devopsguru_* fis_* computeoptimizer_* costoptimizationhub_*
glue: nothing of its own: api_gateway_* apigatewayv2_* appsync_* cloudfront_* cloudfrontkeyvaluestore_* route53_* route53domains_* route53profiles_* route53recoveryreadiness_* waf_* wafregional_* wafv2_* shield_* networkfirewall_* vpn_connection_route lb_trust_store lb_* load_balancer_* cognito_* acmpca_* signer_* transfer_* datasync_* storagegateway_* directory_service_* dx_* vpclattice_* globalaccelerator_*
glue: nothing of its own: glue_* athena_* quicksight_* lakeformation_* datazone_* sagemaker_* bedrock_* bedrockagent_* kendra_* lex_* lexv2models_* comprehend_* rekognition_* transcribe_* iot_* ivs_* ivschat_* medialive_* media_* elastictranscoder_* location_* pinpoint_* pinpointsmsvoicev2_* connect_* chime_* chimesdkvoice_* chimesdkmediapipelines_* customerprofiles_* gamelift_* finspace_* cleanrooms_* dataexchange_* evidently_* qbusiness_application applicationinsights_application appfabric_* appintegrations_* appflow_* apprunner_* appstream_* amplify_* appconfig_* elastic_beanstalk_* opsworks_* emr_* emrcontainers_* m2_* imagebuilder_* codecommit_* codebuild_* codepipeline_* codedeploy_* codecatalyst_* codeguruprofiler_* codegurureviewer_* codeconnections_* codestarconnections_* codestarnotifications_* cloudformation_type devicefarm_* worklink_* workspaces_* workspacesweb_* grafana_* prometheus_* schemas_* scheduler_* swf_domain sfn_activity synthetics_* rolesanywhere_* verifiedaccess_* verifiedpermissions_* licensemanager_* lightsail_* memorydb_* identitystore_* cloudsearch_* opensearch_* opensearchserverless_* elasticsearch_* dsql_cluster_peering app_cookie_stickiness_policy account_* autoscaling_* service_discovery_* main_route_table_association bcmdataexports_* datapipeline_* ram_*
`
