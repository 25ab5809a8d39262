import type { JsonObject } from '../../src/json'
import type { PlanCase } from '../plan-case'
import {
  account,
  allow,
  changed,
  changesOf,
  configuration,
  deny,
  document,
  type Resources,
  trustOf,
} from './configurations'

// Typical stacks of other people, and the changes of an ordinary week: a senior reviewer approves each as it is.
// Made after the rules were done. A finding above `low` needs its reason in a comment.

const created = (base: Resources, ...finds: readonly string[]): PlanCase => ({
  after: configuration(base),
  finds,
})
const more = (base: Resources, type: string, name: string, values: JsonObject): Resources => ({
  ...base,
  [type]: { ...base[type], [name]: values },
})

const network: Resources = {
  aws_vpc: { it: { cidr_block: '10.0.0.0/16' } },
  aws_subnet: {
    a: { vpc_id: '${aws_vpc.it.id}', cidr_block: '10.0.1.0/24', availability_zone: 'us-east-1a' },
    b: { vpc_id: '${aws_vpc.it.id}', cidr_block: '10.0.2.0/24', availability_zone: 'us-east-1b' },
  },
}
const subnets = ['${aws_subnet.a.id}', '${aws_subnet.b.id}']
const vpc_id = '${aws_vpc.it.id}'

const alarm = (alarm_name: string, changes: JsonObject = {}): JsonObject => ({
  alarm_name,
  comparison_operator: 'GreaterThanThreshold',
  evaluation_periods: 2,
  metric_name: 'CPUUtilization',
  namespace: 'AWS/ECS',
  period: 60,
  statistic: 'Average',
  threshold: 80,
  ...changes,
})

const containers = (image: string, environment: readonly JsonObject[] = []) =>
  JSON.stringify([
    {
      name: 'api',
      image,
      essential: true,
      environment,
      portMappings: [{ containerPort: 8080, protocol: 'tcp' }],
      logConfiguration: {
        logDriver: 'awslogs',
        options: {
          'awslogs-group': '/ecs/api',
          'awslogs-region': 'us-east-1',
          'awslogs-stream-prefix': 'api',
        },
      },
    },
  ])
const image = `${account}.dkr.ecr.us-east-1.amazonaws.com/api`
const service: Resources = {
  ...network,
  aws_cloudwatch_log_group: { api: { name: '/ecs/api', retention_in_days: 30 } },
  aws_iam_role: {
    execution: { name: 'api-execution', assume_role_policy: trustOf('ecs-tasks.amazonaws.com') },
  },
  aws_iam_role_policy_attachment: {
    execution: {
      role: '${aws_iam_role.execution.name}',
      policy_arn: 'arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy',
    },
  },
  aws_security_group: {
    api: {
      name: 'api',
      vpc_id,
      egress: [
        {
          from_port: 0,
          to_port: 0,
          protocol: '-1',
          cidr_blocks: ['0.0.0.0/0'],
          description: '',
          ipv6_cidr_blocks: [],
          prefix_list_ids: [],
          security_groups: [],
          self: false,
        },
      ],
    },
  },
  aws_ecs_cluster: {
    main: { name: 'main', setting: { name: 'containerInsights', value: 'enabled' } },
  },
  aws_ecs_task_definition: {
    api: {
      family: 'api',
      cpu: '256',
      memory: '512',
      network_mode: 'awsvpc',
      requires_compatibilities: ['FARGATE'],
      execution_role_arn: '${aws_iam_role.execution.arn}',
      container_definitions: containers(`${image}:1.4.0`),
    },
  },
  aws_ecs_service: {
    api: {
      name: 'api',
      cluster: '${aws_ecs_cluster.main.id}',
      task_definition: '${aws_ecs_task_definition.api.arn}',
      desired_count: 2,
      launch_type: 'FARGATE',
      deployment_controller: { type: 'ECS' },
      network_configuration: { subnets, security_groups: ['${aws_security_group.api.id}'] },
    },
  },
  aws_appautoscaling_target: {
    api: {
      min_capacity: 2,
      max_capacity: 6,
      resource_id: 'service/main/api',
      scalable_dimension: 'ecs:service:DesiredCount',
      service_namespace: 'ecs',
      depends_on: ['aws_ecs_service.api'],
    },
  },
}
const task = (changes: JsonObject) => changed(service, 'aws_ecs_task_definition', changes, 'api')
const serviceCases: Readonly<Record<string, PlanCase>> = {
  'week-ecs-created': created(service),
  ...changesOf(service, {
    'week-ecs-image': [task({ container_definitions: containers(`${image}:1.4.1`) })],
    'week-ecs-variable': [
      task({
        container_definitions: containers(`${image}:1.4.0`, [{ name: 'LOG_LEVEL', value: 'warn' }]),
      }),
    ],
    'week-ecs-larger-task': [task({ cpu: '512', memory: '1024' })],
    'week-ecs-scaled': [
      changed(
        changed(service, 'aws_appautoscaling_target', { min_capacity: 3, max_capacity: 12 }, 'api'),
        'aws_ecs_service',
        { desired_count: 3 },
        'api',
      ),
    ],
    'week-ecs-logs-longer': [
      changed(service, 'aws_cloudwatch_log_group', { retention_in_days: 90 }, 'api'),
    ],
    'week-ecs-alarm': [more(service, 'aws_cloudwatch_metric_alarm', 'cpu', alarm('api-cpu'))],
    'week-ecs-tags': [
      Object.fromEntries(
        Object.entries(service).map(([type, resources]) => [
          type,
          Object.fromEntries(
            Object.entries(resources).map(([name, values]) => [
              name,
              type === 'aws_iam_role_policy_attachment'
                ? values
                : { ...values, tags: { team: 'shop', 'cost-center': '42' } },
            ]),
          ),
        ]),
      ),
    ],
  }),
}

const eks: Resources = {
  ...network,
  aws_iam_role: {
    cluster: { name: 'eks', assume_role_policy: trustOf('eks.amazonaws.com') },
    node: { name: 'eks-node', assume_role_policy: trustOf('ec2.amazonaws.com') },
  },
  aws_iam_role_policy_attachment: Object.fromEntries(
    [
      ['cluster', 'AmazonEKSClusterPolicy'],
      ['node', 'AmazonEKSWorkerNodePolicy'],
      ['node', 'AmazonEKS_CNI_Policy'],
      ['node', 'AmazonEC2ContainerRegistryReadOnly'],
    ].map(([role, policy], index) => [
      `p${index}`,
      { role: `\${aws_iam_role.${role}.name}`, policy_arn: `arn:aws:iam::aws:policy/${policy}` },
    ]),
  ),
  aws_eks_cluster: {
    main: {
      name: 'main',
      version: '1.29',
      role_arn: '${aws_iam_role.cluster.arn}',
      vpc_config: {
        subnet_ids: subnets,
        endpoint_private_access: true,
        endpoint_public_access: false,
      },
    },
  },
  aws_eks_node_group: {
    main: {
      cluster_name: '${aws_eks_cluster.main.name}',
      node_group_name: 'main',
      node_role_arn: '${aws_iam_role.node.arn}',
      subnet_ids: subnets,
      instance_types: ['m6i.large'],
      scaling_config: { desired_size: 2, min_size: 2, max_size: 4 },
    },
  },
}
// The emulator cannot apply it: it has no managed policies of EKS.
const eksCases: Readonly<Record<string, PlanCase>> = { 'week-eks-created': created(eks) }

const site = 'arn:aws:s3:::www-shop-example'
const website: Resources = {
  aws_s3_bucket: { site: { bucket: 'www-shop-example' } },
  aws_s3_bucket_public_access_block: {
    site: {
      bucket: '${aws_s3_bucket.site.id}',
      block_public_acls: true,
      block_public_policy: true,
      ignore_public_acls: true,
      restrict_public_buckets: true,
    },
  },
  aws_cloudfront_origin_access_control: {
    site: {
      name: 'site',
      origin_access_control_origin_type: 's3',
      signing_behavior: 'always',
      signing_protocol: 'sigv4',
    },
  },
  aws_cloudfront_distribution: {
    site: {
      enabled: true,
      default_root_object: 'index.html',
      origin: {
        domain_name: '${aws_s3_bucket.site.bucket_regional_domain_name}',
        origin_id: 'site',
        origin_access_control_id: '${aws_cloudfront_origin_access_control.site.id}',
      },
      default_cache_behavior: {
        allowed_methods: ['GET', 'HEAD'],
        cached_methods: ['GET', 'HEAD'],
        target_origin_id: 'site',
        viewer_protocol_policy: 'redirect-to-https',
        min_ttl: 0,
        default_ttl: 3600,
        max_ttl: 86400,
        forwarded_values: { query_string: false, cookies: { forward: 'none' } },
      },
      restrictions: { geo_restriction: { restriction_type: 'none' } },
      viewer_certificate: { cloudfront_default_certificate: true },
    },
  },
  aws_s3_bucket_policy: {
    site: {
      bucket: '${aws_s3_bucket.site.id}',
      policy: document(
        allow('s3:GetObject', `${site}/*`, {
          Principal: { Service: 'cloudfront.amazonaws.com' },
          Condition: {
            StringEquals: { 'AWS:SourceArn': '${aws_cloudfront_distribution.site.arn}' },
          },
        }),
      ),
    },
  },
}
const websiteCases: Readonly<Record<string, PlanCase>> = {
  'week-site-created': created(website),
  ...changesOf(website, {
    'week-site-cache': [
      changed(
        website,
        'aws_cloudfront_distribution',
        {
          default_cache_behavior: {
            ...(website.aws_cloudfront_distribution?.site?.default_cache_behavior as JsonObject),
            default_ttl: 7200,
            compress: true,
          },
        },
        'site',
      ),
    ],
    'week-site-error-page': [
      changed(
        website,
        'aws_cloudfront_distribution',
        {
          custom_error_response: {
            error_code: 404,
            response_code: 200,
            response_page_path: '/index.html',
          },
        },
        'site',
      ),
    ],
    'week-site-object': [
      more(website, 'aws_s3_object', 'robots', {
        bucket: '${aws_s3_bucket.site.id}',
        key: 'robots.txt',
        content: 'User-agent: *',
      }),
    ],
  }),
}

const routed: Resources = {
  ...network,
  aws_internet_gateway: { it: { vpc_id } },
  aws_eip: { nat: { domain: 'vpc' } },
  aws_nat_gateway: {
    it: { allocation_id: '${aws_eip.nat.id}', subnet_id: '${aws_subnet.a.id}' },
  },
  aws_route_table: { private: { vpc_id } },
  aws_route: {
    nat: {
      route_table_id: '${aws_route_table.private.id}',
      destination_cidr_block: '0.0.0.0/0',
      nat_gateway_id: '${aws_nat_gateway.it.id}',
    },
  },
  aws_route_table_association: {
    b: { route_table_id: '${aws_route_table.private.id}', subnet_id: '${aws_subnet.b.id}' },
  },
}
const networkCases: Readonly<Record<string, PlanCase>> = {
  'week-vpc-created': created(routed),
  ...changesOf(routed, {
    'week-vpc-subnet': [
      more(
        more(routed, 'aws_subnet', 'c', {
          vpc_id,
          cidr_block: '10.0.3.0/24',
          availability_zone: 'us-east-1c',
        }),
        'aws_route_table_association',
        'c',
        { route_table_id: '${aws_route_table.private.id}', subnet_id: '${aws_subnet.c.id}' },
      ),
    ],
    'week-vpc-endpoint': [
      more(routed, 'aws_vpc_endpoint', 's3', {
        vpc_id,
        service_name: 'com.amazonaws.us-east-1.s3',
        route_table_ids: ['${aws_route_table.private.id}'],
      }),
    ],
    'week-vpc-names': [
      changed(routed, 'aws_vpc', { enable_dns_hostnames: true, tags: { Name: 'main' } }),
    ],
  }),
}

const lambda = (tag: string, more: JsonObject = {}): JsonObject => ({
  function_name: 'orders',
  role: '${aws_iam_role.orders.arn}',
  package_type: 'Image',
  image_uri: `${account}.dkr.ecr.us-east-1.amazonaws.com/orders:${tag}`,
  memory_size: 256,
  timeout: 10,
  ...more,
})
const orders = `arn:aws:dynamodb:us-east-1:${account}:table/orders`
const logs = `arn:aws:logs:us-east-1:${account}:log-group:/aws/lambda/orders:*`
const writesLogs = allow(['logs:CreateLogStream', 'logs:PutLogEvents'], logs)
const api: Resources = {
  aws_iam_role: {
    orders: { name: 'orders', assume_role_policy: trustOf('lambda.amazonaws.com') },
  },
  aws_iam_role_policy: {
    orders: {
      name: 'orders',
      role: '${aws_iam_role.orders.id}',
      policy: document(writesLogs, allow(['dynamodb:GetItem', 'dynamodb:PutItem'], orders)),
    },
  },
  aws_lambda_function: { orders: lambda('7') },
  aws_dynamodb_table: {
    orders: {
      name: 'orders',
      billing_mode: 'PAY_PER_REQUEST',
      hash_key: 'id',
      attribute: [{ name: 'id', type: 'S' }],
      point_in_time_recovery: { enabled: true },
    },
  },
  aws_apigatewayv2_api: { orders: { name: 'orders', protocol_type: 'HTTP' } },
  aws_apigatewayv2_integration: {
    orders: {
      api_id: '${aws_apigatewayv2_api.orders.id}',
      integration_type: 'AWS_PROXY',
      integration_uri: '${aws_lambda_function.orders.invoke_arn}',
      payload_format_version: '2.0',
    },
  },
  aws_apigatewayv2_route: {
    list: {
      api_id: '${aws_apigatewayv2_api.orders.id}',
      route_key: 'GET /orders',
      authorization_type: 'AWS_IAM',
      target: 'integrations/${aws_apigatewayv2_integration.orders.id}',
    },
  },
  aws_lambda_permission: {
    api: {
      function_name: '${aws_lambda_function.orders.function_name}',
      action: 'lambda:InvokeFunction',
      principal: 'apigateway.amazonaws.com',
      source_arn: '${aws_apigatewayv2_api.orders.execution_arn}/*/*',
    },
  },
}
const apiCases: Readonly<Record<string, PlanCase>> = {
  'week-api-created': created(api),
  ...changesOf(api, {
    'week-api-code': [changed(api, 'aws_lambda_function', lambda('8'), 'orders')],
    'week-api-memory': [
      changed(
        api,
        'aws_lambda_function',
        lambda('7', {
          memory_size: 512,
          timeout: 20,
          environment: { variables: { STAGE: 'prod' } },
        }),
        'orders',
      ),
    ],
    'week-api-route': [
      more(api, 'aws_apigatewayv2_route', 'create', {
        ...api.aws_apigatewayv2_route?.list,
        route_key: 'POST /orders',
      }),
    ],
    'week-api-further-action': [
      changed(
        api,
        'aws_iam_role_policy',
        {
          policy: document(
            writesLogs,
            allow(['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query'], orders),
          ),
        },
        'orders',
      ),
      // Low: it is listed, and needs no decision.
      'iam-added aws_iam_role_policy.orders',
    ],
    'week-api-less': [
      changed(
        api,
        'aws_iam_role_policy',
        { policy: document(writesLogs, allow('dynamodb:GetItem', orders)) },
        'orders',
      ),
    ],
  }),
}

const database: Resources = {
  ...network,
  aws_db_subnet_group: { it: { name: 'orders', subnet_ids: subnets } },
  aws_db_parameter_group: {
    it: {
      name: 'orders',
      family: 'postgres15',
      parameter: [{ name: 'log_min_duration_statement', value: '1000' }],
    },
  },
  aws_db_instance: {
    it: {
      identifier: 'orders',
      engine: 'postgres',
      engine_version: '15.4',
      instance_class: 'db.t4g.medium',
      allocated_storage: 50,
      storage_encrypted: true,
      username: 'orders',
      password: 'hunter2-old',
      db_subnet_group_name: '${aws_db_subnet_group.it.name}',
      parameter_group_name: '${aws_db_parameter_group.it.name}',
      backup_retention_period: 7,
      deletion_protection: true,
      final_snapshot_identifier: 'orders-final',
    },
  },
}
const stores = (changes: JsonObject) => changed(database, 'aws_db_instance', changes)
const databaseCases: Readonly<Record<string, PlanCase>> = {
  'week-rds-created': created(database),
  ...changesOf(database, {
    'week-rds-larger': [stores({ instance_class: 'db.r6g.large', allocated_storage: 100 })],
    'week-rds-minor': [stores({ engine_version: '15.7' })],
    'week-rds-safer': [
      stores({ backup_retention_period: 30, copy_tags_to_snapshot: true, multi_az: true }),
    ],
    'week-rds-parameter': [
      changed(database, 'aws_db_parameter_group', {
        parameter: [{ name: 'log_min_duration_statement', value: '500' }],
      }),
    ],
    'week-rds-alarm': [
      more(
        database,
        'aws_cloudwatch_metric_alarm',
        'cpu',
        alarm('orders-cpu', { namespace: 'AWS/RDS' }),
      ),
    ],
  }),
}

const lakeBucket = (bucket: string): JsonObject => ({ bucket })
const lake: Resources = {
  aws_s3_bucket: { raw: lakeBucket('lake-raw-example') },
  aws_s3_bucket_policy: {
    raw: {
      bucket: '${aws_s3_bucket.raw.id}',
      policy: document(
        deny('s3:*', ['arn:aws:s3:::lake-raw-example', 'arn:aws:s3:::lake-raw-example/*'], {
          Principal: '*',
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        }),
      ),
    },
  },
  aws_glue_catalog_database: { it: { name: 'lake' } },
  aws_glue_catalog_table: {
    events: {
      name: 'events',
      database_name: '${aws_glue_catalog_database.it.name}',
      storage_descriptor: { columns: [{ name: 'id', type: 'string' }] },
    },
  },
}
const lakeCases: Readonly<Record<string, PlanCase>> = {
  'week-lake-created': created(lake),
  ...changesOf(lake, {
    'week-lake-bucket': [
      more(lake, 'aws_s3_bucket', 'curated', lakeBucket('lake-curated-example')),
    ],
    'week-lake-column': [
      changed(
        lake,
        'aws_glue_catalog_table',
        {
          storage_descriptor: {
            columns: [
              { name: 'id', type: 'string' },
              { name: 'at', type: 'timestamp' },
            ],
          },
        },
        'events',
      ),
    ],
    'week-lake-encryption': [
      more(lake, 'aws_s3_bucket_server_side_encryption_configuration', 'raw', {
        bucket: '${aws_s3_bucket.raw.id}',
        rule: { apply_server_side_encryption_by_default: { sse_algorithm: 'AES256' } },
      }),
    ],
  }),
}

const oidc = 'token.actions.githubusercontent.com'
const pipeline: Resources = {
  aws_iam_openid_connect_provider: {
    github: {
      url: `https://${oidc}`,
      client_id_list: ['sts.amazonaws.com'],
      thumbprint_list: ['0123456789abcdef0123456789abcdef01234567'],
    },
  },
  aws_iam_role: {
    ci: {
      name: 'ci',
      assume_role_policy: document({
        Effect: 'Allow',
        Action: 'sts:AssumeRoleWithWebIdentity',
        Principal: { Federated: `arn:aws:iam::${account}:oidc-provider/${oidc}` },
        Condition: {
          StringEquals: {
            [`${oidc}:aud`]: 'sts.amazonaws.com',
            [`${oidc}:sub`]: 'repo:acme/shop:ref:refs/heads/main',
          },
        },
      }),
    },
  },
  aws_ecr_repository: { shop: { name: 'shop', image_tag_mutability: 'IMMUTABLE' } },
  aws_iam_role_policy: {
    ci: {
      name: 'push',
      role: '${aws_iam_role.ci.id}',
      policy: document(
        allow('ecr:GetAuthorizationToken', '*'),
        allow(
          ['ecr:BatchCheckLayerAvailability', 'ecr:InitiateLayerUpload', 'ecr:PutImage'],
          `arn:aws:ecr:us-east-1:${account}:repository/shop`,
        ),
      ),
    },
  },
}
const pipelineCases: Readonly<Record<string, PlanCase>> = {
  'week-ci-created': created(pipeline),
  ...changesOf(pipeline, {
    'week-ci-scans': [
      changed(
        pipeline,
        'aws_ecr_repository',
        { image_scanning_configuration: { scan_on_push: true } },
        'shop',
      ),
    ],
    'week-ci-session': [
      changed(pipeline, 'aws_iam_role', { max_session_duration: 7200, description: 'CI' }, 'ci'),
    ],
  }),
}

const worker: Resources = {
  aws_sqs_queue: {
    dead: { name: 'jobs-dead', message_retention_seconds: 1209600 },
    jobs: {
      name: 'jobs',
      visibility_timeout_seconds: 60,
      redrive_policy:
        '${jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead.arn, maxReceiveCount = 5 })}',
    },
  },
  aws_sns_topic: { alerts: { name: 'alerts' } },
  aws_cloudwatch_metric_alarm: {
    age: alarm('jobs-age', {
      namespace: 'AWS/SQS',
      alarm_actions: ['${aws_sns_topic.alerts.arn}'],
    }),
  },
}
const workerCases: Readonly<Record<string, PlanCase>> = {
  'week-worker-created': created(worker),
  ...changesOf(worker, {
    'week-worker-timeout': [
      changed(worker, 'aws_sqs_queue', { visibility_timeout_seconds: 120 }, 'jobs'),
    ],
    'week-worker-alarm-threshold': [
      changed(
        worker,
        'aws_cloudwatch_metric_alarm',
        { ...worker.aws_cloudwatch_metric_alarm?.age, evaluation_periods: 3 },
        'age',
      ),
    ],
    'week-worker-subscription': [
      more(worker, 'aws_sns_topic_subscription', 'jobs', {
        topic_arn: '${aws_sns_topic.alerts.arn}',
        protocol: 'sqs',
        endpoint: '${aws_sqs_queue.jobs.arn}',
      }),
    ],
  }),
}

export const ordinaryCases: Readonly<Record<string, PlanCase>> = {
  ...serviceCases,
  ...eksCases,
  ...websiteCases,
  ...networkCases,
  ...apiCases,
  ...databaseCases,
  ...lakeCases,
  ...pipelineCases,
  ...workerCases,
}
