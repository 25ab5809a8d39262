import {
  addressAt,
  type Block,
  referenceAt,
  referred,
  resourceAt,
  resourcesOf,
  type Synthesized,
} from '@tideway/constructs/testing'
import { checkServices } from '../src/definition/check-services'
import type { ServiceDefinition } from '../src/service'
import { services } from '../src/services'
import { fieldExamples } from './field-examples'
import {
  compute,
  dataOutput,
  grantsOf,
  groupRef,
  keyRef,
  networkOutput,
  rulesOf,
  withServices,
} from './fixture'
import { service, task } from './shortest'

const json = compute()
const serviceAt = (path: string, from = json) => resourceAt(from, 'aws_ecs_service', path)
const primary = (name: string, from = json) => serviceAt(`services/${name}/service`, from)
const standby = (name: string, kind: string) => serviceAt(`services/${name}/standby-${kind}`)
const containerOf = (name: string, from = json): Block => {
  const { container_definitions } = resourceAt(
    from,
    'aws_ecs_task_definition',
    `services/${name}/task/definition`,
  )
  const [container, ...others] = JSON.parse(container_definitions)
  expect(others).toEqual([])
  return container
}
const providerOf = (kind: 'ec2' | 'ec2-spot') =>
  referenceAt(json, 'aws_ecs_capacity_provider', `capacity/${kind}/group/provider`, 'name')

describe('the strategy', () => {
  it('of api is Fargate: one task on demand, then one on demand for three on Spot', () => {
    expect(primary('api').capacity_provider_strategy).toEqual([
      { capacity_provider: 'FARGATE', base: 1, weight: 1 },
      { capacity_provider: 'FARGATE_SPOT', weight: 3 },
    ])
  })

  it('of worker is the same on the two Auto Scaling groups', () => {
    expect(primary('worker').capacity_provider_strategy).toEqual([
      { capacity_provider: providerOf('ec2'), base: 1, weight: 1 },
      { capacity_provider: providerOf('ec2-spot'), weight: 3 },
    ])
  })

  it('of worker is Spot alone without a share on demand, and other strategies stay', () => {
    const onSpot = compute({}, { services: { onDemandShare: 'off' } })
    const strategyOf = (path: string) =>
      resourceAt(onSpot, 'aws_ecs_service', `services/${path}`).capacity_provider_strategy
    expect(strategyOf('worker/service')).toEqual([
      { capacity_provider: providerOf('ec2-spot'), weight: 3 },
    ])
    expect(strategyOf('worker/standby-ec2')).toEqual([
      { capacity_provider: providerOf('ec2'), weight: 1 },
    ])
    expect(strategyOf('api/service')).toEqual(primary('api').capacity_provider_strategy)
  })

  it('keeps the share on demand of a service without Spot', () => {
    const { worker } = services
    const onDemand = { ...worker, capacity: [{ on: 'ec2', weight: 1 }], standbys: [] }
    const tier = compute(
      {},
      { services: { onDemandShare: 'off' } },
      { worker: onDemand as unknown as ServiceDefinition },
    )
    expect(
      resourceAt(tier, 'aws_ecs_service', 'services/worker/service').capacity_provider_strategy,
    ).toEqual([{ capacity_provider: providerOf('ec2'), weight: 1 }])
  })
})

describe('the standbys', () => {
  it.each([
    ['api', ['fargate']],
    ['worker', ['fargate', 'ec2']],
  ])('of %s have tags that link them with it', (name, kinds) => {
    const { tags } = primary(name)
    const siblings = kinds.map((kind) => standby(name, kind))
    expect(tags['tideway:standbys']).toBe(siblings.map((sibling) => sibling.name).join(' '))
    for (const sibling of siblings) {
      expect(sibling.tags).toEqual({
        'tideway:standby-of': primary(name).name,
        // 0.5 or 1 virtual CPU, with 2 GB for each.
        'tideway:task-price': name === 'api' ? '0.019750' : '0.039500',
      })
    }
  })

  it('leave the tags of the primary to what its definition declares', () => {
    const { api, ...others } = services
    const declaration = {
      atNotice: 'leave',
      prefer: 'cost',
      slowestRequestSeconds: 0,
      maxCoverDollarsPerHour: 2.5,
    }
    const declared = withServices({
      ...others,
      api: { ...api, ...declaration } as ServiceDefinition,
    })
    expect(primary('api', declared).tags).toEqual({
      'tideway:standbys': primary('api').tags['tideway:standbys'],
      'tideway:at-notice': 'leave',
      'tideway:prefer': 'cost',
      'tideway:request-seconds': '0',
      'tideway:max-cover-price': '2.5',
    })
    expect(Object.keys(primary('worker', declared).tags)).not.toContain('tideway:prefer')
  })

  it('run the same task on on-demand capacity, initially with no tasks', () => {
    const strategies = {
      'api fargate': 'FARGATE',
      'worker ec2': providerOf('ec2'),
      'worker fargate': 'FARGATE',
    }
    for (const [pair, provider] of Object.entries(strategies)) {
      const [name = '', kind = ''] = pair.split(' ')
      const sibling = standby(name, kind)
      expect(sibling.desired_count).toBe(0)
      expect(sibling.capacity_provider_strategy).toEqual([
        { capacity_provider: provider, weight: 1 },
      ])
      for (const same of [
        'cluster',
        'task_definition',
        'load_balancer',
        'network_configuration',
        'service_registries',
      ]) {
        expect(sibling[same]).toEqual(primary(name)[same])
      }
    }
  })

  it('ignore changes that the controller makes', () => {
    for (const [name, kind] of [
      ['api', 'fargate'],
      ['worker', 'ec2'],
      ['worker', 'fargate'],
    ] as const) {
      expect([...standby(name, kind).lifecycle.ignore_changes].sort()).toEqual([
        'desired_count',
        'load_balancer',
        ...(name === 'api' ? ['service_registries'] : []),
        'task_definition',
      ])
      expect(standby(name, kind).deployment_controller).toEqual({ type: 'ECS' })
    }
  })
})

describe('each service', () => {
  it('and the cluster keep the tags of an operator in a deploy', () => {
    const [provider] = json.provider?.aws ?? []
    expect(provider?.ignore_tags[0].keys).toEqual(
      expect.arrayContaining(
        ['hold', 'force', 'dry-run', 'max-standby', 'dwell-seconds', 'stop-seconds'].map(
          (tag) => `tideway:${tag}`,
        ),
      ),
    )
    expect(provider?.ignore_tags[0].keys).not.toContain('tideway:standbys')
    expect(provider?.ignore_tags[0].keys).not.toContain('tideway:standby-of')
  })

  it.each(['api', 'worker'])(
    '%s is left alone in what autoscaling and CodeDeploy decide',
    (name) => {
      const released =
        name === 'api'
          ? ['task_definition', 'load_balancer', 'capacity_provider_strategy', 'service_registries']
          : []
      expect(primary(name).lifecycle.ignore_changes).toEqual(['desired_count', ...released])
    },
  )

  it('is not replaced when its strategy changes', () => {
    // Without a forced deployment, the provider replaces a service whose strategy changes.
    for (const block of Object.values(resourcesOf(json, 'aws_ecs_service'))) {
      const isLeftAlone = block.lifecycle.ignore_changes.includes('capacity_provider_strategy')
      const isStandby = block.tags['tideway:standby-of'] !== undefined
      expect([block.name, isLeftAlone || isStandby || block.force_new_deployment]).toEqual([
        block.name,
        true,
      ])
    }
    // ECS rejects it for services of CodeDeploy.
    expect(primary('api')).not.toHaveProperty('force_new_deployment')
  })

  it('depends on the association, its role policies and its listener rule', () => {
    for (const block of Object.values(resourcesOf(json, 'aws_ecs_service'))) {
      expect(block.depends_on).toContain(
        addressAt(json, 'aws_ecs_cluster_capacity_providers', 'capacity/association'),
      )
    }
    expect(primary('api').depends_on).toEqual(
      expect.arrayContaining([
        addressAt(json, 'aws_iam_role_policy', 'services/api/task/api-start/policy'),
        addressAt(json, 'aws_lb_listener_rule', 'services/api/traffic/rule/rule'),
      ]),
    )
  })

  it('rolls back a failed rolling release', () => {
    const worker = primary('worker')
    expect(worker.deployment_circuit_breaker).toEqual({ enable: true, rollback: true })
    expect([worker.deployment_minimum_healthy_percent, worker.deployment_maximum_percent]).toEqual([
      100, 200,
    ])
    expect(primary('api')).not.toHaveProperty('deployment_circuit_breaker')
  })

  it('is registered under its name in the namespace', () => {
    const registry = referred(json, primary('worker').service_registries.registry_arn)
    expect(registry.name).toBe('worker')
    expect(registry.dns_config.namespace_id).toBe(
      referenceAt(json, 'aws_service_discovery_private_dns_namespace', 'discovery/namespace'),
    )
  })

  it('is in no namespace if CodeDeploy releases it, because names would bypass the canary', () => {
    const services = Object.values(resourcesOf(json, 'aws_ecs_service'))
    const ofApi = services.filter(({ name }) => name.startsWith('tideway-test-api'))
    expect(ofApi).toHaveLength(2)
    for (const { service_registries, lifecycle, depends_on } of ofApi) {
      expect(service_registries).toBeUndefined()
      // An earlier registration stays, and with it the name that ECS registers tasks in.
      expect(lifecycle.ignore_changes).toContain('service_registries')
      expect(depends_on).toContain(
        addressAt(json, 'aws_service_discovery_service', 'services/api/discovery'),
      )
    }
  })

  it('is in the private subnets, without public addresses', () => {
    for (const { network_configuration } of Object.values(resourcesOf(json, 'aws_ecs_service'))) {
      expect(network_configuration.subnets).toBe(networkOutput('private_subnet_ids'))
      expect(network_configuration.assign_public_ip).toBe(false)
    }
  })
})

describe('the task', () => {
  it.each([
    ['api', '512', '1024'],
    ['worker', '1024', '2048'],
    ['scheduler', '256', '512'],
  ])('of %s has %s CPU units and %s MiB, for every kind of capacity', (name, cpu, memory) => {
    const task = resourceAt(json, 'aws_ecs_task_definition', `services/${name}/task/definition`)
    expect(task).toMatchObject({
      cpu,
      memory,
      network_mode: 'awsvpc',
      requires_compatibilities: ['EC2', 'FARGATE'],
      runtime_platform: { cpu_architecture: 'ARM64', operating_system_family: 'LINUX' },
      task_role_arn: referenceAt(
        json,
        'aws_iam_role',
        `services/${name}/task/${name}-task/role`,
        'arn',
      ),
      execution_role_arn: referenceAt(
        json,
        'aws_iam_role',
        `services/${name}/task/${name}-start/role`,
        'arn',
      ),
    })
  })

  it.each(['api', 'worker', 'scheduler'])(
    'of %s runs unprivileged with a read-only file system',
    (name) => {
      expect(containerOf(name)).toMatchObject({
        readonlyRootFilesystem: true,
        user: '65534:65534',
        linuxParameters: { initProcessEnabled: true, capabilities: { drop: ['ALL'] } },
        stopTimeout: 120,
      })
    },
  )

  it('has an encrypted log with the retention of the environment', () => {
    for (const name of ['api', 'worker', 'scheduler']) {
      const log = resourceAt(json, 'aws_cloudwatch_log_group', `services/${name}/task/log`)
      expect(log).toMatchObject({
        retention_in_days: 30,
        kms_key_id: referenceAt(json, 'aws_kms_key', 'monitoring/key/key', 'arn'),
      })
      const { options } = containerOf(name).logConfiguration
      expect(options['awslogs-group']).toBe(
        referenceAt(json, 'aws_cloudwatch_log_group', `services/${name}/task/log`, 'name'),
      )
      expect(grantsOf(json, `services/${name}/task/${name}-start`)).toContainEqual(
        expect.objectContaining({
          Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
          Resource: `${referenceAt(json, 'aws_cloudwatch_log_group', `services/${name}/task/log`, 'arn')}:*`,
        }),
      )
    }
  })

  it('gets secrets and feature flags by reference, and its execution role can read only those', () => {
    const { secrets } = containerOf('api')
    const flags = referenceAt(json, 'aws_ssm_parameter', 'services/api/task/feature-flags', 'arn')
    expect(secrets).toEqual([
      { name: 'FEATURE_FLAGS', valueFrom: flags },
      { name: 'DATABASE', valueFrom: dataOutput('database_app_secret_arn') },
    ])
    const read = grantsOf(json, 'services/api/task/api-start')
    expect(read).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ Action: 'ssm:GetParameters', Resource: flags }),
        expect.objectContaining({
          Action: 'secretsmanager:GetSecretValue',
          Resource: dataOutput('database_app_secret_arn'),
        }),
        expect.objectContaining({
          Action: 'kms:Decrypt',
          Resource: dataOutput('database_key_arn'),
        }),
        expect.objectContaining({ Action: 'kms:Decrypt', Resource: keyRef(json, 'secrets') }),
      ]),
    )
    expect(resourceAt(json, 'aws_ssm_parameter', 'services/api/task/feature-flags')).toMatchObject({
      type: 'SecureString',
      key_id: keyRef(json, 'secrets'),
    })
  })

  it('has access to its dependencies only', () => {
    expect(grantsOf(json, 'services/api/task/api-task').map(({ Sid }) => Sid)).toEqual([
      'ConnectToCache',
    ])
    expect(grantsOf(json, 'services/scheduler/task/scheduler-task').map(({ Sid }) => Sid)).toEqual([
      'UseWorkQueue',
      'UseWorkQueueKey',
    ])
    const environment = (name: string) =>
      containerOf(name).environment.map(({ name: key }: Block) => key)
    expect(environment('api')).not.toContain('WORK_QUEUE_URL')
    expect(environment('worker')).toContain('WORK_QUEUE_URL')
    expect(containerOf('worker').environment).toContainEqual({
      name: 'WORK_QUEUE_URL',
      value: referenceAt(json, 'aws_sqs_queue', 'work-queue/queue', 'url'),
    })
  })

  it('has its own security group and the client groups of its dependencies', () => {
    expect(primary('api').network_configuration.security_groups).toEqual([
      groupRef(json, 'services/api/task/security-group'),
      dataOutput('database_client_security_group_id'),
      dataOutput('cache_client_security_group_id'),
      groupRef(json, 'internal-alb/clients'),
    ])
  })

  it('runs the image of its own repository if the entry has a tag', () => {
    const own = withServices({
      ...services,
      scheduler: { ...(services.scheduler as ServiceDefinition), image: { tag: '1.4.2' } },
    })
    const url = referenceAt(own, 'aws_ecr_repository', 'registry/scheduler', 'repository_url')
    expect(containerOf('scheduler', own).image).toBe(`${url}:1.4.2`)
    expect(containerOf('scheduler', own)).not.toHaveProperty('command')
  })
})

describe('traffic', () => {
  const targetGroup = (path: string) =>
    referenceAt(json, 'aws_lb_target_group', `services/${path}`, 'arn')

  it('reaches api from the CDN only, by a rule that CodeDeploy can switch', () => {
    const rule = resourceAt(json, 'aws_lb_listener_rule', 'services/api/traffic/rule/rule')
    expect(rule.action).toEqual([
      { type: 'forward', target_group_arn: targetGroup('api/traffic/api-blue') },
    ])
    expect(rule.condition[0].http_header.http_header_name).toBe('x-tideway-origin')
    expect(rule.lifecycle.ignore_changes).toEqual(['action'])
    expect(primary('api').load_balancer).toEqual([
      {
        target_group_arn: targetGroup('api/traffic/api-blue'),
        container_name: 'app',
        container_port: 8080,
      },
    ])
  })

  it('of api has a rule that depends on both target groups', () => {
    const rule = resourceAt(json, 'aws_lb_listener_rule', 'services/api/traffic/rule/rule')
    expect(rule.depends_on).toEqual(
      ['api-blue', 'api-green'].map((group) =>
        addressAt(json, 'aws_lb_target_group', `services/api/traffic/${group}`),
      ),
    )
  })

  it('reaches worker by its name on the internal load balancer', () => {
    const rule = resourceAt(json, 'aws_lb_listener_rule', 'services/worker/traffic/rule')
    expect(rule).toMatchObject({
      listener_arn: referenceAt(json, 'aws_lb_listener', 'internal-alb/alb/https', 'arn'),
      condition: [{ host_header: { values: ['worker.internal.test.example'] } }],
      action: [{ type: 'forward', target_group_arn: targetGroup('worker/traffic/worker') }],
    })
    expect(rule).not.toHaveProperty('lifecycle')
  })

  it('accepts traffic from its load balancer only, on the container port', () => {
    expect(rulesOf(json, 'ingress', groupRef(json, 'services/worker/task/security-group'))).toEqual(
      [
        {
          referenced_security_group_id: groupRef(json, 'internal-alb/security-group'),
          ip_protocol: 'tcp',
          from_port: 8080,
          to_port: 8080,
        },
      ],
    )
  })

  it('has a health check at /health, and deregisters within an interruption notice', () => {
    const groups = Object.entries(resourcesOf(json, 'aws_lb_target_group')).filter(([id]) =>
      id.startsWith('services_'),
    )
    expect(groups).toHaveLength(3)
    for (const [, group] of groups) {
      expect(group).toMatchObject({ target_type: 'ip', health_check: { path: '/health' } })
      expect(Number(group.deregistration_delay)).toBeLessThan(120)
    }
  })
})

describe('traffic with every field', () => {
  const everywhere = withServices({
    shop: {
      ...service,
      image: { tag: '1' },
      capacity: [{ on: 'fargate-spot', weight: 1 }],
      release: { kind: 'blue-green' },
      traffic: {
        from: 'external',
        priority: 10,
        paths: ['/cart/*'],
        methods: ['GET', 'POST'],
        requestsPerTask: 100,
        rules: [
          { priority: 11, hosts: ['shop', '*.shop'], query: { shop: ['${all}'] } },
          { priority: 5, headers: { 'x-tenant': ['north', 'south-*'] }, query: { beta: ['1'] } },
        ],
      },
    },
    quotes: {
      ...service,
      image: { tag: '1' },
      traffic: {
        from: 'internal',
        priority: 20,
        requestsPerTask: 100,
        rules: [{ priority: 21, hosts: ['prices'], query: { currency: ['EUR', 'USD'] } }],
        protocol: 'grpc',
        slowStartSeconds: 45,
        healthCheck: { intervalSeconds: 20, healthyThreshold: 4, graceSeconds: 90 },
      },
    },
    chat: {
      ...service,
      image: { tag: '1' },
      traffic: {
        from: 'external',
        priority: 40,
        hosts: ['chat'],
        requestsPerTask: 100,
        protocol: 'grpc',
        rules: [{ priority: 41, hosts: ['chat', 'a.chat'], paths: ['/v2/*'] }],
      },
    },
    basket: {
      ...service,
      traffic: {
        from: 'internal',
        priority: 30,
        requestsPerTask: 100,
        stickiness: { seconds: 60, cookie: 'BASKET' },
        healthCheck: { path: '/up', codes: '200,204', timeoutSeconds: 2, unhealthyThreshold: 6 },
      },
    },
  })
  const rule = (path: string) => resourceAt(everywhere, 'aws_lb_listener_rule', `services/${path}`)
  const group = (path: string) => resourceAt(everywhere, 'aws_lb_target_group', `services/${path}`)
  const proof = expect.objectContaining({ http_header: expect.objectContaining({}) })

  it('has a rule for each of its rules, all with the header of the CDN', () => {
    expect(rule('shop/traffic/rule/rule')).toMatchObject({
      priority: 10,
      condition: [
        proof,
        { path_pattern: { values: ['/cart/*'] } },
        { http_request_method: { values: ['GET', 'POST'] } },
      ],
    })
    expect(rule('shop/traffic/rule-11/rule')).toMatchObject({
      priority: 11,
      condition: [
        { http_header: { http_header_name: 'x-tideway-origin' } },
        { host_header: { values: ['shop.test.example', '*.shop.test.example'] } },
        { query_string: [{ key: 'shop', value: '$${all}' }] },
      ],
      action: rule('shop/traffic/rule/rule').action,
    })
    expect(rule('shop/traffic/rule-5/rule').condition.slice(1)).toEqual([
      { http_header: { http_header_name: 'x-tenant', values: ['north', 'south-*'] } },
      { query_string: [{ key: 'beta', value: '1' }] },
    ])
  })

  it('publishes the hosts that the CDN serves, apart for gRPC', () => {
    expect(everywhere.output?.external_hosts?.value).toEqual([
      '*.shop.test.example',
      'shop.test.example',
    ])
    expect(everywhere.output?.external_grpc_hosts?.value).toEqual([
      'a.chat.test.example',
      'chat.test.example',
    ])
    expect(group('chat/traffic/chat').protocol_version).toBe('GRPC')
    expect(rule('chat/traffic/rule/rule').condition).toEqual([
      proof,
      { host_header: { values: ['chat.test.example'] } },
    ])
  })

  it('lets CodeDeploy move every rule, and nothing else', () => {
    const ids = ['rule', 'rule-11', 'rule-5'].map((id) => `services/shop/traffic/${id}/rule`)
    for (const id of ids) {
      const { lifecycle } = resourceAt(everywhere, 'aws_lb_listener_rule', id)
      expect(lifecycle).toEqual({ ignore_changes: ['action'] })
    }
    const statement = grantsOf(everywhere, 'services/shop/blue-green/shop-release').find(
      ({ Sid }) => Sid === 'MoveTraffic',
    )
    expect(statement?.Resource).toEqual([
      referenceAt(everywhere, 'aws_lb_listener', 'external-alb/alb/https', 'arn'),
      ...ids.map((id) => referenceAt(everywhere, 'aws_lb_listener_rule', id, 'arn')),
    ])
  })

  it('waits for every rule, because ECS rejects a target group without a load balancer', () => {
    for (const part of ['service', 'standby-fargate']) {
      expect(resourceAt(everywhere, 'aws_ecs_service', `services/quotes/${part}`)).toMatchObject({
        depends_on: expect.arrayContaining(
          ['rule', 'rule-21'].map((id) =>
            addressAt(everywhere, 'aws_lb_listener_rule', `services/quotes/traffic/${id}`),
          ),
        ),
        health_check_grace_period_seconds: 90,
      })
    }
  })

  it('has hosts of the internal domain, the name of the service by default', () => {
    expect(rule('quotes/traffic/rule').condition).toEqual([
      { host_header: { values: ['quotes.internal.test.example'] } },
    ])
    expect(rule('quotes/traffic/rule-21').condition).toEqual([
      { host_header: { values: ['prices.internal.test.example'] } },
      {
        query_string: [
          { key: 'currency', value: 'EUR' },
          { key: 'currency', value: 'USD' },
        ],
      },
    ])
  })

  it('speaks gRPC, with a health check in it', () => {
    expect(group('quotes/traffic/quotes')).toMatchObject({
      protocol: 'HTTP',
      protocol_version: 'GRPC',
      slow_start: 45,
      health_check: {
        path: '/grpc.health.v1.Health/Check',
        matcher: '0',
        interval: 20,
        timeout: 5,
        healthy_threshold: 4,
        unhealthy_threshold: 2,
      },
    })
  })

  it('keeps the task of a client, and checks health as the service declares', () => {
    expect(group('basket/traffic/basket')).toMatchObject({
      stickiness: { type: 'app_cookie', cookie_name: 'BASKET', cookie_duration: 60 },
      health_check: { path: '/up', matcher: '200,204', timeout: 2, unhealthy_threshold: 6 },
    })
    expect(group('basket/traffic/basket')).not.toHaveProperty('protocol_version')
    expect(group('basket/traffic/basket')).not.toHaveProperty('slow_start')
  })
})

describe('Service Connect', () => {
  const server: ServiceDefinition = {
    ...service,
    capacity: [{ on: 'fargate', weight: 1 }],
    standbys: [],
    port: 9000,
    slowestRequestSeconds: 20,
    connect: { serves: 'grpc' },
  }
  const connected = withServices({
    shop: { ...service, connect: { calls: ['ledger', 'mail'] } },
    ledger: server,
    mail: { ...server, slowestRequestSeconds: 5, connect: { serves: 'tcp' } },
  })
  const namespace = referenceAt(
    connected,
    'aws_service_discovery_private_dns_namespace',
    'discovery/namespace',
    'arn',
  )
  const ecsService = (path: string) => resourceAt(connected, 'aws_ecs_service', `services/${path}`)

  it('gives a service a name, which its DNS records have not taken', () => {
    expect(ecsService('ledger/service').service_connect_configuration).toEqual({
      enabled: true,
      namespace,
      service: [
        {
          port_name: 'app',
          discovery_name: 'ledger-connect',
          client_alias: { dns_name: 'ledger', port: 9000 },
          timeout: { per_request_timeout_seconds: 20 },
        },
      ],
    })
    expect(ecsService('mail/service').service_connect_configuration.service[0]).not.toHaveProperty(
      'timeout',
    )
  })

  it('names the port of the task, with its protocol', () => {
    expect(containerOf('ledger', connected).portMappings).toEqual([
      { containerPort: 9000, protocol: 'tcp', name: 'app', appProtocol: 'grpc' },
    ])
    expect(containerOf('mail', connected).portMappings).toEqual([
      { containerPort: 9000, protocol: 'tcp', name: 'app' },
    ])
  })

  it('lets the standby call others like the primary, once they are deployed', () => {
    for (const part of ['service', 'standby-fargate']) {
      expect(ecsService(`shop/${part}`).service_connect_configuration).toEqual({
        enabled: true,
        namespace,
      })
    }
    expect(ecsService('shop/service').depends_on).toEqual(
      expect.arrayContaining(
        ['ledger', 'mail'].map((name) =>
          addressAt(connected, 'aws_ecs_service', `services/${name}/service`),
        ),
      ),
    )
    expect(
      rulesOf(connected, 'ingress', groupRef(connected, 'services/ledger/task/security-group')),
    ).toEqual([
      {
        referenced_security_group_id: groupRef(connected, 'services/shop/task/security-group'),
        ip_protocol: 'tcp',
        from_port: 9000,
        to_port: 9000,
      },
    ])
  })
})

describe('scaling', () => {
  const policy = (path: string) =>
    resourceAt(json, 'aws_appautoscaling_policy', `services/${path}`)
      .target_tracking_scaling_policy_configuration

  it('scales the service between its limits', () => {
    const target = resourceAt(json, 'aws_appautoscaling_target', 'services/api/scaling/target')
    const service = referenceAt(json, 'aws_ecs_service', 'services/api/service', 'name')
    expect(target).toMatchObject({ min_capacity: 3, max_capacity: 30 })
    expect(target.resource_id).toContain(service)
  })

  it('does not scale standbys, which the controller does', () => {
    const ids = Object.values(resourcesOf(json, 'aws_appautoscaling_target')).map(
      ({ resource_id }) => resource_id,
    )
    expect(ids).toHaveLength(2)
    expect(ids.join()).not.toContain('standby')
  })

  it.each(['api', 'worker'])('of %s tracks CPU, memory and requests', (name) => {
    const predefined = (id: string) =>
      policy(`${name}/scaling/${id}`).predefined_metric_specification.predefined_metric_type
    expect(predefined('cpu')).toBe('ECSServiceAverageCPUUtilization')
    expect(predefined('memory')).toBe('ECSServiceAverageMemoryUtilization')
    expect(policy(`${name}/scaling/requests`).target_value).toBe(name === 'api' ? 1000 : 500)
  })

  it('divides the requests of both target groups by the tasks of the service and its standbys', () => {
    const { metrics } = policy('api/scaling/requests').customized_metric_specification
    const dimension = (metric: Block, name: string) =>
      metric.metric_stat?.metric.dimensions.find((each: Block) => each.name === name)?.value
    const of = (name: string) => metrics.flatMap((metric: Block) => dimension(metric, name) ?? [])
    expect(of('TargetGroup')).toEqual(
      ['api-blue', 'api-green'].map((group) =>
        referenceAt(json, 'aws_lb_target_group', `services/api/traffic/${group}`, 'arn_suffix'),
      ),
    )
    expect(of('ServiceName')).toEqual(['tideway-test-api', 'tideway-test-api-standby-fargate'])
    const [formula, ...others] = metrics.filter(({ return_data }: Block) => return_data)
    expect(others).toEqual([])
    expect(formula.expression).toBe(
      'IF(tasks0 >= 0, (FILL(requests0, 0) + FILL(requests1, 0)) / IF((tasks0 + FILL(tasks1, 0)) > 0, tasks0 + FILL(tasks1, 0), 1))',
    )
  })

  it('of worker tracks the backlog of its queue', () => {
    const { target_value, customized_metric_specification } = policy('worker/scaling/backlog')
    expect(target_value).toBe(10)
    expect(customized_metric_specification.metrics[0].metric_stat.metric).toMatchObject({
      namespace: 'AWS/SQS',
      metric_name: 'ApproximateNumberOfMessagesVisible',
      dimensions: [
        {
          name: 'QueueName',
          value: referenceAt(json, 'aws_sqs_queue', 'work-queue/queue', 'name'),
        },
      ],
    })
  })

  it.each(['api', 'worker'])('of %s reacts to a surge within a minute', (name) => {
    const alarm = resourceAt(
      json,
      'aws_cloudwatch_metric_alarm',
      `services/${name}/scaling/surge-alarm`,
    )
    expect(alarm).toMatchObject({
      metric_name: 'CPUUtilization',
      period: 60,
      evaluation_periods: 1,
    })
    expect(alarm.alarm_actions).toEqual([
      referenceAt(json, 'aws_appautoscaling_policy', `services/${name}/scaling/surge`, 'arn'),
    ])
    const { step_scaling_policy_configuration: steps } = resourceAt(
      json,
      'aws_appautoscaling_policy',
      `services/${name}/scaling/surge`,
    )
    expect(
      steps.step_adjustment.map(({ scaling_adjustment }: Block) => scaling_adjustment),
    ).toEqual([50, 100])
  })
})

describe('alarms', () => {
  const formulaOf = ({ metric_query }: Block): string =>
    metric_query.find(({ return_data }: Block) => return_data).expression

  it('go off when fewer tasks run than the minimum, standbys included', () => {
    const alarm = resourceAt(
      json,
      'aws_cloudwatch_metric_alarm',
      'services/worker/alarms/too-few-tasks',
    )
    const names = alarm.metric_query.flatMap(
      ({ metric }: Block) => metric?.dimensions.ServiceName ?? [],
    )
    expect(names).toEqual([
      'tideway-test-worker',
      'tideway-test-worker-standby-fargate',
      'tideway-test-worker-standby-ec2',
    ])
    expect(formulaOf(alarm)).toBe('IF(tasks0 >= 0, tasks0 + FILL(tasks1, 0) + FILL(tasks2, 0))')
    expect([alarm.threshold, alarm.comparison_operator]).toEqual([2, 'LessThanThreshold'])
    expect(alarm.alarm_actions).toEqual([
      referenceAt(json, 'aws_sns_topic', 'monitoring/alarms/topic', 'arn'),
    ])
  })

  it('evaluate only minutes with data', () => {
    for (const id of ['errors-blue', 'errors-green']) {
      const alarm = resourceAt(json, 'aws_cloudwatch_metric_alarm', `services/api/alarms/${id}`)
      expect(formulaOf(alarm)).toBe('IF(requests >= 20, 100 * FILL(errors, 0) / requests, 0)')
      expect(alarm.treat_missing_data).toBe('notBreaching')
    }
  })

  it('of both target groups roll a release back', () => {
    const group = resourceAt(
      json,
      'aws_codedeploy_deployment_group',
      'services/api/blue-green/group',
    )
    expect(group.alarm_configuration).toEqual({
      enabled: true,
      alarms: ['errors-blue', 'errors-green'].map((id) =>
        referenceAt(json, 'aws_cloudwatch_metric_alarm', `services/api/alarms/${id}`, 'alarm_name'),
      ),
    })
    expect(group.auto_rollback_configuration).toEqual({
      enabled: true,
      events: ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_ALARM'],
    })
  })
})

describe('releases by CodeDeploy', () => {
  const group = resourceAt(json, 'aws_codedeploy_deployment_group', 'services/api/blue-green/group')

  it('switch the service between its two target groups', () => {
    expect(group.ecs_service.service_name).toBe(
      referenceAt(json, 'aws_ecs_service', 'services/api/service', 'name'),
    )
    const { prod_traffic_route, target_group } = group.load_balancer_info.target_group_pair_info
    expect(prod_traffic_route.listener_arns).toEqual([
      referenceAt(json, 'aws_lb_listener', 'external-alb/alb/https', 'arn'),
    ])
    expect(target_group).toEqual(
      ['api-blue', 'api-green'].map((part) => ({
        name: referenceAt(json, 'aws_lb_target_group', `services/api/traffic/${part}`, 'name'),
      })),
    )
  })

  it('shift a tenth of the traffic first', () => {
    const config = referred(json, group.deployment_config_name)
    expect(config.traffic_routing_config.time_based_canary).toEqual({ percentage: 10, interval: 5 })
  })

  it('can change this service and its rule, and pass its roles', () => {
    const grants = grantsOf(json, 'services/api/blue-green/api-release')
    expect(grants.find(({ Sid }) => Sid === 'ReleaseService')?.Resource).toContain(
      referenceAt(json, 'aws_ecs_service', 'services/api/service'),
    )
    expect(grants.find(({ Sid }) => Sid === 'HandRolesToTasks')?.Resource).toEqual([
      referenceAt(json, 'aws_iam_role', 'services/api/task/api-task/role', 'arn'),
      referenceAt(json, 'aws_iam_role', 'services/api/task/api-start/role', 'arn'),
    ])
    expect(grants.find(({ Sid }) => Sid === 'MoveTraffic')?.Resource).toContain(
      referenceAt(json, 'aws_lb_listener_rule', 'services/api/traffic/rule/rule', 'arn'),
    )
  })
})

describe('a scheduled task', () => {
  it('is started by a schedule with retries', () => {
    const clock = resourceAt(json, 'aws_scheduler_schedule', 'services/scheduler/clock')
    const run = referenceAt(json, 'aws_sfn_state_machine', 'services/scheduler/run', 'arn')
    expect(clock).toMatchObject({
      schedule_expression: 'cron(0/15 * * * ? *)',
      target: { arn: run, retry_policy: { maximum_retry_attempts: 5 } },
    })
    expect(grantsOf(json, 'services/scheduler/scheduler-clock')).toEqual([
      expect.objectContaining({ Action: 'states:StartExecution', Resource: run }),
    ])
    const names = Object.values(resourcesOf(json, 'aws_ecs_service')).map(({ name }) => name)
    expect(names.join()).not.toContain('scheduler')
  })

  it('logs errors of runs and traces them', () => {
    const group = resourceAt(json, 'aws_cloudwatch_log_group', 'services/scheduler/run-log')
    expect(group).toMatchObject({
      name: '/aws/vendedlogs/states/tideway-test-scheduler',
      kms_key_id: keyRef(json, 'monitoring/key'),
      retention_in_days: 30,
    })
    expect(resourceAt(json, 'aws_sfn_state_machine', 'services/scheduler/run')).toMatchObject({
      logging_configuration: {
        level: 'ERROR',
        log_destination: `${referenceAt(json, 'aws_cloudwatch_log_group', 'services/scheduler/run-log', 'arn')}:*`,
      },
      tracing_configuration: { enabled: true },
    })
  })

  it('has the permissions to run its task on the cluster', () => {
    const run = resourceAt(json, 'aws_sfn_state_machine', 'services/scheduler/run')
    const { OnSpot, OnDemand } = JSON.parse(run.definition).States
    for (const { Parameters } of [OnSpot, OnDemand]) {
      expect(Parameters).toMatchObject({
        Cluster: referenceAt(json, 'aws_ecs_cluster', 'cluster/cluster', 'arn'),
        TaskDefinition: referenceAt(
          json,
          'aws_ecs_task_definition',
          'services/scheduler/task/definition',
          'arn',
        ),
      })
      expect(Parameters.NetworkConfiguration.AwsvpcConfiguration.Subnets).toHaveLength(3)
      // The Step Functions documentation does not list it.
      expect(Parameters).not.toHaveProperty('Count')
    }
    expect(grantsOf(json, 'services/scheduler/scheduler-run')[0]).toMatchObject({
      Action: 'ecs:RunTask',
      Condition: {
        ArnEquals: {
          'ecs:cluster': referenceAt(json, 'aws_ecs_cluster', 'cluster/cluster', 'arn'),
        },
      },
    })
  })
})

describe('a fourth service', () => {
  const fourth: ServiceDefinition = {
    runs: 'always',
    tasks: { min: 2, max: 6 },
    cpu: 256,
    memoryMiB: 512,
    image: 'example',
    capacity: [{ on: 'fargate-spot', weight: 1 }],
    standbys: ['fargate'],
    release: { kind: 'rolling', minHealthyPercent: 100, maxPercent: 200 },
    traffic: { from: 'internal', priority: 200, requestsPerTask: 100 },
    uses: [],
  }
  const more = withServices({ ...services, reports: fourth })
  const added = (type: string) =>
    Object.keys(resourcesOf(more, type)).filter((id) => !(id in resourcesOf(json, type)))

  it.each([
    ['aws_ecs_service', 2],
    ['aws_ecs_task_definition', 1],
    ['aws_lb_target_group', 1],
    ['aws_lb_listener_rule', 1],
    ['aws_iam_role', 2],
    ['aws_cloudwatch_log_group', 1],
    ['aws_cloudwatch_metric_alarm', 5],
    ['aws_appautoscaling_target', 1],
    ['aws_appautoscaling_policy', 4],
    ['aws_security_group', 1],
    ['aws_service_discovery_service', 1],
    ['aws_ecr_repository', 1],
    ['aws_ssm_parameter', 1],
  ])('is one entry, which adds %s: %i', (type, count) => {
    expect(added(type)).toHaveLength(count)
  })

  it('changes no other resources', () => {
    const of = (from: Synthesized) => primary('api', from)
    expect(of(more)).toEqual(of(json))
  })

  it('without dependencies has a role without a policy', () => {
    expect(() => grantsOf(more, 'services/reports/task/reports-task')).toThrow('found 0')
  })
})

describe('the examples of the table of fields', () => {
  const changesOf = (definition: ServiceDefinition) => {
    const shortest = new Map<string, unknown>(
      Object.entries(definition.runs === 'always' ? service : task),
    )
    return Object.entries(definition).filter(([key, value]) => shortest.get(key) !== value)
  }

  /** As few services as have all examples: each gets the changes of those that fit together. */
  const combined: ServiceDefinition[] = []
  for (const example of Object.values(fieldExamples)) {
    const changes = Object.fromEntries(changesOf(example))
    const place = combined.findIndex((other) => {
      const changed = changesOf(other).map(([key]) => key)
      const isSameKind = (other.runs === 'always') === (example.runs === 'always')
      if (!isSameKind || changed.some((key) => key in changes)) return false
      try {
        checkServices({ mine: { ...other, ...changes } })
        return true
      } catch {
        return false
      }
    })
    if (place === -1) combined.push(example)
    else combined[place] = { ...combined[place], ...changes } as ServiceDefinition
  }

  it('synthesize together', () => {
    const examples = combined.map((definition, index) => [`example-${index}`, definition])
    const { resource } = withServices(Object.fromEntries(examples))
    expect(Object.keys(resource?.aws_ecs_task_definition ?? {})).toHaveLength(combined.length)
  })

  it('are all in one of the services', () => {
    const all = combined.flatMap((definition) => Object.values({ ...definition }) as unknown[])
    for (const example of Object.values(fieldExamples)) {
      expect(all).toEqual(expect.arrayContaining(changesOf(example).map(([, value]) => value)))
    }
  })
})

describe('the container of a service', () => {
  const { api, scheduler } = services
  const image = { from: '111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/app', tag: '1.4.2' }
  const full = {
    ...api,
    port: 3000,
    image: { from: 'ghcr.io/team/app', tag: '2', credentials: 'registries/ghcr' },
    architecture: 'x86-64',
    ephemeralStorageGiB: 120,
    command: ['sh', '-c', 'serve ${HOME} $HOME %{if}'],
    entryPoint: ['/tini', '--'],
    temporaryFolders: [{ path: '/tmp', memoryMiB: 64 }, { path: '/var/cache' }, { path: '/data' }],
    stopSeconds: 30,
    environment: { LOG_LEVEL: 'info', GREETING: 'Hello ${name}' },
    secrets: {
      PAYMENTS: { secret: 'payments/provider', key: 'api' },
      LICENCE: { secret: 'licence' },
      REGION_CODE: { parameter: '/shared/region' },
      TOP: { parameter: 'top' },
    },
    featureFlags: { newCheckout: false },
    log: { retentionDays: 731, bufferMiB: 25 },
  } as unknown as ServiceDefinition
  const job = {
    ...scheduler,
    image,
    featureFlags: 'off',
    command: ['job'],
    log: { retentionDays: 1 },
  } as ServiceDefinition
  const declared = withServices({ full, job })
  const taskOf = (name: string) =>
    resourceAt(declared, 'aws_ecs_task_definition', `services/${name}/task/definition`)
  const startOf = (name: string) =>
    grantsOf(declared, `services/${name}/task/${name}-start`).map(({ Effect: _, ...rest }) => rest)
  const arn = (service: string, resource: string) =>
    `arn:aws:${service}:eu-central-1:123456789012:${resource}`

  it('has what its definition declares', () => {
    const container = containerOf('full', declared)
    expect(container).toMatchObject({
      image: 'ghcr.io/team/app:2',
      repositoryCredentials: { credentialsParameter: 'registries/ghcr' },
      // Terraform would evaluate the braces.
      command: ['sh', '-c', 'serve $${HOME} $HOME %%{if}'],
      entryPoint: ['/tini', '--'],
      stopTimeout: 30,
      readonlyRootFilesystem: true,
      portMappings: [{ containerPort: 3000, protocol: 'tcp' }],
    })
    expect(container.environment).toEqual(
      expect.arrayContaining([
        { name: 'PORT', value: '3000' },
        { name: 'LOG_LEVEL', value: 'info' },
        { name: 'GREETING', value: 'Hello $${name}' },
      ]),
    )
    expect(container.logConfiguration.options['max-buffer-size']).toBe('25m')
    expect(containerOf('job', declared)).toMatchObject({
      image: `${image.from}:1.4.2`,
      command: ['job'],
      portMappings: [],
      environment: expect.arrayContaining([{ name: 'PORT', value: '8080' }]),
    })
  })

  it('gets secrets and parameters by the names of its variables', () => {
    expect(containerOf('full', declared).secrets).toEqual(
      expect.arrayContaining([
        { name: 'PAYMENTS', valueFrom: arn('secretsmanager', 'secret:payments/provider:api::') },
        { name: 'LICENCE', valueFrom: arn('secretsmanager', 'secret:licence') },
        { name: 'REGION_CODE', valueFrom: arn('ssm', 'parameter/shared/region') },
        { name: 'TOP', valueFrom: arn('ssm', 'parameter/top') },
      ]),
    )
  })

  it('has secrets that its execution role alone reads and decrypts, with any key', () => {
    const secrets = ['licence', 'payments/provider', 'registries/ghcr'].map((name) =>
      arn('secretsmanager', `secret:${name}-??????`),
    )
    const parameters = ['shared/region', 'top'].map((name) => arn('ssm', `parameter/${name}`))
    const decrypts = (Sid: string, service: string, context: string, values: string[]) => ({
      Sid,
      Action: 'kms:Decrypt',
      Resource: arn('kms', 'key/*'),
      Condition: {
        StringEquals: { 'kms:ViaService': `${service}.eu-central-1.amazonaws.com` },
        StringLike: { [`kms:EncryptionContext:${context}`]: values },
      },
    })
    expect(startOf('full')).toEqual(
      expect.arrayContaining([
        { Sid: 'ReadSecrets', Action: 'secretsmanager:GetSecretValue', Resource: secrets },
        decrypts('DecryptSecrets', 'secretsmanager', 'SecretARN', secrets),
        { Sid: 'ReadParameters', Action: 'ssm:GetParameters', Resource: parameters },
        decrypts('DecryptParameters', 'ssm', 'PARAMETER_ARN', parameters),
      ]),
    )
    const others = Object.entries(resourcesOf(declared, 'aws_iam_role_policy')).filter(
      ([, { policy }]) => policy.includes('payments/provider'),
    )
    expect(others.map(([, { name }]) => name)).toEqual(['full-start'])
  })

  it('is pulled from a repository of another account', () => {
    expect(startOf('job').find(({ Sid }) => Sid === 'PullImage')?.Resource).toEqual([
      referenceAt(declared, 'aws_ecr_repository', 'registry/job', 'arn'),
      'arn:aws:ecr:eu-west-1:111122223333:repository/team/app',
    ])
  })

  it('writes to its folders in memory and on the disk of the task', () => {
    const { linuxParameters, mountPoints } = containerOf('full', declared)
    expect(linuxParameters.tmpfs).toEqual([
      {
        containerPath: '/tmp',
        size: 64,
        mountOptions: ['uid=65534', 'gid=65534', 'mode=0700', 'nosuid', 'nodev'],
      },
    ])
    expect(mountPoints).toEqual([
      { sourceVolume: 'app-0', containerPath: '/var/cache' },
      { sourceVolume: 'app-1', containerPath: '/data' },
    ])
    expect(taskOf('full').volume).toEqual([{ name: 'app-0' }, { name: 'app-1' }])
  })

  it('runs on the architecture and the disk of its task, on Fargate alone', () => {
    expect(taskOf('full')).toMatchObject({
      requires_compatibilities: ['FARGATE'],
      runtime_platform: { cpu_architecture: 'X86_64', operating_system_family: 'LINUX' },
      ephemeral_storage: { size_in_gib: 120 },
    })
    // 0.5 virtual CPU and 1 GB of x86-64, and 100 GiB of disk.
    const { tags } = serviceAt('services/full/standby-fargate', declared)
    expect(tags['tideway:task-price']).toBe('0.035785')
  })

  it('receives requests on its port, which CodeDeploy gets too', () => {
    expect(primary('full', declared).load_balancer[0].container_port).toBe(3000)
    expect(serviceAt('services/full/standby-fargate', declared).load_balancer).toEqual(
      primary('full', declared).load_balancer,
    )
    const group = groupRef(declared, 'services/full/task/security-group')
    expect(rulesOf(declared, 'ingress', group)).toMatchObject([{ from_port: 3000, to_port: 3000 }])
    // AWS would replace a group whose port changes.
    const blue = resourceAt(declared, 'aws_lb_target_group', 'services/full/traffic/full-blue')
    expect(blue.port).toBe(8080)
  })

  it('keeps its log longer than the environment, but never shorter', () => {
    const days = (name: string) =>
      resourceAt(declared, 'aws_cloudwatch_log_group', `services/${name}/task/log`)
        .retention_in_days
    expect([days('full'), days('job')]).toEqual([731, 30])
  })

  it('has the feature flags of its definition, or none', () => {
    const flags = Object.values(resourcesOf(declared, 'aws_ssm_parameter'))
    expect(flags).toMatchObject([{ name: '/tideway/test/full/feature-flags' }])
    expect(flags[0]?.value).toBe('{"newCheckout":false}')
    expect(containerOf('job', declared).secrets.map(({ name }: Block) => name)).toEqual([
      'DATABASE',
    ])
    expect(startOf('job').map(({ Sid }) => Sid)).not.toContain('DecryptFeatureFlags')
  })

  it('reports its stop time to the controller, in a tag other than that of operators', () => {
    const ignored = declared.provider?.aws?.[0]?.ignore_tags[0].keys
    expect(primary('full', declared).tags['tideway:defined-stop-seconds']).toBe('30')
    expect(ignored).toContain('tideway:stop-seconds')
    expect(ignored).not.toContain('tideway:defined-stop-seconds')
  })

  it('cannot replace a variable of the platform', () => {
    const taken = { ...scheduler, environment: { WORK_QUEUE_URL: 'mine' } } as ServiceDefinition
    expect(() => withServices({ taken })).toThrow(
      /taken.*environment and secrets: must have no variable that the platform sets; got "WORK_QUEUE_URL"/,
    )
  })

  it('fits into a task definition', () => {
    const large = { ...scheduler, environment: { TERMS: 'x'.repeat(63 * 1024) } }
    expect(() => withServices({ large } as typeof services)).toThrow(
      /services\/large\/task \(containers\): must have 63488 bytes at most; got 65\d+\. Shorten/,
    )
  })
})
