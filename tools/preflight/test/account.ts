import { serviceLinkedRoles } from '@tideway/bootstrap/service-linked-role-names'
import type { BootstrapSettings } from '@tideway/bootstrap/settings'
import { testEnvironment } from '@tideway/constructs/testing'
import { Platform } from '../src/synthesized'
import type { Answers } from './fake-aws'

export const environment = testEnvironment({
  name: 'dev',
  account: '111122223333',
  availabilityZones: ['eu-central-1a', 'eu-central-1b'],
  domain: 'dev.test.example',
})
export const { account, region } = environment

const issuer = 'token.actions.githubusercontent.com'
const provider = `arn:aws:iam::${account}:oidc-provider/${issuer}`

const trustOf = (arn: string, ...subjects: string[]) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Federated: arn },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: {
          StringEquals: { [`${issuer}:aud`]: 'sts.amazonaws.com', [`${issuer}:sub`]: subjects },
        },
      },
    ],
  })

const prefix = 'repo:acme@7/shop@9'
const contexts = {
  'ci-plan': ['pull_request', 'ref:refs/heads/main'],
  'ci-deploy': ['environment:dev'],
}
const trustIn = (arn: string, role: keyof typeof contexts) =>
  trustOf(arn, ...contexts[role].map((end) => `${prefix}:${end}`))

export const settings: BootstrapSettings = {
  repository: 'acme@7/shop@9',
  githubProvider: 'create',
  pullRequestPlans: 'open',
  reviewers: ['@acme/platform'],
}

const strategy = (...items: [name: string, weight: number, base?: number][]) =>
  items.map(([capacity_provider, weight, base]) => ({
    capacity_provider,
    weight,
    ...(base && { base }),
  }))

const override = (...types: string[]) => types.map((instance_type) => ({ instance_type }))

const scalingGroup = (name: string, max: number, onDemand: number, types: string[]) => ({
  name,
  min_size: 0,
  max_size: max,
  mixed_instances_policy: {
    instances_distribution: { on_demand_percentage_above_base_capacity: onDemand },
    launch_template: { override: override(...types) },
  },
})

const ref = (address: string) => `\${${address}}`

/** A small platform with one of each thing that needs something of the account. */
export const stacks = {
  network: {
    terraform: { backend: { s3: { bucket: `tideway-dev-state-${account}` } } },
    resource: {
      aws_eip: { nat: {} },
      aws_route53_zone: {
        public: { name: environment.domain },
        private: { name: environment.privateDomain, vpc: [{}] },
      },
      aws_vpc_endpoint: {
        s3: { vpc_endpoint_type: 'Gateway' },
        sqs: { vpc_endpoint_type: 'Interface', subnet_ids: ['a'] },
        sts: { vpc_endpoint_type: 'Interface', subnet_ids: ['a'] },
      },
      aws_security_group: { endpoints: { name: 'endpoints', ingress: [{}, {}] } },
    },
    output: { endpoints: { value: ref('aws_security_group.endpoints.id') } },
  },
  compute: {
    data: {
      terraform_remote_state: { network: { config: { key: 'dev/network.tfstate' } } },
      aws_ec2_managed_prefix_list: {
        cdn: { name: 'com.amazonaws.global.cloudfront.origin-facing' },
      },
    },
    resource: {
      aws_ecs_cluster: { cluster: {} },
      aws_lb: { external: { internal: false, subnets: ['a', 'b'] } },
      aws_security_group: { cdn: { name: 'from-cdn' } },
      aws_vpc_security_group_ingress_rule: {
        cdn: {
          security_group_id: ref('aws_security_group.cdn.id'),
          prefix_list_id: ref('data.aws_ec2_managed_prefix_list.cdn.id'),
        },
        more: {
          security_group_id: ref('data.terraform_remote_state.network.outputs.endpoints'),
          cidr_ipv4: '10.0.0.0/8',
        },
      },
      aws_autoscaling_group: {
        demand: scalingGroup('demand', 4, 100, ['m7g.large', 'c7g.xlarge']),
        spot: scalingGroup('spot', 10, 0, ['m7g.large']),
      },
      aws_ecs_capacity_provider: {
        demand: {
          auto_scaling_group_provider: {
            auto_scaling_group_arn: ref('aws_autoscaling_group.demand.arn'),
          },
        },
      },
      aws_spot_fleet_request: {
        web: { target_capacity: 2, launch_template_config: [{ overrides: override('m7g.large') }] },
      },
      aws_ec2_fleet: {
        jobs: {
          target_capacity_specification: {
            default_target_capacity_type: 'spot',
            on_demand_target_capacity: 1,
            total_target_capacity: 2,
          },
          launch_template_config: [{ override: override('m7g.large') }],
        },
      },
      aws_ecs_task_definition: {
        api: { family: 'api', cpu: '512', memory: '1024', network_mode: 'awsvpc' },
        job: { family: 'job', cpu: '256', memory: '512', requires_compatibilities: ['FARGATE'] },
        worker: { family: 'worker', cpu: '1024', memory: '2048', network_mode: 'awsvpc' },
      },
      aws_ecs_service: {
        api: {
          name: 'api',
          desired_count: 3,
          capacity_provider_strategy: strategy(['FARGATE', 1, 1], ['FARGATE_SPOT', 3]),
          deployment_controller: { type: 'CODE_DEPLOY' },
          task_definition: ref('aws_ecs_task_definition.api.arn'),
          tags: { 'tideway:standbys': 'api-standby' },
        },
        standby: {
          name: 'api-standby',
          desired_count: 0,
          capacity_provider_strategy: strategy(['FARGATE', 1]),
          task_definition: ref('aws_ecs_task_definition.api.arn'),
          tags: { 'tideway:standby-of': 'api' },
        },
        worker: {
          name: 'worker',
          desired_count: 2,
          capacity_provider_strategy: strategy([ref('aws_ecs_capacity_provider.demand.name'), 1]),
          task_definition: ref('aws_ecs_task_definition.worker.arn'),
          tags: {},
        },
      },
      aws_appautoscaling_target: {
        api: { max_capacity: 10, resource_id: `service/c/${ref('aws_ecs_service.api.name')}` },
      },
      aws_lambda_function: {
        drain: { function_name: 'drain', reserved_concurrent_executions: 2 },
        reconcile: { function_name: 'reconcile', reserved_concurrent_executions: 3 },
      },
      aws_acm_certificate: { origin: { domain_name: `origin.${environment.domain}` } },
      aws_shield_protection: { external: {} },
    },
  },
  data: {
    resource: { aws_rds_cluster: { db: {} }, aws_elasticache_replication_group: { cache: {} } },
  },
  edge: {
    resource: {
      aws_acm_certificate: { cdn: { domain_name: environment.domain, provider: 'aws.us_east_1' } },
    },
  },
  bootstrap: {
    resource: {
      aws_iam_role: {
        plan: {
          name: 'ci-plan',
          assume_role_policy: trustIn(ref('aws_iam_openid_connect_provider.github.arn'), 'ci-plan'),
        },
        deploy: {
          name: 'ci-deploy',
          assume_role_policy: trustIn(
            ref('aws_iam_openid_connect_provider.github.arn'),
            'ci-deploy',
          ),
        },
        other: { name: 'other', assume_role_policy: '{"Statement":[]}' },
      },
    },
  },
}

export const platform = new Platform(stacks)

const tags = [
  { key: 'managed-by', value: 'tideway' },
  { key: 'environment', value: 'dev' },
]

export const nameServers = ['ns-1.awsdns-1.org', 'ns-2.awsdns-2.com']

/** The values of Service Quotas, each as high as the platform needs and no higher. */
export const quotaValues: Readonly<Record<string, number>> = {
  // 4 c7g.xlarge of the group and one m7g.large of the fleet; 2 vCPUs of others.
  'L-1216C47A': 4 * 4 + 2 + 2,
  // 10 + 2 + 1 m7g.large; 4 vCPUs of others.
  'L-34B43A08': 13 * 2 + 4,
  // Two sets of ten tasks, all on the standby, and the job.
  'L-3032A538': 20 * 0.5 + 0.25,
  // One of the 20 is the base on demand; 15 of the others are on Spot.
  'L-36FBB829': 15 * 0.5 + 0.25,
  'L-0263D0A3': 1 + 1,
  'L-0EA8095F': 55,
  'L-29B6F2EB': 2,
}

export const certificate = (domain: string) => ({
  CertificateArn: `arn:${domain}`,
  DomainName: domain,
  Status: 'ISSUED',
  NotAfter: Date.parse('2027-06-01T00:00:00Z') / 1000,
  DomainValidationOptions: [
    {
      DomainName: domain,
      ResourceRecord: { Name: `_x.${domain}.`, Type: 'CNAME', Value: '_y.acm-validations.aws.' },
    },
  ],
})

export const now = new Date('2026-12-01T00:00:00Z')

const zone = {
  Id: '/hostedzone/Z1',
  Name: `${environment.domain}.`,
  Config: { PrivateZone: false },
}

const allServiceLinkedRoles = Object.values(serviceLinkedRoles).flatMap(Object.values<string>)

/** Most query responses repeat `member`. */
export const members = (items: readonly object[]) => ({ member: items })
export const items = (list: readonly object[]) => ({ item: list })

export const rolesAnswer = (names: readonly string[] = allServiceLinkedRoles) => ({
  IsTruncated: false,
  Roles: members(
    names.map((RoleName) => ({ RoleName, Path: '/aws-service-role/', Arn: RoleName })),
  ),
})

export const accountSettings = (changes: Readonly<Record<string, string>> = {}) => ({
  settings: Object.entries({
    containerInstanceLongArnFormat: 'on',
    serviceLongArnFormat: 'enabled',
    taskLongArnFormat: 'enabled',
    awsvpcTrunking: 'enabled',
    ...changes,
  }).map(([name, value]) => ({ name, value })),
})

export const sizes = (interfaces = 3) => ({
  instanceTypeSet: items(
    (
      [
        ['m7g.large', 2, 8192, 3],
        ['c7g.xlarge', 4, 8192, interfaces],
      ] as const
    ).map(([instanceType, defaultVCpus, sizeInMiB, maximumNetworkInterfaces]) => ({
      instanceType,
      vCpuInfo: { defaultVCpus },
      memoryInfo: { sizeInMiB },
      networkInfo: { maximumNetworkInterfaces },
    })),
  ),
})

export const offerings = (...pairs: [zone: string, ...types: string[]][]) => ({
  instanceTypeOfferingSet: items(
    pairs.flatMap(([location, ...types]) =>
      types.map((instanceType) => ({ instanceType, location, locationType: 'availability-zone' })),
    ),
  ),
})

export const zones = (...letters: string[]) => ({
  availabilityZoneInfo: items(
    letters.map((letter, index) => ({
      zoneName: `${region}${letter}`,
      zoneId: `euc1-az${index + 1}`,
      zoneState: 'available',
      zoneType: 'availability-zone',
      optInStatus: 'opt-in-not-required',
    })),
  ),
})

export const deployedRole = (role: string, trust?: string) => ({
  Role: {
    RoleName: role,
    Arn: role,
    AssumeRolePolicyDocument: encodeURIComponent(
      trust ?? trustIn(provider, role as keyof typeof contexts),
    ),
  },
})

export const legacyTrust = trustOf(provider, 'repo:acme/shop:environment:dev')

/** An account in which nothing is wrong. */
export const healthy: Answers = {
  'sts:GetCallerIdentity': () => ({
    Account: account,
    Arn: `arn:aws:iam::${account}:user/a`,
    UserId: 'a',
  }),
  'ec2:DescribeRegions': () => ({
    regionInfo: items([{ regionName: region, optInStatus: 'opt-in-not-required' }]),
  }),
  'ec2:DescribeInstanceTypes': () => sizes(),
  'ec2:DescribeInstanceTypeOfferings': () =>
    offerings(
      ['eu-central-1a', 'm7g.large', 'c7g.xlarge'],
      ['eu-central-1b', 'm7g.large', 'c7g.xlarge'],
    ),
  'ec2:DescribeAvailabilityZones': () => zones('a', 'b', 'c'),
  'ec2:DescribeInstances': () => ({
    reservationSet: items([
      {
        instancesSet: items([
          { instanceType: 't3.micro', cpuOptions: { coreCount: 1, threadsPerCore: 2 } },
          {
            instanceType: 'm5.xlarge',
            instanceLifecycle: 'spot',
            cpuOptions: { coreCount: 2, threadsPerCore: 2 },
          },
          // Its own, and one of another quota.
          {
            instanceType: 'm7g.large',
            cpuOptions: { coreCount: 2, threadsPerCore: 1 },
            tagSet: items(tags),
          },
          { instanceType: 'g5.xlarge', cpuOptions: { coreCount: 2, threadsPerCore: 2 } },
        ]),
      },
    ]),
  }),
  'ec2:DescribeAddresses': () => ({
    addressesSet: items([{ allocationId: 'a', tagSet: items(tags) }, { allocationId: 'b' }]),
  }),
  'servicequotas:GetServiceQuota': ({ QuotaCode = '' }) => ({
    Quota: { Value: quotaValues[QuotaCode] },
  }),
  'lambda:GetAccountSettings': () => ({
    // Another function reserves 20, and these two have their 5 already.
    AccountLimit: { ConcurrentExecutions: 125, UnreservedConcurrentExecutions: 100 },
  }),
  'lambda:GetFunctionConcurrency': ({ url = '' }) => ({
    ReservedConcurrentExecutions: url.includes('drain') ? 2 : 3,
  }),
  'iam:ListRoles': () => rolesAnswer(),
  'iam:GetRole': ({ RoleName = '' }) => deployedRole(RoleName),
  'iam:GetOpenIDConnectProvider': () => ({
    ClientIDList: { member: 'sts.amazonaws.com' },
    Tags: members([{ Key: 'managed-by', Value: 'tideway' }]),
  }),
  'route53:ListHostedZonesByName': () => ({
    ListHostedZonesByNameResponse: {
      HostedZones: { HostedZone: [zone] },
      IsTruncated: false,
      MaxItems: 9,
    },
  }),
  'route53:GetHostedZone': () => ({
    GetHostedZoneResponse: {
      HostedZone: zone,
      DelegationSet: { NameServers: { NameServer: nameServers } },
    },
  }),
  'acm:ListCertificates': () => ({
    CertificateSummaryList: [environment.domain, `origin.${environment.domain}`].map((domain) => ({
      DomainName: domain,
      CertificateArn: `arn:${domain}`,
    })),
  }),
  'acm:DescribeCertificate': ({ CertificateArn = '' }) => ({
    Certificate: certificate(CertificateArn.slice('arn:'.length)),
  }),
  'ecs:ListAccountSettings': () => accountSettings(),
  's3:ListBuckets': () => ({
    ListAllMyBucketsResult: { Buckets: { Bucket: [{ Name: `tideway-dev-state-${account}` }] } },
  }),
  's3:GetBucketVersioning': () => ({ VersioningConfiguration: { Status: 'Enabled' } }),
  's3:GetBucketEncryption': () => ({
    ServerSideEncryptionConfiguration: {
      Rule: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } }],
    },
  }),
  's3:GetPublicAccessBlock': () => ({ PublicAccessBlockConfiguration: publicAccess() }),
  'shield:GetSubscriptionState': () => ({ SubscriptionState: 'ACTIVE' }),
}

export function publicAccess(changes: Readonly<Record<string, boolean>> = {}) {
  return {
    BlockPublicAcls: true,
    BlockPublicPolicy: true,
    IgnorePublicAcls: true,
    RestrictPublicBuckets: true,
    ...changes,
  }
}

/** What `gh api` prints, by path. */
export const github: Readonly<Record<string, unknown>> = {
  'repos/acme/shop': { id: 9, full_name: 'acme/shop', owner: { id: 7 }, default_branch: 'main' },
  'repos/acme/shop/actions/oidc/customization/sub': {
    use_default: true,
    use_immutable_subject: false,
    sub_claim_prefix: prefix,
  },
  'repos/acme/shop/environments/dev': {
    name: 'dev',
    deployment_branch_policy: { protected_branches: false, custom_branch_policies: true },
    protection_rules: [
      {
        type: 'required_reviewers',
        prevent_self_review: true,
        reviewers: [
          {
            type: 'Team',
            reviewer: {
              id: 3,
              slug: 'platform',
              html_url: 'https://github.com/orgs/acme/teams/platform',
            },
          },
        ],
      },
    ],
  },
  'repos/acme/shop/environments/dev/deployment-branch-policies?per_page=100': {
    branch_policies: [{ id: 1, name: 'main', type: 'branch' }],
  },
}
