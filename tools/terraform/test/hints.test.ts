import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { environments } from '@tideway/constructs/environments'
import { workspace } from '../src/folders'
import { hintFor } from '../src/hints'
import { readStackJson } from '../src/stack-json'

const folders = {
  project: '/repository/apps/data',
  stack: 'data',
  environment: 'dev',
  synthesized: '',
  work: join(workspace, 'apps/data/.tf/dev'),
  planFile: '',
  lock: '',
}
const hint = (summary: string, detail = '') =>
  hintFor({ severity: 'error', summary, detail }, folders)

/** As synthesized: a log group has the provider of another region. */
const { regionOf } = readStackJson(
  folderWith({
    terraform: {},
    provider: {
      aws: [{ region: environments.dev.region }, { alias: 'other', region: 'eu-south-1' }],
    },
    resource: {
      aws_cloudwatch_log_group: {
        logs_group_0A1B: {},
        other_region_0A1B: { provider: 'aws.other' },
      },
    },
  }),
)

function folderWith(json: object): string {
  const folder = mkdtempSync(join(tmpdir(), 'tideway-hints-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'cdk.tf.json'), JSON.stringify(json))
  return folder
}

describe('the hint', () => {
  it('names the deploy of an upstream stack that was never deployed', () => {
    expect(hint('Unable to find remote state', 'No stored state was found')).toContain(
      'Deploy first: npx nx deploy network -c dev',
    )
  })

  it('names the deploy of an upstream stack without the output', () => {
    const detail =
      'data.terraform_remote_state.network.outputs is object with 3 attributes. This object does not have an attribute named "vpc_id".'
    expect(hint('Unsupported attribute', detail)).toContain('npx nx deploy network -c dev')
  })

  it('names the bootstrap where the state bucket does not exist', () => {
    expect(hint('Failed to get existing workspaces: S3 bucket "b" does not exist.')).toContain(
      'npm run bootstrap -- -c dev',
    )
  })

  it('names the account where the credentials are for another one', () => {
    expect(hint('AWS account ID not allowed: 123456789012')).toContain(
      'another account than that of dev',
    )
  })

  it('suggests a login if there are no credentials', () => {
    const summary = 'No valid credential sources found'
    expect(hint(summary)).toContain('Log in')
    const local = { ...folders, environment: 'local' }
    expect(hintFor({ severity: 'error', summary, detail: '' }, local)).toContain('npm start')
  })

  it('says that the local cloud needs no bootstrap', () => {
    const summary =
      'creating S3 Bucket (b): operation error S3: CreateBucket, BucketAlreadyOwnedByYou'
    const local = { ...folders, stack: 'bootstrap', environment: 'local' }
    expect(hintFor({ severity: 'error', summary, detail: '' }, local)).toContain('no bootstrap')
  })

  it.each([
    ['data', '/aws/rds/cluster/tideway-dev-database/postgresql', environments.dev.region],
    ['compute', '/aws/ecs/containerinsights/tideway-dev/performance', environments.dev.region],
    ['compute', 'aws-waf-logs-tideway-dev-cdn', 'eu-south-1'],
  ])(
    'imports or deletes a log group that AWS created again: %s, %s in %s',
    (stack, group, region) => {
      const address = group.startsWith('aws-waf')
        ? 'aws_cloudwatch_log_group.other_region_0A1B'
        : 'aws_cloudwatch_log_group.logs_group_0A1B'
      const found = hintFor(
        {
          severity: 'error',
          summary: `creating CloudWatch Logs Log Group (${group}): operation error CloudWatch Logs: CreateLogGroup, https response error StatusCode: 400, RequestID: 1, ResourceAlreadyExistsException: The specified log group already exists`,
          detail: '',
          address,
        },
        { ...folders, stack, work: join(workspace, 'apps', stack, '.tf/dev') },
        regionOf,
      )
      expect(found?.split('\n').slice(1)).toEqual([
        `  terraform -chdir=apps/${stack}/.tf/dev import '${address}' '${group}'`,
        `  aws logs delete-log-group --region ${region} --log-group-name '${group}'`,
      ])
    },
  )

  it.each([
    'creating EC2 Launch Template (web): api error InvalidLaunchTemplateName.AlreadyExistsException: Launch template name already in use.',
    'creating SSM Parameter (/a): ResourceAlreadyExistsException: exists',
    'creating S3 Bucket (b): BucketAlreadyOwnedByYou: it is yours',
    'creating IAM Role (r): EntityAlreadyExists: Role with name r already exists.',
  ])('names the import of another resource that exists already: %s', (summary) => {
    const address = 'aws_thing.one'
    const found = hintFor({ severity: 'error', summary, detail: '', address }, folders)
    expect(found).toContain(`terraform -chdir=apps/data/.tf/dev import '${address}' '<id>'`)
    expect(hint(summary)).toBeUndefined()
  })

  it('names the unlock where Terraform was killed', () => {
    const detail =
      'api error PreconditionFailed\nLock Info:\n  ID:        7eb1-44\n  Path:      b/k\n  Who:       me@host\n'
    expect(hint('Error acquiring the state lock', detail)).toContain(
      'terraform -chdir=apps/data/.tf/dev force-unlock 7eb1-44',
    )
  })

  it('names the untaint where a cut off deploy would replace a protected resource', () => {
    const detail =
      'Resource aws_rds_cluster.database_cluster has lifecycle.prevent_destroy set, but the plan calls for this resource to be destroyed.'
    expect(hint('Instance cannot be destroyed', detail)).toContain(
      'terraform -chdir=apps/data/.tf/dev untaint aws_rds_cluster.database_cluster',
    )
  })

  it.each([
    'creating EC2 Subnet: InvalidParameterValue: Value (us-east-1e) for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: us-east-1a.',
    'creating EC2 NAT Gateway: NotAvailableInZone: Nat Gateway is not available in this availability zone',
    'UnsupportedAvailabilityZone: The zone us-east-1e is not supported.',
    'Unsupported: Your requested instance type (m7g.large) is not supported in your requested Availability Zone (us-east-1e).',
  ])('explains that the letters of zones differ by account: %s', (message) => {
    const text = hint(message)
    expect(text).toContain('availabilityZones of dev')
    expect(text).toContain('aws ec2 describe-availability-zones')
    expect(text).toContain('aws ec2 describe-instance-type-offerings')
  })

  it('is empty for errors that explain themselves', () => {
    expect(hint('creating EC2 VPC: VpcLimitExceeded')).toBeUndefined()
  })
})
