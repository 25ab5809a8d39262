import { Construct } from 'constructs'
import { type Environment, resourceName, TidewayStack, tidewayStackOf } from '../src'
import { synthesized, testApp, testEnvironment } from '../src/testing'

function stackIn(environment: Partial<Environment> = {}) {
  return new TidewayStack(testApp(), 'network', {
    environment: testEnvironment(environment),
    owner: 'network-team',
  })
}

describe('every stack', () => {
  const { terraform, provider } = synthesized(stackIn())
  const aws = provider?.aws?.[0] ?? {}

  it('keeps its state in the bucket of the environment, encrypted and locked', () => {
    expect(terraform.backend.s3).toEqual({
      bucket: 'tideway-test-state-123456789012',
      key: 'test/network.tfstate',
      region: 'eu-central-1',
      encrypt: true,
      kms_key_id: 'arn:aws:kms:eu-central-1:123456789012:alias/tideway-test-bootstrap-state',
      use_lockfile: true,
    })
  })

  it('pins the provider by its full name and exact version', () => {
    expect(terraform.required_providers).toEqual({
      aws: { source: 'hashicorp/aws', version: '5.100.0' },
    })
    expect(terraform.required_version).toBe('>= 1.11.0')
  })

  it('rejects the credentials of another account', () => {
    expect(aws.allowed_account_ids).toEqual(['123456789012'])
  })

  it('tags all its resources', () => {
    expect(aws.default_tags).toEqual([
      {
        tags: {
          environment: 'test',
          app: 'network',
          owner: 'network-team',
          'cost-centre': 'tests',
          'managed-by': 'tideway',
        },
      },
    ])
  })

  it('exposes its default tags', () => {
    expect(stackIn().defaultTags).toEqual(aws.default_tags[0].tags)
  })

  it('has no emulator settings on AWS', () => {
    expect(Object.keys(aws).sort()).toEqual(['allowed_account_ids', 'default_tags', 'region'])
  })
})

describe('a stack for an emulator', () => {
  it('differs in the connection settings only', () => {
    const onAws = synthesized(stackIn())
    const { terraform, provider, ...rest } = synthesized(stackIn({ endpoints: 'emulator' }))
    const {
      skip_metadata_api_check,
      skip_region_validation,
      s3_use_path_style,
      max_retries,
      ...aws
    } = provider?.aws?.[0] ?? {}
    expect([skip_region_validation, s3_use_path_style]).toEqual([true, true])
    expect([skip_metadata_api_check, max_retries]).toEqual(['true', 1])
    expect(aws).toEqual(onAws.provider?.aws?.[0])
    expect(terraform.backend.s3).toMatchObject({ use_path_style: true, use_lockfile: true })
    expect({ ...rest, terraform: terraform.required_providers }).toEqual({
      ...without(onAws),
      terraform: onAws.terraform.required_providers,
    })
  })
})

describe('the stack of a construct', () => {
  it('is found from any depth', () => {
    const stack = stackIn()
    const deep = new Construct(new Construct(stack, 'one'), 'two')
    expect(tidewayStackOf(deep)).toBe(stack)
  })
})

function without({ terraform: _, provider: __, ...rest }: ReturnType<typeof synthesized>) {
  return rest
}

it('two constructs with one name for a type stop the synthesis', () => {
  const stack = stackIn()
  const [one, two] = ['one', 'two'].map((id) => new Construct(stack, id)) as [Construct, Construct]
  expect(resourceName(one, 'aws_lb', 'web')).toBe(resourceName(one, 'aws_lb', 'web'))
  expect(resourceName(two, 'aws_lb_target_group', 'web')).toBe('tideway-test-web')
  expect(() => resourceName(two, 'aws_lb', 'web')).toThrow(
    'network/two (name of aws_lb): must be unique in its stack, and network/one has it; got "tideway-test-web". Rename "web".',
  )
})
